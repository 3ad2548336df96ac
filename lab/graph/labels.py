"""The labels of wires: what they say, how large they are, and where their lines stand."""

from collections.abc import Iterator

from lab.graph import lettering
from lab.graph.shapes import Point, Words
from lab.graph.wires import Wire

ABOVE = 24
"""What the number of an end, or a cable's name, needs above the wire."""

_LINE = 20
_FIRST = 14  # from a wire to the middle of the first line below it
_GAP = 4


def below(wire: Wire) -> float:
    """Return how far a cable's label reaches below it."""
    return len(wire.notes) * _LINE + _GAP


def height(wire: Wire) -> float:
    """Return how high a rail's label is, with what keeps it away from the rail."""
    return (1 + len(wire.notes)) * _LINE + 2 * _GAP


def width(wire: Wire) -> float:
    """Return how wide the label of a wire is."""
    return max(name_width(wire), notes_width(wire))


def name_width(wire: Wire) -> float:
    """Return how wide the name of a wire is."""
    return lettering.width(wire.name, "cable" if wire.is_cable else "rail")


def notes_width(wire: Wire) -> float:
    """Return how wide the rest of the label is."""
    return max(lettering.width(note, "subnet") for note in wire.notes)


def on_cable(wire: Wire, above: Point, below: Point) -> Iterator[Words]:
    """Yield a cable's name above a place on it, and what else is to be said below a place on it."""
    yield Words(above.moved(0, -_FIRST), wire.name, "cable")
    for place, note in enumerate(wire.notes):
        yield Words(below.moved(0, _FIRST + place * _LINE), note, "subnet")


def at_rail(wire: Wire, end: Point, above: bool) -> Iterator[Words]:
    """Yield a rail's name and what else is to be said, above its upper end or below its lower one."""
    top = end.y + (-height(wire) + _GAP if above else _GAP) + _LINE / 2
    yield Words(Point(end.x, top), wire.name, "rail")
    for place, note in enumerate(wire.notes, start=1):
        yield Words(Point(end.x, top + place * _LINE), note, "subnet")
