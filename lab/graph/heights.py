"""How high nodes stand: ways run straight where they can, and all are near to those that they are wired to.

Nodes on a straight way form a block, which moves as one. Blocks keep their order in every layer and never overlap.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from itertools import pairwise
from math import inf

from lab.graph.layers import Layers
from lab.graph.ports import Ports, side
from lab.graph.wires import Wire

_ROUNDS = 24
_NEAR = 0.01

Beside = Mapping[str, Mapping[str, float]]
"""The blocks right beside each, with the least distance between the two."""

Straight = tuple[str, str]
"""The two ends of a cable that is to run straight, the left one first."""


def heights(layers: Layers, sides: Mapping[tuple[str, str], Ports], rooms: Mapping[str, float]) -> Mapping[str, float]:
    """Return the height of every node's middle; ``rooms`` says how far each reaches up and down."""
    blocks = _Blocks(layers, sides, rooms)
    found = blocks.stacked()
    order = list(found)
    for turn in range(_ROUNDS):
        for block in order if turn % 2 else reversed(order):
            blocks.settle((block,), found)
        for pile in blocks.piles(found):
            blocks.settle(pile, found)
    return {node: round(found[block], 1) for node, block in blocks.of.items()}


@dataclass(frozen=True)
class _Blocks:
    """The blocks of a picture, each called after its first node."""

    layers: Layers
    sides: Mapping[tuple[str, str], Ports]
    rooms: Mapping[str, float]

    @cached_property
    def of(self) -> Mapping[str, str]:
        """The block of each node."""
        before = {right: left for left, right in straight(self.layers, self.sides)}
        found: dict[str, str] = {}
        for row in self.layers.rows:
            for node in row:
                found[node] = found[before[node]] if node in before else node
        return found

    @cached_property
    def nodes(self) -> Mapping[str, list[str]]:
        """The nodes of each block."""
        found: dict[str, list[str]] = {}
        for node, block in self.of.items():
            found.setdefault(block, []).append(node)
        return found

    @cached_property
    def above(self) -> Beside:
        """Which blocks stand right above each, and how far away at least."""
        found: dict[str, dict[str, float]] = {block: {} for block in self.nodes}
        for row in self.layers.rows:
            for upper, lower in pairwise(row):
                near = found[self.of[lower]]
                least = self.rooms[upper] + self.rooms[lower]
                near[self.of[upper]] = max(near.get(self.of[upper], 0), least)
        return found

    @cached_property
    def below(self) -> Beside:
        """Which blocks stand right below each, and how far away at least."""
        found: dict[str, dict[str, float]] = {block: {} for block in self.nodes}
        for block, several in self.above.items():
            for other, least in several.items():
                found[other][block] = least
        return found

    def stacked(self) -> dict[str, float]:
        """Return the heights when every block is as high up as can be."""
        found: dict[str, float] = {}
        for block in TopologicalSorter(self.above).static_order():
            found[block] = max((found[other] + least for other, least in self.above[block].items()), default=0)
        return found

    def settle(self, pile: Sequence[str], found: dict[str, float]) -> None:
        """Move blocks together to where their wires pull them, and no further than the others let them."""
        pulls = [pull for block in pile for pull in self._pulls(block, found)]
        if not pulls:
            return
        inside = set(pile)
        low = max(self._slacks(pile, inside, self.above, found, -1), default=-inf)
        high = min(self._slacks(pile, inside, self.below, found, 1), default=inf)
        move = max(low, min(high, sum(pulls) / len(pulls)))
        for block in pile:
            found[block] += move

    def _slacks(
        self, pile: Sequence[str], inside: set[str], beside: Beside, found: Mapping[str, float], sign: int
    ) -> Iterator[float]:
        """Yield how far blocks may move before they meet each of those that stand above, or below."""
        for block in pile:
            for other, least in beside[block].items():
                if other not in inside:
                    yield found[other] - found[block] - sign * least

    def piles(self, found: Mapping[str, float]) -> Iterator[tuple[str, ...]]:
        """Yield the sets of blocks that touch each other."""
        left = dict.fromkeys(found)
        while left:
            pile: dict[str, None] = {}
            frontier = [next(iter(left))]
            while frontier:
                pile.update(dict.fromkeys(frontier))
                frontier = [other for block in frontier for other in self._touching(block, found) if other not in pile]
            left = {block: None for block in left if block not in pile}
            yield tuple(pile)

    def _touching(self, block: str, found: Mapping[str, float]) -> Iterator[str]:
        for beside in (self.above, self.below):
            for other, least in beside[block].items():
                if abs(found[other] - found[block]) < least + _NEAR:
                    yield other

    def _pulls(self, block: str, found: Mapping[str, float]) -> Iterator[float]:
        """Yield how far each wire that leaves a block would move it."""
        for node in self.nodes[block]:
            for wire in self.layers.island.wires_of[node]:
                others = [other for other in wire.nodes if self._pulls_at(node, other)]
                if others:
                    middle = sum(found[self.of[other]] + self._offset(other, wire) for other in others) / len(others)
                    yield middle - self._offset(node, wire) - found[block]

    def _pulls_at(self, node: str, other: str) -> bool:
        return self.layers.depth[node] != self.layers.depth[other] and self.of[node] != self.of[other]

    def _offset(self, node: str, wire: Wire) -> float:
        return self.sides[node, side(node, wire, self.layers)].offsets[wire.name]


def straight(layers: Layers, sides: Mapping[tuple[str, str], Ports]) -> tuple[Straight, ...]:
    """Return the cables that leave both of their cards in the middle and cross no other of these; heavy ones first."""
    taken: dict[int, list[Straight]] = {}
    for left, right in sorted(_level(layers, sides), key=lambda ends: -layers.weight[ends[1]]):
        channel = taken.setdefault(layers.depth[left], [])
        if not any(_cross((left, right), other, layers.place) for other in channel):
            channel.append((left, right))
    return tuple(ends for channel in taken.values() for ends in channel)


def _level(layers: Layers, sides: Mapping[tuple[str, str], Ports]) -> Iterator[Straight]:
    for wire in layers.island.wires:
        if wire.is_cable:
            left, right = sorted(wire.nodes, key=lambda node: layers.depth[node])
            middles = [sides[node, side(node, wire, layers)].offsets[wire.name] == 0 for node in (left, right)]
            if layers.depth[left] < layers.depth[right] and all(middles):
                yield left, right


def _cross(one: Straight, other: Straight, place: Mapping[str, int]) -> bool:
    return (place[one[0]] < place[other[0]]) != (place[one[1]] < place[other[1]])
