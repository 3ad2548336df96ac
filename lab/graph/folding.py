"""A strip folded into rows, each running against the one above it, so that a long way fits on a page."""

from collections.abc import Iterator
from dataclasses import dataclass

from lab.graph.strip import Strip

PAGE = (1920.0, 1080.0)
"""The page that a picture should fill: a slide."""
GAP = 52
"""What lies between two rows."""

_AROUND = (72, 154)  # margins, and the heading
_MOST = 40
_LARGE_ENOUGH = 1.5  # larger letters than that make no picture better
_TOLERANCES = (1.05, 1.15, 1.3)  # how much wider than the mean a row may be
_FULL = 0.6
_MORE = 1.02  # another fold must make the picture so much better
_TURNING = 0.96  # how much worse each wire makes it that turns from one row to the next


@dataclass(frozen=True)
class Row:
    """Layers ``first`` to ``last`` of a strip, in a row of the picture; rows with odd numbers run to the left."""

    number: int
    first: int
    last: int

    @property
    def runs_right(self) -> bool:
        """Whether the strip runs to the right in it; else it is turned upside down as well."""
        return self.number % 2 == 0


def folded(strip: Strip) -> tuple[Row, ...]:
    """Return the rows in which the strip is largest on the page, with as few wires as can be that turn between them."""
    best = tuple(_rows(strip, 1, 1))
    for count in range(2, min(_MOST, len(strip.layers.rows)) + 1):
        for tolerance in _TOLERANCES:
            rows = tuple(_rows(strip, count, tolerance))
            if _worth(strip, rows) > _worth(strip, best) * _MORE:
                best = rows
    return best


def _worth(strip: Strip, rows: tuple[Row, ...]) -> float:
    turning = sum(len(strip.channels[row.last].wires) for row in rows[:-1])
    return _scale(strip, rows) * _TURNING**turning


def width(strip: Strip, row: Row) -> float:
    """Return how wide a row is, without the turns at its ends."""
    channels = strip.channels[row.first : row.last]
    inner = sum(channel.near + channel.weave + channel.far for channel in channels)
    return sum(strip.columns[row.first : row.last + 1]) + inner


def _rows(strip: Strip, count: int, tolerance: float) -> Iterator[Row]:
    """Yield about ``count`` rows of much the same width, cut where few wires run."""
    end = len(strip.columns) - 1
    limit = width(strip, Row(0, 0, end)) / count * tolerance
    first = number = 0
    while first <= end:
        last = _cut(strip, first, limit)
        yield Row(number, first, last)
        first, number = last + 1, number + 1


def _cut(strip: Strip, first: int, limit: float) -> int:
    """Return the last layer of a row: of those that fill it well, the one after which the fewest wires run."""
    fitting = [first]
    while fitting[-1] + 1 < len(strip.columns) and width(strip, Row(0, first, fitting[-1] + 1)) <= limit:
        fitting.append(fitting[-1] + 1)
    if fitting[-1] == len(strip.columns) - 1:
        return fitting[-1]
    full = [last for last in fitting if width(strip, Row(0, first, last)) >= limit * _FULL] or fitting[-1:]
    return min(full, key=lambda last: (len(strip.channels[last].wires), -last))


def _scale(strip: Strip, rows: tuple[Row, ...]) -> float:
    extents = (strip.extent(row.first, row.last) for row in rows)
    down = sum(bottom - top + GAP for top, bottom in extents) + _AROUND[1]
    across = max(width(strip, row) for row in rows) + _AROUND[0]
    for runs_right in (True, False):
        turns = (strip.channels[row.last].turn for row in rows if row.runs_right == runs_right)
        across += max(turns, default=0)
    return min(_LARGE_ENOUGH, PAGE[0] / across, PAGE[1] / down)
