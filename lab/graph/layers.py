"""Who stands in which column: the layers of a breadth-first walk, each in an order in which few wires cross.

All ends of a wire lie in one layer or in two that follow each other, because whoever is on a wire is one step away.
"""

from bisect import bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from lab.graph.wires import Island, Wire
from lab.topology.model import Topology

_SWEEPS = 6


@dataclass(frozen=True)
class Layers:
    """The nodes of an island, layer by layer, each layer from top to bottom."""

    island: Island
    rows: tuple[tuple[str, ...], ...]

    @cached_property
    def depth(self) -> Mapping[str, int]:
        """In which layer each node is."""
        return {node: depth for depth, row in enumerate(self.rows) for node in row}

    @cached_property
    def place(self) -> Mapping[str, int]:
        """Where each node is in its layer."""
        return {node: place for row in self.rows for place, node in enumerate(row)}

    def channel(self, wire: Wire) -> int:
        """Return the layer to the right of which a wire runs."""
        return min((self.depth[node] for node in wire.nodes), default=0)

    @cached_property
    def weight(self) -> Mapping[str, int]:
        """How many nodes are reached from each by going right, itself counted: where it is high, the way goes on."""
        weight = dict.fromkeys(self.depth, 1)
        for row in reversed(self.rows[1:]):
            for node in row:
                weight[self.parent(node)] += weight[node]
        return weight

    def parent(self, node: str) -> str:
        """Return the first neighbour in the layer before; raises ``StopIteration`` in the first layer."""
        return next(other for other in self.island.neighbours(node) if self.depth[other] < self.depth[node])


def layers(island: Island, topology: Topology) -> Layers:
    """Return the layers of an island, the hosts of its busiest network first."""
    found = _walked(island, _starts(island, topology))
    order = {node: place for place, node in enumerate(island.nodes)}
    drafts = [Layers(island, tuple(map(tuple, found)))]
    for sweep in range(_SWEEPS):
        drafts.append(_swept(drafts[-1], order, backwards=sweep % 2 == 1))
    return min(drafts[1:], key=_crossings) if island.nodes else drafts[0]


def _starts(island: Island, topology: Topology) -> tuple[str, ...]:
    """Return the nodes to begin with: those at home on the network that most hosts have to themselves."""
    at_home = {node for node in island.nodes if len(island.wires_of[node]) == 1 and not topology.nodes[node].forwards}
    hosts = {wire: tuple(node for node in wire.nodes if node in at_home) for wire in island.wires}
    busiest = max(hosts.values(), key=len, default=())
    return busiest[:1] if set(busiest) == set(island.nodes) else busiest or island.nodes[:1]


def _walked(island: Island, starts: tuple[str, ...]) -> list[list[str]]:
    rows: list[list[str]] = []
    reached = set(starts)
    frontier = list(starts)
    while frontier:
        rows.append(frontier)
        beyond = dict.fromkeys(other for node in frontier for other in island.neighbours(node))
        frontier = [node for node in beyond if node not in reached]
        reached.update(frontier)
    return rows


def _swept(draft: Layers, order: Mapping[str, int], backwards: bool) -> Layers:
    """Return the layers with each node moved to the middle of its neighbours in the layer that was swept before."""
    place = dict(draft.place)
    rows = list(draft.rows)
    step = -1 if backwards else 1
    depths = range(len(rows) - 2, -1, -1) if backwards else range(1, len(rows))
    for depth in depths:
        rows[depth] = tuple(sorted(rows[depth], key=lambda node: _wish(node, draft, place, depth - step, order)))
        place.update({node: where for where, node in enumerate(rows[depth])})
    return Layers(draft.island, tuple(rows))


def _wish(
    node: str, draft: Layers, place: Mapping[str, int], towards: int, order: Mapping[str, int]
) -> tuple[float, int, int]:
    near = [place[other] for other in draft.island.neighbours(node) if draft.depth[other] == towards]
    middle = sum(near) / len(near) if near else place[node]
    return middle, -draft.weight[node], order[node]


def _crossings(draft: Layers) -> int:
    """Return how many pairs of wires cross between the layers."""
    pairs: dict[int, list[tuple[int, int]]] = {}
    for wire in draft.island.wires:
        depth = draft.channel(wire)
        left = [draft.place[node] for node in wire.nodes if draft.depth[node] == depth]
        right = [draft.place[node] for node in wire.nodes if draft.depth[node] > depth]
        pairs.setdefault(depth, []).extend((one, other) for one in left for other in right)
    return sum(_inversions(several) for several in pairs.values())


def _inversions(pairs: list[tuple[int, int]]) -> int:
    seen: list[int] = []
    crossed = 0
    for _, right in sorted(pairs):
        crossed += len(seen) - bisect_right(seen, right)
        insort(seen, right)
    return crossed
