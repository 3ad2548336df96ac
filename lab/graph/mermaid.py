"""A topology as a Mermaid flowchart, which GitHub and many wikis draw in the midst of a page."""

from collections.abc import Iterator

from lab.graph.cards import blank
from lab.graph.frames import title
from lab.graph.looks import CUT, LOOKS, ROUND
from lab.graph.wires import Wire, wires
from lab.topology.model import Topology

_BRACKETS = {ROUND: ("([", "])"), CUT: ("{{", "}}")}
_SQUARE = ("[", "]")


def as_mermaid(topology: Topology) -> str:
    """Return the flowchart: a box for each node and each rail, a line for each cable and each stub."""
    return "\n".join(_lines(topology)) + "\n"


def _lines(topology: Topology) -> Iterator[str]:
    yield "flowchart LR"
    yield f"  accTitle: {topology.name}"
    for name in topology.nodes:
        yield f"  {_node(name, topology)}"
    for wire in wires(topology):
        yield from (f"  {line}" for line in _wire(wire))
    for system in topology.systems:
        yield f"  subgraph system-{system}[{_quoted(escaped(title(system, topology)))}]"
        yield from (f"    {_id(name)}" for name, node in topology.nodes.items() if node.system == system)
        yield "  end"
    for name in sorted({blank(node, topology).look for node in topology.nodes}):
        yield f"  classDef {name} fill:#ffffff,color:#1c2a30,stroke:{LOOKS[name].light},stroke-width:2px"
    yield "  classDef rail fill:#37474f,color:#ffffff,stroke:#37474f"


def _node(name: str, topology: Topology) -> str:
    card = blank(name, topology)
    opening, closing = _BRACKETS.get(LOOKS[card.look].shape, _SQUARE)
    return f"{_id(name)}{opening}{_quoted('<br/>'.join(map(escaped, card.lines)))}{closing}:::{card.look}"


def _wire(wire: Wire) -> Iterator[str]:
    label = _quoted("<br/>".join(map(escaped, (wire.name, *wire.notes))))
    if wire.is_cable:
        one, other = map(_id, wire.nodes)
        yield f"{one} {'-.-' if wire.is_backup else '---'}|{label}| {other}"
        return
    rail = f"net-{wire.name}"
    yield f"{rail}[{label}]:::rail"
    for end in wire.ends:
        yield f"{_id(end.node)} ---|{_quoted(escaped(end.number))}| {rail}"


def _id(name: str) -> str:
    """Return what a node is called in the chart: a bare name could be a word of Mermaid's own, such as ``end``."""
    return f"node-{name}"


def _quoted(text: str) -> str:
    return f'"{text}"'


def escaped(text: str) -> str:
    """Return text that Mermaid shows as it is: it takes numbered entities, without their ampersand."""
    return "".join(char if char.isalnum() or char in " .-/:," else f"#{ord(char)};" for char in text)
