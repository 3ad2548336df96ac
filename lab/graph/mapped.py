"""The picture of a topology as a map: small cards in the cells of a grid, and straight cables between them."""

from collections.abc import Mapping
from math import hypot

from lab.graph import atlas
from lab.graph.cards import Blank, small
from lab.graph.layered import tooltip
from lab.graph.shapes import Box, Card, Line, Point, Sheet, around, box_at
from lab.graph.wires import Wire, wires
from lab.topology.model import Topology

_GAP = 20
_ROW = 62
_LEAST = 150
_AIRS = (7, 2)  # between a cable and a card that it passes, if that can be
_BENDS = (0.0, *(sign * bend for bend in range(12, 180, 12) for sign in (1, -1)))
_STEPS = 40

Arc = tuple[Point, Point, Point]
"""A quadratic Bézier curve: where it starts, what it bends towards, where it ends."""


def drawn(topology: Topology) -> Sheet:
    """Return the map."""
    cells = atlas.cells(topology)
    blanks = {name: small(name, topology) for name in topology.nodes}
    width = max(_LEAST, *(blank.width + _GAP for blank in blanks.values()))
    cards = {name: _card(blanks[name], Point(cells[name][0] * width, cells[name][1] * _ROW)) for name in cells}
    return Sheet(cards=tuple(cards.values()), lines=tuple(_line(wire, cards) for wire in wires(topology)))


def _card(blank: Blank, middle: Point) -> Card:
    return blank.laid(box_at(middle, blank.width, blank.height))


def _line(wire: Wire, cards: Mapping[str, Card]) -> Line:
    """Return a cable from border to border: straight, or in the flattest arc that runs through no card."""
    one, other = (cards[node].box for node in wire.nodes)
    obstacles = [card.box for card in cards.values() if card.node not in wire.nodes]
    arcs = ((_arc(one, other, bend), air) for air in _AIRS for bend in _BENDS)
    free = (arc for arc, air in arcs if not any(_meets(arc, box.grown(air)) for box in obstacles))
    start, middle, end = next(free, _arc(one, other, 0))
    return Line((("M", (start,)), ("Q", (middle, end))), tooltip(wire), is_backup=wire.is_backup)


def _arc(one: Box, other: Box, bend: float) -> Arc:
    """Return an arc between two cards whose middle is bent to the side by ``bend``."""
    (x, y), (x2, y2) = one.middle, other.middle
    length = hypot(x2 - x, y2 - y)
    middle = Point((x + x2) / 2 - 2 * bend * (y2 - y) / length, (y + y2) / 2 + 2 * bend * (x2 - x) / length)
    return _border(one, middle), middle, _border(other, middle)


def _meets(arc: Arc, box: Box) -> bool:
    start, middle, end = arc
    if not box.meets(around(Box(x, y, x, y) for x, y in arc)):
        return False
    places = (_on(start, middle, end, step / _STEPS) for step in range(_STEPS + 1))
    return any(box.meets(Box(x, y, x, y)) for x, y in places)


def _on(start: Point, middle: Point, end: Point, part: float) -> Point:
    """Return a place on a quadratic Bézier curve."""
    left = 1 - part
    x, y = (left * left * a + 2 * left * part * b + part * part * c for a, b, c in zip(start, middle, end, strict=True))
    return Point(x, y)


def _border(box: Box, goal: Point) -> Point:
    """Return where the way from the middle of a box to a goal leaves it."""
    x, y = box.middle
    dx, dy = goal.x - x, goal.y - y
    parts = [half / abs(way) for half, way in ((box.width / 2, dx), (box.height / 2, dy)) if way]
    return Point(x + dx * min(parts), y + dy * min(parts))
