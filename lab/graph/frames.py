"""Frames around the nodes of each system: as few as can be, and none around, or across, what is not the system's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from lab.graph import lettering
from lab.graph.shapes import Box, Card, Frame, Point, Sheet, Words, around
from lab.topology.model import Topology

TITLE = 26
"""How high the title of a frame is."""

_PAD = 9
_INSET = 12
_STEP = 20


def framed(sheet: Sheet, topology: Topology, rooms: Mapping[str, float]) -> Sheet:
    """Return a sheet with its frames; ``rooms`` says how far the numbers of its ends reach beside each card."""
    drafts = [_draft(card, topology, rooms) for card in sheet.cards if topology.nodes[card.node].system]
    while merged := next(_merged(drafts, sheet), None):
        drafts = merged
    return replace(sheet, frames=tuple(Frame(draft.box, draft.title) for draft in drafts))


@dataclass(frozen=True)
class _Draft:
    """A frame in the making, with the nodes inside."""

    system: str
    nodes: frozenset[str]
    box: Box
    title: Words


def title(system: str, topology: Topology) -> str:
    """Return what a frame says: the name and the number of its system."""
    return f"{system} AS{topology.systems[system].number}"


def title_width(system: str, topology: Topology, room: float) -> float:
    """Return how wide a card must be, with so much room beside it for numbers, for the title of a frame around it."""
    return lettering.width(title(system, topology), "system") + 2 * _INSET - 2 * _beside(room)


def _beside(room: float) -> float:
    return max(_PAD, room + 2)


def _draft(card: Card, topology: Topology, rooms: Mapping[str, float]) -> _Draft:
    system = topology.nodes[card.node].system or ""
    beside = _beside(rooms[card.node])
    box = Box(card.box.left - beside, card.box.top - _PAD - TITLE, card.box.right + beside, card.box.bottom + _PAD)
    text = Words(Point(box.left + _INSET, box.top + 16), title(system, topology), "system", begins=True)
    return _Draft(system, frozenset({card.node}), box, text)


def _merged(drafts: Sequence[_Draft], sheet: Sheet) -> Iterator[list[_Draft]]:
    """Yield the drafts with two of them made one, the nearest two first, wherever that is possible."""
    pairs = [(one, other) for one, other in combinations(drafts, 2) if one.system == other.system]
    for one, other in sorted(pairs, key=lambda pair: _apart(pair[0].box, pair[1].box)):
        others = [draft for draft in drafts if draft not in (one, other)]
        both = _both(one, other, others, sheet)
        if both is not None:
            yield [*others, both]


def _apart(one: Box, other: Box) -> float:
    return max(one.left - other.right, other.left - one.right, 0) + max(
        one.top - other.bottom, other.top - one.bottom, 0
    )


def _both(one: _Draft, other: _Draft, others: Sequence[_Draft], sheet: Sheet) -> _Draft | None:
    """Return the frame around two others, or None where something else would be in it, or be cut by it."""
    box, nodes = around((one.box, other.box)), one.nodes | other.nodes
    foreign = [card.box for card in sheet.cards if card.node not in nodes] + [draft.box for draft in others]
    between = [words.box for words in sheet.words] + [rail.box for rail in sheet.rails]
    if any(_cuts(box, thing) for thing in between) or any(box.meets(thing) for thing in foreign):
        return None
    solids = [card.box for card in sheet.cards] + between
    for words in _titles(box, one.title):
        if not any(words.box.meets(solid) for solid in solids):
            return _Draft(one.system, nodes, box, words)
    return None


def _cuts(box: Box, thing: Box) -> bool:
    inside = box.left <= thing.left and thing.right <= box.right and box.top <= thing.top and thing.bottom <= box.bottom
    return box.meets(thing) and not inside


def _titles(box: Box, words: Words) -> Iterator[Words]:
    """Yield the places for a title along the upper edge, from left to right, then along the lower one."""
    width = words.box.width
    for y in (box.top + 16, box.bottom - 16):
        x = box.left + _INSET
        while x + width < box.right - 8:
            yield replace(words, at=Point(x, y))
            x += _STEP
