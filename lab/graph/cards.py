"""The cards of nodes: what is written on each, and how large that makes it."""

from collections.abc import Iterator
from dataclasses import dataclass

from lab.graph import lettering
from lab.graph.looks import look
from lab.graph.shapes import Box, Card, Point, Words
from lab.topology.model import Node, Topology

LEASED = "by DHCP"
"""What stands for an address that nobody knows before it is leased."""

_ICON = 48
_PADDING = 14
_LINE = 25
_HEIGHT = 64
_SMALL_ICON, _SMALL_HEIGHT = 34, 40


@dataclass(frozen=True)
class Blank:
    """A card without a place: its lines, of which the first is the node's name."""

    node: str
    look: str
    tooltip: str
    lines: tuple[str, ...]
    is_small: bool = False

    @property
    def width(self) -> float:
        """How wide it must be for its words."""
        widest = max(lettering.width(line, self._style(place)) for place, line in enumerate(self.lines))
        return self._icon + widest + _PADDING

    @property
    def height(self) -> float:
        """How high it must be for its words."""
        return _SMALL_HEIGHT if self.is_small else _HEIGHT

    @property
    def _icon(self) -> float:
        """How much room the icon takes."""
        return _SMALL_ICON if self.is_small else _ICON

    def _style(self, place: int) -> str:
        if place:
            return "what"
        return "small-name" if self.is_small else "name"

    def laid(self, box: Box) -> Card:
        """Return the card in its place; its words begin to the right of its icon."""
        top = box.middle.y - _LINE * (len(self.lines) - 1) / 2
        words = (
            Words(Point(box.left + self._icon, top + place * _LINE), line, self._style(place), begins=True)
            for place, line in enumerate(self.lines)
        )
        return Card(self.node, box, self.look, self.tooltip, tuple(words), self.is_small)


def blank(name: str, topology: Topology) -> Blank:
    """Return the card of a node: its name, its kind, and its address where it has only one."""
    what = " ".join(_what(name, topology.nodes[name]))
    return Blank(name, look(topology.nodes[name]), _tooltip(name, topology), (name, what) if what else (name,))


def small(name: str, topology: Topology) -> Blank:
    """Return the small card of a node: its name alone."""
    return Blank(name, look(topology.nodes[name]), _tooltip(name, topology), (name,), is_small=True)


def _tooltip(name: str, topology: Topology) -> str:
    node = topology.nodes[name]
    links = (f"{link.ip.ip if link.ip else LEASED} on {link.network}" for link in node.links.values())
    place = (f"{node.place.city}, {node.place.country}",) if node.place else ()
    return f"{name}: {', '.join((node.kind, *place, *links))}"


def shows_address(node: Node) -> bool:
    """Whether a node's card has room for its address: where it has only one."""
    return len(node.links) == 1


def _what(name: str, node: Node) -> Iterator[str]:
    if node.kind != name:
        yield node.kind
    if shows_address(node):
        yield str(node.ip) if node.stays else LEASED
