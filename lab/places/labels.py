"""Labels on a map: each beside its mark, none over another, nor over a mark, and off the way where that can be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, hypot, pi, sin

Point = tuple[float, float]

_ANGLES = [2 * pi * turn / 24 for turn in range(24)]
_DISTANCES = (26, 44, 66, 92, 124, 164, 214, 276, 352, 446, 560)
_MARK = 14
"""How near to the middle of a mark no label comes."""
_APART = 6
_A_CROSSING = 12
"""As bad as so many units more between a label and its mark."""


@dataclass(frozen=True)
class Box:
    """A rectangle: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float

    def overlaps(self, other: "Box", apart: float = 0) -> bool:
        """Tell whether it comes nearer to another one than ``apart``."""
        return (
            self.x < other.x + other.width + apart
            and other.x < self.x + self.width + apart
            and self.y < other.y + other.height + apart
            and other.y < self.y + self.height + apart
        )

    def holds(self, point: Point, apart: float = 0) -> bool:
        """Tell whether a point is in it, or as near as that."""
        return (
            self.x - apart <= point[0] <= self.x + self.width + apart
            and self.y - apart <= point[1] <= self.y + self.height + apart
        )

    def within(self, other: "Box") -> bool:
        """Tell whether it lies in another one."""
        across = other.x <= self.x and self.x + self.width <= other.x + other.width
        return across and other.y <= self.y and self.y + self.height <= other.y + other.height

    def nearest(self, point: Point) -> Point:
        """Return the point in it that is nearest to another point."""
        x = min(max(point[0], self.x), self.x + self.width)
        return x, min(max(point[1], self.y), self.y + self.height)


@dataclass(frozen=True)
class Label:
    """What wants a place: where its mark is, and how large it is."""

    mark: Point
    width: float
    height: float


def placed(labels: Sequence[Label], paper: Box, taken: Sequence[Box], way: Sequence[Point]) -> list[Box | None]:
    """Return a place for each label, None where there is no room left. ``way`` are points that better stay free."""
    marks, boxes = [label.mark for label in labels], list(taken)
    found: list[Box | None] = []
    for label in labels:
        free = (box for box in _around(label) if box.within(paper) and not _hidden(box, boxes, marks))
        best = min(free, key=lambda box: _badness(box, label, way), default=None)
        found.append(best)
        if best:
            boxes.append(best)
    return found


def _hidden(box: Box, boxes: Sequence[Box], marks: Sequence[Point]) -> bool:
    return any(box.overlaps(other, _APART) for other in boxes) or any(box.holds(mark, _MARK) for mark in marks)


def _around(label: Label) -> Iterator[Box]:
    """Yield places all around a mark, near ones first: so far off that the box only touches a circle around it."""
    for distance in _DISTANCES:
        for angle in _ANGLES:
            x, y = label.mark[0] + distance * cos(angle), label.mark[1] + distance * sin(angle)
            left = x - label.width * (1 - cos(angle)) / 2
            yield Box(left, y - label.height * (1 - sin(angle)) / 2, label.width, label.height)


def _badness(box: Box, label: Label, way: Sequence[Point]) -> float:
    x, y = box.nearest(label.mark)
    crossed = sum(box.holds(point, _APART) for point in way)
    return hypot(x - label.mark[0], y - label.mark[1]) + _A_CROSSING * crossed
