"""What a scenario is: a story told to a lab, which returns evidence. Its proofs are the tests in the file beside it."""

import ast
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar, get_type_hints

from lab.errors import InputError
from lab.plan.model import Plan

if TYPE_CHECKING:  # a running lab brings scapy along, which a list of names need not wait for
    from lab.running import Lab


class Svg(str):
    """A drawing that a story hands over: evidence keeps the field NAME as the file NAME.svg."""

    __slots__ = ()


class Mmdb(bytes):
    """A database of places that a story hands over: evidence keeps the field NAME as the file NAME.mmdb."""

    __slots__ = ()


class KeyLog(str):
    """The keys of TLS connections, as programs log them: evidence keeps the field NAME as the file NAME.keys.

    The capture carries them as well, so that Wireshark deciphers it.
    """

    __slots__ = ()


@dataclass(frozen=True)
class Evidence:
    """What a story returns: the plan of its lab, captures by the names of its acts, and facts seen inside nodes.

    Subclass it as a frozen dataclass. Fields are captures, drawings, databases, or facts that JSON can hold: text,
    tuples, mappings.
    """

    plan: Plan


E = TypeVar("E", bound=Evidence)


@dataclass(frozen=True)
class Scenario(Generic[E]):
    """A story with its name and the topology that it is told on."""

    name: str
    topology: str
    story: "Callable[[Lab], E]"
    evidence: type[E]
    file: Path
    shows: str = ""
    """The display filter of Wireshark and tshark that keeps the frames to look at."""

    def __call__(self, lab: "Lab") -> E:
        """Tell the story."""
        return self.story(lab)

    @property
    def is_about_announcements(self) -> bool:
        """Whether it shows what devices tell all the others when they like; elsewhere that only passes by."""
        return "mdns" in self.shows

    @property
    def topology_file(self) -> str:
        """The topology as it is asked for: its name, or the path to its file; it is written relative to the story."""
        is_path = self.topology.endswith((".yml", ".yaml"))
        return str(self.file.parent / self.topology) if is_path else self.topology

    @property
    def proofs(self) -> Path:
        """The file with the tests that the evidence must pass: test_NAME.py beside the story."""
        return self.file.with_name(f"test_{self.file.name}")

    @property
    def recorded(self) -> Path:
        """The folder with the evidence that is committed: recorded/NAME beside the story."""
        return self.file.parent / "recorded" / self.name

    @property
    def golden(self) -> Path:
        """The normalised ladder that every run must give: golden/NAME.txt beside the story."""
        return self.file.parent / "golden" / f"{self.name}.txt"


def scenario(name: str, topology: str, shows: str = "") -> "Callable[[Callable[[Lab], E]], Scenario[E]]":
    """Make a story function a scenario. ``topology`` is a name, or a path relative to the story's file.

    ``shows`` is a display filter: what somebody should look at in the capture with tshark or Wireshark. Raises
    ``InputError`` for a story that does not say what evidence it returns.
    """

    def make(story: "Callable[[Lab], E]") -> Scenario[E]:
        file = Path(inspect.getfile(story))
        evidence: type[E] | None = get_type_hints(story).get("return")
        if not (isinstance(evidence, type) and issubclass(evidence, Evidence)):
            raise InputError(f"{file}: '{story.__name__}' must say which Evidence it returns, as in '-> Seen'")
        return Scenario(name, topology, story, evidence, file, shows)

    return make


def announced(folder: Path) -> Mapping[str, str]:
    """Return the scenarios of a folder with their topologies, as their files say, without running them."""
    files = [file for file in sorted(folder.glob("*.py")) if not file.stem.startswith(("_", "test_", "conftest"))]
    return dict(pair for file in files for pair in _announced_in(file))


def _announced_in(file: Path) -> Iterator[tuple[str, str]]:
    """Yield the scenarios of a file; one that somebody is still writing announces nothing, and ``find`` says why."""
    try:
        module = ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError):
        return
    for function in module.body:
        for call in getattr(function, "decorator_list", ()):
            match call:
                case ast.Call(
                    func=ast.Name(id="scenario"),
                    args=[ast.Constant(value=str(name))],
                    keywords=[ast.keyword(arg="topology", value=ast.Constant(value=str(topology))), *_],
                ):
                    yield name, topology


def find(name: str, folder: Path) -> Scenario[Evidence]:
    """Return a scenario by its name, or by the path to its file. Raises ``InputError`` with the names there are."""
    file = Path(name) if name.endswith(".py") else folder / f"{name.replace('-', '_')}.py"
    if not file.is_file():
        known = list(announced(folder))
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}, and a path to a file works too"
        raise InputError(f"scenario '{name}' does not exist; {hint}")
    return _told_in(file)


def _told_in(file: Path) -> Scenario[Evidence]:
    spec = importlib.util.spec_from_file_location(f"wiretale_scenario_{file.stem}", file.resolve())
    if spec is None or spec.loader is None:
        raise InputError(f"{file}: not a Python file")
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # where dataclasses look for it
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise InputError(f"{error.filename}:{error.lineno}:{error.offset}: {error.msg}") from error
    except ImportError as error:
        raise InputError(f"{file}: {error}") from error
    found = [value for value in vars(module).values() if isinstance(value, Scenario)]
    if len(found) != 1:
        raise InputError(f"{file}: one function with @scenario(…) is expected in it, and {len(found)} are there")
    return found[0]
