"""The verbs that need no engine: check a topology, show its plan, draw it, print the schema for editors."""

import json
from pathlib import Path

from lab import kinds
from lab.cli import terminal
from lab.errors import InputError
from lab.plan import plan, show
from lab.topology import reading
from lab.topology.model import Topology


def check(topology: str) -> None:
    """Say what is wrong with a topology, or that nothing is."""
    found = _read(topology)
    plan(found)
    terminal.say(f"{found.name} is in order: {len(found.nodes)} nodes on {len(found.networks)} networks.")


def show_plan(topology: str, as_json: bool) -> None:
    """Print what would be created."""
    planned = plan(_read(topology))
    terminal.say(json.dumps(show.as_json(planned), indent=2) if as_json else show.as_text(planned))


def graph(topology: str, form: str, file: str) -> None:
    """Write the picture of a topology into a file, or print it."""
    from lab.graph import draw

    picture = draw(_read(topology), form)
    if not file:
        terminal.say(picture.rstrip())
        return
    try:
        Path(file).write_text(picture, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    terminal.say(f"The picture is in {file}.")


def _read(topology: str) -> Topology:
    return reading.read(reading.find(topology), kinds.load())


def show_schema(write: bool) -> None:
    """Print the JSON Schema of topologies, or write its file anew."""
    from lab.topology import schema

    if write:
        schema.write(kinds.load())
        terminal.say(f"{schema.FILE} is written.")
    else:
        terminal.say(schema.as_text(kinds.load()).rstrip())
