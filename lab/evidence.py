"""Evidence on disk: a folder with the capture, the topology and the facts, from which it is read back the same."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from pydantic import TypeAdapter

from lab import kinds
from lab.audience import Line
from lab.capture import Capture, load_acts, save_acts
from lab.errors import Inconclusive, InputError
from lab.ladder import commented
from lab.plan import plan
from lab.recorder import Recording
from lab.running import Act
from lab.scenario import Evidence, KeyLog, Mmdb, Svg
from lab.topology.reading import read

E = TypeVar("E", bound=Evidence)

_NO_WORDS: Mapping[str, Any] = {"sentence": "", "question": "", "answer": "", "lines": []}
_LINES = TypeAdapter(tuple[Line, ...])

CAPTURE, TOPOLOGY, RESULT = "capture.pcapng", "topology.yml", "result.json"
_OWN_FILES: Mapping[type, str] = {KeyLog: ".keys", Mmdb: ".mmdb", Svg: ".svg"}


def save(evidence: Evidence, acts: Sequence[Act], source: str, scenario: str, folder: Path) -> None:
    """Write evidence into a folder: capture.pcapng with a window per act, topology.yml, result.json with the facts.

    Each drawing, each database and each log of keys becomes a file of its own. The frames that say something new
    carry it as a comment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    captures = {name: value for name, value in _values(evidence).items() if isinstance(value, Capture)}
    told = {id(act.recording.capture): act for act in acts}
    explained = {name: commented(one, evidence.plan) for name, one in captures.items()}
    keys = "".join(value for value in _values(evidence).values() if isinstance(value, KeyLog))
    save_acts(folder / CAPTURE, explained, evidence.plan.topology, keys)
    (folder / TOPOLOGY).write_text(source)
    for name, value in _values(evidence).items():
        if type(value) in _OWN_FILES:
            content = value if isinstance(value, bytes) else value.encode()
            (folder / f"{name}{_OWN_FILES[type(value)]}").write_bytes(content)
    windows = {name: _window(one, told.get(id(one))) for name, one in captures.items()}
    result = {"scenario": scenario, "topology": evidence.plan.topology, "windows": windows, "facts": _facts(evidence)}
    write_result(folder, result)


def keep(recordings: Sequence[Recording], topology: str, folder: Path) -> Path:
    """Keep what a story recorded that came to no end, act by act, and return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    captures = {f"act {number}": one.capture for number, one in enumerate(recordings, 1) if one.closed}
    save_acts(folder / CAPTURE, captures, topology)
    return folder / CAPTURE


def load(kind: type[E], folder: Path) -> E:
    """Read evidence of one kind back.

    Raises ``InputError`` for the evidence of another scenario, and ``Inconclusive`` for a capture that is not whole.
    """
    try:
        captures = load_acts(folder / CAPTURE)
    except InputError as error:
        raise Inconclusive(str(error)) from error
    facts = read_result(folder)["facts"]
    values: dict[str, Any] = {}
    for name, hint in _hints(kind).items():
        if hint in _OWN_FILES:
            values[name] = _read(hint, folder / f"{name}{_OWN_FILES[hint]}")
            continue
        source: dict[str, Any] = captures if hint is Capture else facts
        if name not in source:
            raise InputError(f"{folder}: there is no '{name}' in it; it holds the evidence of another scenario")
        values[name] = source[name] if hint is Capture else TypeAdapter(hint).validate_python(source[name])
    return kind(plan=plan(read(folder / TOPOLOGY, kinds.load())), **values)


@dataclass(frozen=True)
class Told:
    """An act as it is read back: the name of its window, its words, what was typed and printed, and what was seen."""

    name: str
    sentence: str
    question: str
    answer: str
    capture: Capture
    lines: tuple[Line, ...] = ()


def load_told(folder: Path) -> tuple[Told, ...]:
    """Read the acts of a story back, in the order in which they were told.

    Raises ``InputError`` for a capture that is another run's.
    """
    captures = load_acts(folder / CAPTURE)
    windows = read_result(folder)["windows"]
    if strange := windows.keys() ^ captures.keys():
        raise InputError(
            f"{folder / CAPTURE} does not belong to {RESULT} beside it: only one of them knows {_named(strange)}"
        )
    return tuple(
        Told(name, window["sentence"], window["question"], window["answer"], captures[name], _lines(window))
        for name, window in windows.items()
    )


def _lines(window: Mapping[str, Any]) -> tuple[Line, ...]:
    return _LINES.validate_python(window.get("lines", ()))


def _named(acts: Iterable[str]) -> str:
    return ", ".join(f"the act '{name}'" for name in sorted(acts))


def _window(capture: Capture, act: Act | None) -> dict[str, Any]:
    return {**(_words(act) if act else _NO_WORDS), "frames": len(capture), "drops": capture.window.drops}


def _words(act: Act) -> dict[str, Any]:
    said = {"sentence": act.sentence, "question": act.question, "answer": act.answer}
    return said | {"lines": _LINES.dump_python(tuple(act.lines), mode="json", exclude_defaults=True)}


def write_result(folder: Path, result: dict[str, Any]) -> None:
    """Write result.json."""
    (folder / RESULT).write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")


def read_result(folder: Path) -> dict[str, Any]:
    """Read result.json. Raises ``InputError`` for what is none."""
    try:
        result: dict[str, Any] = json.loads((folder / RESULT).read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / RESULT}: {error}") from error
    return result


def _facts(evidence: Evidence) -> dict[str, Any]:
    """Return what is neither plan nor capture nor in a file of its own, as JSON holds it."""
    hints = _hints(type(evidence))
    return {
        name: TypeAdapter(hints[name]).dump_python(value, mode="json")
        for name, value in _values(evidence).items()
        if not isinstance(value, Capture) and type(value) not in _OWN_FILES
    }


def _read(kind: type[Any], file: Path) -> Any:
    try:
        return kind(file.read_bytes() if issubclass(kind, bytes) else file.read_text())
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: {error}") from error


def _values(evidence: Evidence) -> dict[str, Any]:
    return {field.name: getattr(evidence, field.name) for field in fields(evidence) if field.name != "plan"}


def _hints(kind: type[Evidence]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind) if field.name != "plan"}
