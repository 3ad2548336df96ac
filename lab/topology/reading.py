"""From a name or a path to a topology, or to all of its problems at once."""

from collections.abc import Mapping
from pathlib import Path

from lab.errors import InputError, TopologyError
from lab.topology import document
from lab.topology.building import build
from lab.topology.checking import check
from lab.topology.model import Node, Topology
from lab.topology.problems import Problem
from lab.topology.words import did_you_mean

FOLDER = Path(__file__).parents[2] / "topologies"
"""Where the topologies are that have a name."""

_SUFFIXES = (".yml", ".yaml")

Kinds = Mapping[str, type[Node]]


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Return the names of the topologies in ``folder``, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.yml")))


def find(name_or_path: str, folder: Path = FOLDER) -> Path:
    """Return the file of a topology: a name is a file of ``folder``, anything else a path. Raises ``InputError``."""
    if "/" in name_or_path or name_or_path.endswith(_SUFFIXES):
        return _existing(Path(name_or_path))
    if name_or_path not in names(folder):
        hint = did_you_mean(name_or_path, names(folder))
        raise InputError("; ".join(filter(None, [f"there is no topology '{name_or_path}'", hint])))
    return folder / f"{name_or_path}.yml"


def _existing(path: Path) -> Path:
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it")
    if not path.exists():
        near = did_you_mean(path.name, (file.name for file in path.parent.glob("*.y*ml")))
        raise InputError("; ".join(filter(None, [f"there is no file {path}", near])))
    return path


def read(path: Path, kinds: Kinds) -> Topology:
    """Read a topology's file. Raises ``TopologyError`` with all of its problems, ``InputError`` without the file."""
    try:
        with path.open("rb") as file:
            data = file.read(document.LARGEST + 1)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return parse(data, _shown(path), kinds)


def parse(data: bytes, file: str, kinds: Kinds) -> Topology:
    """Return the topology that the bytes of ``file`` mean. Raises ``TopologyError`` with all problems in file order."""
    paper = document.parse(data, file)
    draft = build(paper.root.value, kinds)
    complaints = [*draft.complaints, *check(draft)]
    problems: set[Problem] = {*paper.problems, *map(paper.problem, complaints)}
    if problems:
        raise TopologyError(sorted(problems))
    return draft.topology


def _shown(path: Path) -> str:
    """Return the path as a user in the current folder would write it."""
    full, here = path.resolve(), Path.cwd()
    return str(full.relative_to(here) if full.is_relative_to(here) else path)
