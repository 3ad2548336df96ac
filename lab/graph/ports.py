"""Where wires leave a node: on each side one below the other, the most important one in the middle."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from lab.graph import labels
from lab.graph.layers import Layers
from lab.graph.wires import Wire

LEFT, RIGHT = "left", "right"

_BELOW = 6  # what is below a wire without a label
_CORNER = 22  # what a wire keeps away from the round corners of its card
_GAP = 3


@dataclass(frozen=True)
class Ports:
    """The wires on one side of a node: how far below its middle each leaves, and how far all reach from there."""

    offsets: Mapping[str, float]
    reach: float


def ports(layers: Layers) -> Mapping[tuple[str, str], Ports]:
    """Return the ports of every node's two sides."""
    return {(node, side): _side(node, side, layers) for node in layers.depth for side in (LEFT, RIGHT)}


def side(node: str, wire: Wire, layers: Layers) -> str:
    """Return the side of a node on which a wire leaves it."""
    return RIGHT if layers.depth[node] == layers.channel(wire) else LEFT


def labelled_end(wire: Wire, layers: Layers) -> str:
    """Return the node beside which a cable has its label: the one further right, else the upper one."""
    return max(wire.nodes, key=lambda node: (layers.depth[node], -layers.place[node]))


def _side(node: str, which: str, layers: Layers) -> Ports:
    mine = [wire for wire in layers.island.wires_of[node] if side(node, wire, layers) == which]
    if not mine:
        return Ports({}, 0)
    mine.sort(key=lambda wire: _height(node, wire, layers))
    belows = [_below(node, wire, layers) for wire in mine]
    # A row that runs to the left is upside down, and labels stay below their wires: so room is kept for both ways.
    steps = (max(pair) + _GAP + labels.ABOVE for pair in pairwise(belows))
    tops = list(accumulate(steps, initial=0.0))
    middle = tops[mine.index(_main(node, which, mine, layers))]
    offsets = {wire.name: top - middle for wire, top in zip(mine, tops, strict=True)}
    return Ports(offsets, max(middle, tops[-1] - middle) + max(_CORNER, belows[0], belows[-1]))


def _below(node: str, wire: Wire, layers: Layers) -> float:
    has_label = wire.is_cable and labelled_end(wire, layers) == node
    return labels.below(wire) if has_label else _BELOW


def _height(node: str, wire: Wire, layers: Layers) -> tuple[float, float]:
    """Return how high the other ends of a wire are; what stays in the node's own layer goes above or below the rest."""
    others = [other for other in wire.nodes if other != node]
    if not others:
        return 0, 0
    middle = sum(layers.place[other] for other in others) / len(others)
    if all(layers.depth[other] == layers.depth[node] for other in others):
        above = middle < layers.place[node]
        return (-1, -middle) if above else (1, -middle)
    return 0, middle


def _main(node: str, which: str, mine: Sequence[Wire], layers: Layers) -> Wire:
    """Return the wire by which most of the picture is reached: to the right the heaviest, to the left the parent's."""
    if which == LEFT:
        parent = layers.parent(node)
        return next(wire for wire in layers.island.wires_of[node] if parent in wire.nodes and wire in mine)
    return max(mine, key=lambda wire: (not wire.is_backup, _beyond(node, wire, layers)))


def _beyond(node: str, wire: Wire, layers: Layers) -> int:
    right = (other for other in wire.nodes if layers.depth[other] > layers.depth[node])
    return max((layers.weight[other] for other in right), default=0)
