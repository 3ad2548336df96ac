"""Debian's control files, deb822(5): stanzas of fields, as sources, dpkg's database and copyright files have them."""

import re
from collections.abc import Iterator, Mapping


def stanzas(text: str) -> Iterator[Mapping[str, str]]:
    """Yield the stanzas of a text: the first line of each field, under its name in small letters. Pure."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for block in re.split(r"\n\s*\n", lines):
        fields = (line.partition(":") for line in block.splitlines() if ":" in line and not line[0].isspace())
        if stanza := {key.strip().lower(): value.strip() for key, _, value in fields}:
            yield stanza
