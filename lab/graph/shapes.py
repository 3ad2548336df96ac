"""The shapes that a picture is made of: frozen values with their places; x grows to the right, y down."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from lab.graph import lettering


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float

    def moved(self, dx: float, dy: float) -> "Point":
        """Return the place that lies so far away."""
        return Point(self.x + dx, self.y + dy)


@dataclass(frozen=True)
class Box:
    """An upright rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> Point:
        """Its centre."""
        return Point((self.left + self.right) / 2, (self.top + self.bottom) / 2)

    @property
    def width(self) -> float:
        """How wide it is."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """How high it is."""
        return self.bottom - self.top

    def moved(self, dx: float, dy: float) -> "Box":
        """Return the same rectangle at another place."""
        return Box(self.left + dx, self.top + dy, self.right + dx, self.bottom + dy)

    def grown(self, by: float) -> "Box":
        """Return the rectangle with a margin around it."""
        return Box(self.left - by, self.top - by, self.right + by, self.bottom + by)

    def meets(self, other: "Box") -> bool:
        """Tell whether both cover some place."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def box_at(middle: Point, width: float, height: float) -> Box:
    """Return the rectangle of that size around a place."""
    x, y = middle
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def around(boxes: Iterable[Box]) -> Box:
    """Return the smallest rectangle that covers all of them, of which there is at least one."""
    lefts, tops, rights, bottoms = zip(*((box.left, box.top, box.right, box.bottom) for box in boxes), strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


@dataclass(frozen=True)
class Words:
    """A text in one line, centred at a place, or beginning there."""

    at: Point
    text: str
    style: str
    begins: bool = False

    @property
    def box(self) -> Box:
        """What the letters cover, at most."""
        width, height = lettering.width(self.text, self.style), lettering.STYLES[self.style].size * 1.1
        return box_at(self.at.moved(width / 2, 0) if self.begins else self.at, width, height)

    def moved(self, dx: float, dy: float) -> "Words":
        """Return it at another place."""
        return replace(self, at=self.at.moved(dx, dy))


@dataclass(frozen=True)
class Card:
    """A node: its rectangle, what its icon and colour are called, and its words."""

    node: str
    box: Box
    look: str
    tooltip: str
    words: tuple[Words, ...]
    is_small: bool = False

    def moved(self, dx: float, dy: float) -> "Card":
        """Return it at another place."""
        return replace(self, box=self.box.moved(dx, dy), words=tuple(one.moved(dx, dy) for one in self.words))


Step = tuple[str, tuple[Point, ...]]
"""A step of a path, as SVG has them: M, L or C, with its points."""


@dataclass(frozen=True)
class Line:
    """A cable, or a stub from a node to its rail."""

    steps: tuple[Step, ...]
    tooltip: str = ""
    is_stub: bool = False
    is_backup: bool = False

    @property
    def box(self) -> Box:
        """What it covers at most."""
        points = [point for _, several in self.steps for point in several]
        return around(Box(x, y, x, y) for x, y in points)

    def moved(self, dx: float, dy: float) -> "Line":
        """Return it at another place."""
        steps = tuple((word, tuple(point.moved(dx, dy) for point in points)) for word, points in self.steps)
        return replace(self, steps=steps)


@dataclass(frozen=True)
class Rail:
    """A network that several nodes hang from; ``dots`` are the places where they do."""

    box: Box
    tooltip: str
    dots: tuple[Point, ...]

    def moved(self, dx: float, dy: float) -> "Rail":
        """Return it at another place."""
        return replace(self, box=self.box.moved(dx, dy), dots=tuple(dot.moved(dx, dy) for dot in self.dots))


@dataclass(frozen=True)
class Frame:
    """A frame around the nodes of one system, with its title."""

    box: Box
    title: Words

    def moved(self, dx: float, dy: float) -> "Frame":
        """Return it at another place."""
        return Frame(self.box.moved(dx, dy), self.title.moved(dx, dy))


@dataclass(frozen=True)
class Sheet:
    """Shapes that belong together."""

    cards: tuple[Card, ...] = ()
    lines: tuple[Line, ...] = ()
    rails: tuple[Rail, ...] = ()
    words: tuple[Words, ...] = ()
    frames: tuple[Frame, ...] = ()

    @property
    def box(self) -> Box:
        """What all of it covers."""
        several = (self.cards, self.lines, self.rails, self.words, self.frames)
        return around(one.box for shapes in several for one in shapes)

    def moved(self, dx: float, dy: float) -> "Sheet":
        """Return it at another place."""
        return Sheet(
            tuple(one.moved(dx, dy) for one in self.cards),
            tuple(one.moved(dx, dy) for one in self.lines),
            tuple(one.moved(dx, dy) for one in self.rails),
            tuple(one.moved(dx, dy) for one in self.words),
            tuple(one.moved(dx, dy) for one in self.frames),
        )


def together(sheets: Iterable[Sheet]) -> Sheet:
    """Return the shapes of all sheets on one."""
    several = tuple(sheets)
    return Sheet(
        tuple(one for sheet in several for one in sheet.cards),
        tuple(one for sheet in several for one in sheet.lines),
        tuple(one for sheet in several for one in sheet.rails),
        tuple(one for sheet in several for one in sheet.words),
        tuple(one for sheet in several for one in sheet.frames),
    )
