"""A map: nodes on a grid, each near its place in the world, so that few cables cross and none runs through a card.

Places are spread evenly first, half by their distances and half by their order, since sites crowd on coasts. Then cards
move to free cells, or change with others, for as long as that makes the map better.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import ceil, hypot, sqrt

from lab.graph.wires import wires
from lab.topology.model import Topology

Cell = tuple[int, int]
"""A column and a row of the grid."""

Cable = tuple[str, str]

ACROSS, DOWN = 11, 16
"""The columns and rows that fill a page."""

_CELLS_FOR_EACH = 2.6
_ORDER = 0.7  # how much of a place is its order among the others, the rest being its distance from them
_HALF_WIDTH, _HALF_HEIGHT = 0.44, 0.42  # of a card, in cells, with some air
_HIT, _CROSSING, _AWAY = 20.0, 2.0, 0.5  # what a cable through a card, a crossing, and a cell away from home cost
_LEAST_GAIN = 1e-6
_REACH = 4
_SWEEPS = 12


def is_for(topology: Topology) -> bool:
    """Tell whether a topology is best shown as a map: cables only, all routers placed, most in a city of their own."""
    places = [node.place for node in topology.nodes.values() if node.forwards]
    cities = {place.city for place in places if place}
    only_cables = all(len(members) == 2 for members in topology.members.values())
    return only_cables and None not in places and len(cities) > max(5, len(places) / 2)


def cells(topology: Topology) -> Mapping[str, Cell]:
    """Return the cell of every node."""
    grid = _Grid(topology)
    for _ in range(_SWEEPS):
        moved = [name for name in topology.nodes if grid.improved(name)]
        if not moved:
            break
    return grid.cells


def _spread(values: Mapping[str, float]) -> Mapping[str, float]:
    """Return each value as a number from 0 to 1, partly by its size, partly by its place in the order of all."""
    low, high = min(values.values()), max(values.values())
    order = sorted(values, key=lambda name: values[name])
    last = max(1, len(order) - 1)
    return {
        name: (1 - _ORDER) * (values[name] - low) / ((high - low) or 1) + _ORDER * place / last
        for place, name in enumerate(order)
    }


def _place(name: str, topology: Topology) -> tuple[float, float]:
    """Return where a node stands; one without a place stands where its neighbour does."""
    node = topology.nodes[name]
    neighbours = (topology.nodes[other] for network in node.links for other in topology.members[network])
    return next((one.place.at for one in (node, *neighbours) if one.place), (0.0, 0.0))


class _Grid:
    """The cells of all nodes while they are being improved."""

    def __init__(self, topology: Topology) -> None:
        scale = max(1.0, sqrt(len(topology.nodes) * _CELLS_FOR_EACH / (ACROSS * DOWN)))
        self.across, self.down = ceil(ACROSS * scale), ceil(DOWN * scale)
        self.cables: list[Cable] = [(wire.nodes[0], wire.nodes[1]) for wire in wires(topology)]
        self.of = {name: [cable for cable in self.cables if name in cable] for name in topology.nodes}
        self.homes = self._homes(topology)
        self.cells = self._settled()
        self.owners = {cell: name for name, cell in self.cells.items()}
        self._troubles: dict[tuple[str, ...], float] = {}

    def _homes(self, topology: Topology) -> Mapping[str, tuple[float, float]]:
        places = {name: _place(name, topology) for name in topology.nodes}
        east = _spread({name: longitude for name, (_, longitude) in places.items()})
        south = _spread({name: -latitude for name, (latitude, _) in places.items()})
        return {name: (east[name] * (self.across - 1), south[name] * (self.down - 1)) for name in places}

    def _settled(self) -> dict[str, Cell]:
        """Return the free cell nearest to each home, given out in the order of the file."""
        free = {(column, row) for column in range(self.across) for row in range(self.down)}
        found = {}
        for name in self.homes:
            found[name] = min(free, key=lambda cell: (self._away(name, cell), cell))
            free.remove(found[name])
        return found

    def _away(self, name: str, cell: Cell) -> float:
        (x, y), (column, row) = self.homes[name], cell
        return hypot(x - column, (y - row) / 2)  # a row is half as high as a column is wide

    def improved(self, name: str) -> bool:
        """Move a node where it is best in its neighbourhood, or let it change with another; tell whether it moved."""
        start = self.cells[name]
        best, least = start, -_LEAST_GAIN
        for cell in self._around(start):
            change = self._change(name, cell, least)
            if change < least:
                best, least = cell, change
        self._put(name, best)
        if best != start:
            self._troubles.clear()
        return best != start

    def _around(self, cell: Cell) -> Iterator[Cell]:
        column, row = cell
        for x in range(max(0, column - _REACH), min(self.across, column + _REACH + 1)):
            for y in range(max(0, row - _REACH), min(self.down, row + _REACH + 1)):
                if (x, y) != cell:
                    yield x, y

    def _change(self, name: str, cell: Cell, wanted: float) -> float:
        """Return what a node costs more in another cell; where that is more than is wanted, it may be less exact."""
        start, other = self.cells[name], self.owners.get(cell)
        moved = (name,) if other is None else (name, other)
        before, trouble = self._ways(moved), self._trouble_of(moved)
        self._put(name, cell)
        change = self._ways(moved) - before - trouble  # if it ended all trouble
        if change < wanted:
            change += self._trouble(moved)
        self._put(name, start)
        return change

    def _put(self, name: str, cell: Cell) -> None:
        """Put a node into a cell; whoever is there gets the cell that it leaves."""
        start, other = self.cells[name], self.owners.get(cell)
        del self.owners[start]
        if other is not None:
            self.cells[other], self.owners[start] = start, other
        self.cells[name], self.owners[cell] = cell, name

    def _ways(self, moved: Sequence[str]) -> float:
        """Return what it costs that these nodes are away from home, and their cables long."""
        away = sum(self._away(name, self.cells[name]) ** 2 for name in moved)
        return _AWAY * away + sum(map(self._length, self._cables(moved)))

    def _cables(self, moved: Sequence[str]) -> Sequence[Cable]:
        return self.of[moved[0]] if len(moved) == 1 else list(dict.fromkeys(self.of[moved[0]] + self.of[moved[1]]))

    def _trouble_of(self, moved: tuple[str, ...]) -> float:
        """Return the trouble with nodes where they are now."""
        if moved not in self._troubles:
            self._troubles[moved] = self._trouble(moved)
        return self._troubles[moved]

    def _trouble(self, moved: Sequence[str]) -> float:
        """Return what it costs that cables cross, or run through cards, as far as it depends on these nodes."""
        mine = self._cables(moved)
        hits = sum(self._hit(cable) for cable in mine) + sum(self._hit_by(name, mine) for name in moved)
        return _CROSSING * sum(map(self._crossed, mine)) + _HIT * hits

    def _length(self, cable: Cable) -> float:
        (x, y), (x2, y2) = self.cells[cable[0]], self.cells[cable[1]]
        return hypot(x2 - x, (y2 - y) / 2)

    def _hit(self, cable: Cable) -> int:
        """Return how many cards a cable runs through without ending there."""
        cells = self.cells
        (x, y), (x2, y2) = cells[cable[0]], cells[cable[1]]
        hit = -2  # the cards at its ends
        for cx, cy in cells.values():
            if (x <= cx <= x2 or x2 <= cx <= x) and (y <= cy <= y2 or y2 <= cy <= y):
                hit += _runs_through(x, y, x2 - x, y2 - y, cx, cy)
        return hit

    def _hit_by(self, name: str, known: Sequence[Cable]) -> int:
        """Return how many cables, but those that are known, run through a card."""
        cells = self.cells
        cx, cy = cells[name]
        hit = 0
        for one, other in self.cables:
            (x, y), (x2, y2) = cells[one], cells[other]
            if (x <= cx <= x2 or x2 <= cx <= x) and (y <= cy <= y2 or y2 <= cy <= y):
                hit += (one, other) not in known and _runs_through(x, y, x2 - x, y2 - y, cx, cy)
        return hit

    def _crossed(self, cable: Cable) -> int:
        """Return how many others a cable crosses: of each, both ends lie on different sides of the other."""
        cells = self.cells
        (x, y), (x2, y2) = cells[cable[0]], cells[cable[1]]
        dx, dy = x2 - x, y2 - y
        crossed = 0
        for one, other in self.cables:
            (cx, cy), (cx2, cy2) = cells[one], cells[other]
            if (dx * (cy - y) - dy * (cx - x)) * (dx * (cy2 - y) - dy * (cx2 - x)) < 0:
                ex, ey = cx2 - cx, cy2 - cy
                crossed += (ex * (y - cy) - ey * (x - cx)) * (ex * (y2 - cy) - ey * (x2 - cx)) < 0
        return crossed


def _runs_through(x: int, y: int, dx: int, dy: int, cx: int, cy: int) -> bool:
    """Tell whether the line through a cell, in some direction, meets the card in another (by separating axes)."""
    return abs(dx * (cy - y) - dy * (cx - x)) < _HALF_WIDTH * abs(dy) + _HALF_HEIGHT * abs(dx)
