"""The globe on paper: a window that holds all that is to be seen, the outline of the land, and shortest ways."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import acos, asin, atan2, ceil, cos, degrees, radians, sin, sqrt

At = tuple[float, float]
"""Latitude and longitude in degrees."""
Point = tuple[float, float]
"""A place on paper: x grows to the right, y down."""

_FILLED = 0.62
"""The part of the paper's width or height, at most, that is between the outermost places."""
_LEAST = 12.0
"""Degrees of latitude that a window shows at least."""
_MOST = 176.0


@dataclass(frozen=True)
class Window:
    """A part of the world on paper of ``width`` and ``height``: its middle, and how long a degree of latitude is.

    Degrees of longitude are as much shorter as they are in the middle: shapes are right there.
    """

    width: int
    height: int
    middle: At
    scale: float

    @classmethod
    def around(cls, places: Sequence[At], width: int, height: int) -> "Window":
        """Return the window in which all places are, with room around them."""
        west, east = _span([longitude for _, longitude in places])
        south, north = min(latitude for latitude, _ in places), max(latitude for latitude, _ in places)
        middle = ((south + north) / 2, (west + east) / 2)
        wide = (east - west) * _shortened(middle) * height / width
        return cls(width, height, middle, height / min(max(wide / _FILLED, (north - south) / _FILLED, _LEAST), _MOST))

    def on_paper(self, at: At) -> Point:
        """Return where a place is, on the side of the date line that is nearer to the middle."""
        return self._beside(at, _near(at[1], self.middle[1]))

    def line(self, way: Sequence[At]) -> list[Point]:
        """Return a line on paper that goes on across the date line."""
        points, last = [], self.middle[1]
        for at in way:
            last = _near(at[1], last)
            points.append(self._beside(at, last))
        return points

    def _beside(self, at: At, longitude: float) -> Point:
        x = self.width / 2 + (longitude - self.middle[1]) * _shortened(self.middle) * self.scale
        return x, self.height / 2 + (self.middle[0] - at[0]) * self.scale

    def land(self) -> Iterator[list[Point]]:
        """Yield the outlines of what land there is in the window; some of it may lie outside."""
        for ring in _land():
            for turn in (-360, 0, 360):
                outline = [self._beside(at, at[1] + turn) for at in ring]
                if self._touches(outline):
                    yield outline

    def _touches(self, outline: Sequence[Point]) -> bool:
        xs, ys = zip(*outline, strict=True)
        return bool(min(xs) < self.width and max(xs) > 0 and min(ys) < self.height and max(ys) > 0)

    def graticule(self, step: int) -> Iterator[tuple[Point, Point]]:
        """Yield the meridians and parallels at every so many degrees."""
        aside = self.width / 2 / _shortened(self.middle) / self.scale
        for meridian in _multiples(step, self.middle[1] - aside, self.middle[1] + aside):
            x, _ = self._beside((0, meridian), meridian)
            yield (x, 0), (x, self.height)
        above = self.height / 2 / self.scale
        for parallel in _multiples(step, self.middle[0] - above, self.middle[0] + above):
            _, y = self._beside((parallel, 0), 0)
            yield (0, y), (self.width, y)


def shortest(start: At, end: At) -> list[At]:
    """Return places on the shortest way over the globe, at most a degree apart."""
    one, other = _direction(start), _direction(end)
    angle = acos(max(-1.0, min(1.0, sum(a * b for a, b in zip(one, other, strict=True)))))
    steps = ceil(degrees(angle))
    if steps < 2 or abs(sin(angle)) < 1e-6:  # of two places opposite to each other no way is the shortest
        return [start, end]
    between = [_mean(one, other, step / steps, angle) for step in range(1, steps)]
    return [start, *between, end]


def _direction(at: At) -> tuple[float, float, float]:
    latitude, longitude = map(radians, at)
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)


def _mean(one: Sequence[float], other: Sequence[float], part: float, angle: float) -> At:
    a, b = sin((1 - part) * angle) / sin(angle), sin(part * angle) / sin(angle)
    x, y, z = (a * left + b * right for left, right in zip(one, other, strict=True))
    return degrees(asin(z / sqrt(x * x + y * y + z * z))), degrees(atan2(y, x))


def _span(longitudes: Sequence[float]) -> tuple[float, float]:
    """Return the narrowest span that holds all longitudes; its east may lie beyond the date line."""
    east_of = sorted({longitude % 360 for longitude in longitudes})
    gaps = [(after - before, after) for before, after in pairwise([*east_of, east_of[0] + 360])]
    gap, west = max(gaps)
    west = _near(west % 360, 0)
    return west, west + 360 - gap


def _near(longitude: float, other: float) -> float:
    """Return a longitude as the one of its names, 360 degrees apart, that is nearest to another longitude."""
    return longitude + 360 * round((other - longitude) / 360)


def _shortened(middle: At) -> float:
    return max(cos(radians(middle[0])), 0.2)


def _multiples(step: int, low: float, high: float) -> Iterator[int]:
    return iter(range(ceil(low / step) * step, int(high // step) * step + 1, step))


@cache
def _land() -> tuple[tuple[At, ...], ...]:
    """Read the outlines of the land, which are in land.txt in tenths of a degree, longitudes first."""
    lines = files("lab.places").joinpath("land.txt").read_text(encoding="ascii").splitlines()
    return tuple(tuple(map(_at, line.split())) for line in lines if not line.startswith("#"))


def _at(pair: str) -> At:
    longitude, latitude = (int(tenths) / 10 for tenths in pair.split(","))
    return latitude, longitude
