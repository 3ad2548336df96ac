"""The one module that reads YAML: the 1.2 core schema, with the place of every key and value.

PyYAML itself reads YAML 1.1, in which ``12:34:56:10:20:30`` is a number, ``010`` is eight and ``off`` is false; so only
its parser is used here, and what a word means is decided below. Keys are always text, as they are written.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from lab.errors import TopologyError
from lab.topology.model import KEY, Complaint
from lab.topology.problems import Place, Problem

LARGEST = 1024 * 1024
"""Bytes that a file may have."""

_DEEPEST = 40  # levels; libyaml needs minutes for a file of nothing but brackets
_MOST = 200_000  # values, aliases counted as what they stand for

_LONGEST_NUMBER = 40  # characters

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what libyaml counts as one
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"(true|True|TRUE)|false|False|FALSE")
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0(?:o(?P<o>[0-7]+)|x(?P<x>[0-9a-fA-F]+))")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(?:(inf|Inf|INF)|(?:nan|NaN|NAN))")

Scalar = str | int | float | bool | None
Value = Scalar | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True)
class Tree:
    """A value with its place; ``branches`` are its entries, each with the place of its key (a list's: of its item)."""

    place: Place
    value: Value
    branches: dict[str | int, tuple[Place, "Tree"]] = field(default_factory=dict)
    size: int = 1


@dataclass(frozen=True)
class Document:
    """A file that was read: its value, and where everything in it stands."""

    file: str
    lines: tuple[str, ...]
    root: Tree
    problems: tuple[Problem, ...]
    """Keys that are given twice, and the like; they do not keep the rest from being read."""

    def problem(self, complaint: Complaint) -> Problem:
        """Return ``complaint`` with its place in the file: the deepest key of its path that is there."""
        return _problem(self.file, self.lines, self._place(complaint.at), complaint.what, complaint.hint)

    def _place(self, path: tuple[str | int, ...]) -> Place:
        place, tree = self.root.place, self.root
        for step in path:
            if step in tree.branches:
                key, tree = tree.branches[step]
                place = key if path[-1] == KEY else tree.place
        return place


def parse(data: bytes, file: str) -> Document:
    """Read the bytes of ``file``. Raises ``TopologyError`` when they are no text or no YAML 1.2 document."""
    text = _text(data, file)
    lines = tuple(_LINE_BREAK.split(text))
    composer = _Composer(file, lines)
    try:
        root = composer.document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except _Stop as stop:
        raise TopologyError(sorted([*composer.problems, stop.problem])) from None
    except yaml.MarkedYAMLError as error:
        raise TopologyError(sorted([*composer.problems, _syntax(file, lines, error)])) from error
    return Document(file, lines, root, tuple(composer.problems))


def _text(data: bytes, file: str) -> str:
    if len(data) > LARGEST:
        raise TopologyError([Problem(file, 1, 1, f"the file is larger than {LARGEST // 1024} KiB")])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise TopologyError([_no_text(file, before, f"byte 0x{data[error.start]:02x} is no UTF-8 text")]) from error
    if found := _UNPRINTABLE.search(text):
        what = f"the control character {ascii(found[0])[1:-1]} may not stand in a text file"
        raise TopologyError([_no_text(file, text[: found.start()], what)])
    return text


def _no_text(file: str, before: str, what: str) -> Problem:
    lines = _LINE_BREAK.split(before)
    return Problem(file, len(lines), len(lines[-1]) + 1, what, "save the file as UTF-8 text")


def _problem(file: str, lines: tuple[str, ...], place: Place, what: str, hint: str = "") -> Problem:
    source = lines[place.line - 1] if place.line <= len(lines) else ""
    return Problem(file, place.line, place.column, what, hint, source)


def _syntax(file: str, lines: tuple[str, ...], error: yaml.MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    place = _place(mark) if mark else Place(1, 1)
    source = lines[place.line - 1] if place.line <= len(lines) else ""
    hint = "indent with blanks, not with tabs" if "\t" in source[: place.column] else ""
    return _problem(file, lines, place, f"this is no YAML: {error.problem}{_context(error)}", hint)


def _context(error: yaml.MarkedYAMLError) -> str:
    begun = f" that begins on line {error.context_mark.line + 1}" if error.context_mark else ""
    return f" {error.context}{begun}" if error.context else ""


def _place(mark: Any) -> Place:
    """Return the place of a mark of libyaml's or of PyYAML's own; they share no type."""
    return Place(mark.line + 1, mark.column + 1)


class _Stop(Exception):
    """A problem after which nothing more can be read."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem


class _Composer:
    """Makes one tree of the parser's events, and notes the problems that it can go on after."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file, self.lines = file, lines
        self.problems: list[Problem] = []
        self.anchors: dict[str, Tree | None] = {}  # None while the anchored value is being read
        self.depth = 0

    def document(self, events: Iterator[yaml.Event]) -> Tree:
        self.events = events
        next(events)  # the start of the stream
        if isinstance(next(events), yaml.StreamEndEvent):
            self.stop(Place(1, 1), "the file is empty", "a topology begins with its name")
        root = self.tree(next(events))
        next(events)  # the end of the document
        if not isinstance(after := next(events), yaml.StreamEndEvent):
            self.stop(_place(after.start_mark), "a second document begins here", "one file holds one topology")
        return root

    def tree(self, event: yaml.Event) -> Tree:
        place = _place(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, place)
        assert isinstance(event, yaml.NodeEvent | yaml.ScalarEvent | yaml.CollectionStartEvent)
        if event.anchor:
            self.anchors[event.anchor] = None
        tree = self.bare(event, place)
        if event.anchor:
            self.anchors[event.anchor] = tree
        return tree

    def bare(self, event: yaml.Event, place: Place) -> Tree:
        self.check_tag(event, place)
        if isinstance(event, yaml.ScalarEvent):
            return Tree(place, _meaning(event.value) if event.implicit[0] else event.value)
        self.depth += 1
        if self.depth > _DEEPEST:
            self.stop(place, f"this is nested deeper than {_DEEPEST} levels")
        read = self.mapping if isinstance(event, yaml.MappingStartEvent) else self.sequence
        tree = read(place)
        self.depth -= 1
        return tree

    def check_tag(self, event: yaml.Event, place: Place) -> None:
        tag = getattr(event, "tag", None)
        if tag and not (isinstance(event, yaml.ScalarEvent) and tag in _TEXT_TAGS):
            self.problem(place, f"the tag '{tag}' means nothing here", "leave it out")

    def alias(self, event: yaml.AliasEvent, place: Place) -> Tree:
        if event.anchor not in self.anchors:
            self.stop(place, f"there is no anchor '&{event.anchor}' before this alias")
        tree = self.anchors[event.anchor]
        if tree is None:
            self.stop(place, f"'*{event.anchor}' stands inside of what it stands for")
        return Tree(place, tree.value, tree.branches, tree.size)

    def mapping(self, place: Place) -> Tree:
        branches: dict[str | int, tuple[Place, Tree]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key, key_place = self.key(event), _place(event.start_mark)
            tree = self.tree(next(self.events))
            if key == "<<":
                self.problem(key_place, "YAML 1.2 has no merge key '<<'", "write the keys out")
            elif key in branches:
                first = branches[key][0].line
                self.problem(key_place, f"duplicate key '{key}' on line {key_place.line}", f"line {first} has it first")
            elif key is not None:
                branches[key] = key_place, tree
        return self.grown(place, {str(key): tree.value for key, (_, tree) in branches.items()}, branches)

    def sequence(self, place: Place) -> Tree:
        trees = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            trees.append(self.tree(event))
        return self.grown(place, [tree.value for tree in trees], {i: (t.place, t) for i, t in enumerate(trees)})

    def key(self, event: yaml.Event) -> str | None:
        """Return a key as it is written; a key that is no word is a problem and gives none."""
        tree = self.tree(event)
        if isinstance(event, yaml.ScalarEvent):
            return event.value
        if isinstance(event, yaml.AliasEvent) and isinstance(tree.value, str):
            return tree.value
        self.problem(tree.place, "a key is one word, not a list or a mapping")
        return None

    def grown(self, place: Place, value: Value, branches: dict[str | int, tuple[Place, Tree]]) -> Tree:
        size = 1 + sum(tree.size for _, tree in branches.values())
        if size > _MOST:
            self.stop(place, f"this holds more than {_MOST:,} values, aliases written out")
        return Tree(place, value, branches, size)

    def problem(self, place: Place, what: str, hint: str = "") -> None:
        self.problems.append(_problem(self.file, self.lines, place, what, hint))

    def stop(self, place: Place, what: str, hint: str = "") -> NoReturn:
        raise _Stop(_problem(self.file, self.lines, place, what, hint))


def _meaning(word: str) -> Scalar:
    """Return what an unquoted word is in the core schema of YAML 1.2 (section 10.3.2); endless numbers stay words."""
    if len(word) > _LONGEST_NUMBER:
        return word
    if _NULL.fullmatch(word):
        return None
    if match := _BOOLEAN.fullmatch(word):
        return bool(match[1])
    if _DECIMAL.fullmatch(word):
        return int(word)
    if match := _BASED.fullmatch(word):
        return int(match["o"], 8) if match["o"] else int(match["x"], 16)
    if _FLOAT.fullmatch(word):
        return float(word)
    if match := _SPECIAL.fullmatch(word):
        return float(f"{match[1]}{'inf' if match[2] else 'nan'}")
    return word
