"""Who may log in at a node, and what they find there: people with passwords, all of them in one home."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from lab.kinds.kind import File
from lab.kinds.spellings import FileName, PersonName, Secret

Passwords = Annotated[Mapping[PersonName, Secret], Field(min_length=1)]
"""Who may log in, each with a password."""
Papers = Mapping[FileName, str]
"""Files by their names."""

_ACCOUNTS = "/etc/wiretale/accounts"
_PROGRAM = "/usr/lib/wiretale/accounts"
HOME = "/srv/home"
"""Where everybody is who has logged in."""


def with_accounts(*command: str) -> tuple[str, ...]:
    """Return a command that writes people into the node's own lists before it runs this one; it needs root."""
    return (_PROGRAM, _ACCOUNTS, *command)


def accounts(passwords: Mapping[str, str]) -> File:
    """Return the file that it reads: a name and a password in each line."""
    return File(_ACCOUNTS, "".join(f"{name}:{word}\n" for name, word in passwords.items()), mode=0o600)


def papers(texts: Mapping[str, str]) -> tuple[File, ...]:
    """Return the files in everybody's home."""
    return tuple(File(f"{HOME}/{name}", text) for name, text in texts.items())
