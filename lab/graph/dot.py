"""A topology in the language of graphviz, for those who want to draw on."""

from collections.abc import Iterator

from lab.graph.cards import blank
from lab.graph.frames import title
from lab.graph.looks import CUT, LOOKS, ROUND
from lab.graph.wires import Wire, wires
from lab.topology.model import Topology

_SHAPES = {ROUND: "ellipse", CUT: "octagon"}


def as_dot(topology: Topology) -> str:
    """Return the graph: a node for each node and each rail, an edge for each cable and each stub."""
    return "\n".join(_lines(topology)) + "\n"


def _lines(topology: Topology) -> Iterator[str]:
    yield f"graph {_quoted(topology.name)} {{"
    yield '  node [fontname="Verdana" penwidth=2]'
    yield '  edge [fontname="Verdana" fontsize=10]'
    for name in topology.nodes:
        yield f"  {_node(name, topology)}"
    for wire in wires(topology):
        yield from (f"  {line}" for line in _wire(wire))
    for system in topology.systems:
        inside = " ".join(_quoted(name) for name, node in topology.nodes.items() if node.system == system)
        yield f"  subgraph {_quoted(f'cluster {system}')} {{ label={_quoted(title(system, topology))} {inside} }}"
    yield "}"


def _node(name: str, topology: Topology) -> str:
    card = blank(name, topology)
    look = LOOKS[card.look]
    shape = _SHAPES.get(look.shape, "box")
    return f"{_quoted(name)} [label={_quoted(*card.lines)} shape={shape} color={_quoted(look.light)}]"


def _wire(wire: Wire) -> Iterator[str]:
    label = _quoted(wire.name, *wire.notes)
    if wire.is_cable:
        one, other = wire.ends
        style = " style=dashed" if wire.is_backup else ""
        ends = f"taillabel={_quoted(one.number)} headlabel={_quoted(other.number)}"
        yield f"{_quoted(one.node)} -- {_quoted(other.node)} [label={label} {ends}{style}]"
        return
    rail = _quoted(f"net {wire.name}")
    yield f'{rail} [label={label} shape=box style=filled fillcolor="#37474f" fontcolor=white]'
    for end in wire.ends:
        yield f"{_quoted(end.node)} -- {rail} [taillabel={_quoted(end.number)}]"


def _quoted(*lines: str) -> str:
    """Return lines as one string of dot: a backslash and a quote would mean something else."""
    return '"' + "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'
