"""A strip: columns of cards from left to right, with a channel after each, in which its wires run.

Beside each card lies a zone where its wires run straight and have their labels; the rest of a channel is for rails,
each in a track, and for cables on their way to another height.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from lab.graph import frames, labels, lettering
from lab.graph.cards import Blank, blank, shows_address
from lab.graph.heights import heights
from lab.graph.layers import Layers
from lab.graph.ports import LEFT, RIGHT, Ports, labelled_end, ports, side
from lab.graph.wires import End, Wire
from lab.topology.model import Topology

OVERHANG = 16
"""How far a rail goes on beyond the last that hangs from it."""
TURN = 10
"""How far the first track of a turn is from the zones beside the cards."""

_GAP = 11  # half of what is between two cards
_FRAME = 18  # and so much more where a frame with a title is between them
_STUB = 26  # the shortest wire between a card and a rail
_BEND = 56  # what a cable needs to get to another height
_LABEL_GAP = 12


@dataclass(frozen=True)
class Strip:
    """The layers of an island with sizes and heights; nothing in it depends on how it is folded."""

    layers: Layers
    topology: Topology

    @cached_property
    def blanks(self) -> Mapping[str, Blank]:
        """The card of each node."""
        return {node: blank(node, self.topology) for node in self.layers.depth}

    @cached_property
    def sides(self) -> Mapping[tuple[str, str], Ports]:
        """The ports of each node's sides."""
        return ports(self.layers)

    @cached_property
    def reach(self) -> Mapping[str, float]:
        """Half the height of each card: it is as high as its words and its wires need."""
        return {
            node: max(card.height / 2, self.sides[node, LEFT].reach, self.sides[node, RIGHT].reach)
            for node, card in self.blanks.items()
        }

    @cached_property
    def heights(self) -> Mapping[str, float]:
        """The height of each card's middle."""
        rooms = {node: reach + _GAP + (_FRAME if self._has_frame(node) else 0) for node, reach in self.reach.items()}
        return heights(self.layers, self.sides, rooms)

    def _has_frame(self, node: str) -> bool:
        return self.topology.nodes[node].system is not None

    def port(self, node: str, wire: Wire) -> float:
        """Return the height at which a wire leaves a node."""
        return self.heights[node] + self.sides[node, side(node, wire, self.layers)].offsets[wire.name]

    @cached_property
    def _end_rooms(self) -> Mapping[str, float]:
        widest = max((lettering.width(end.number, "end") for end in self._numbers()), default=0)
        return {node: 0 if shows_address(self.topology.nodes[node]) else widest + _LABEL_GAP for node in self.blanks}

    def _numbers(self) -> Iterator[End]:
        for wire in self.layers.island.wires:
            yield from (end for end in wire.ends if not shows_address(self.topology.nodes[end.node]))

    def end_room(self, node: str) -> float:
        """Return how much room the numbers of a node's ends need beside it: none where its card says its address."""
        return self._end_rooms[node]

    def label_starts(self, node: str) -> tuple[float, float]:
        """Return how far from a card the label of a cable may begin, above the cable and below it.

        Above it is the end's number; what is below must not be cut by a frame around the card.
        """
        above = (self.end_room(node) or _STUB) + _LABEL_GAP / 2
        return above, above if self._has_frame(node) else _LABEL_GAP

    @cached_property
    def channels(self) -> "tuple[Channel, ...]":
        """The channel after each layer."""
        wires: list[list[Wire]] = [[] for _ in self.layers.rows]
        for wire in self.layers.island.wires:
            wires[self.layers.channel(wire)].append(wire)
        return tuple(Channel(self, depth, tuple(several)) for depth, several in enumerate(wires))

    @cached_property
    def columns(self) -> Sequence[float]:
        """How wide each layer is."""
        return [max(map(self._width, row)) for row in self.layers.rows]

    def _width(self, node: str) -> float:
        """Return how wide the card of a node is, so that the title of a frame around it alone has room."""
        system = self.topology.nodes[node].system
        title = frames.title_width(system, self.topology, self.end_room(node)) if system else 0
        return max(self.blanks[node].width, title)

    def extent(self, first: int, last: int) -> tuple[float, float]:
        """Return the heights between which everything from one layer to another lies, their channels too."""
        ends = [
            self.heights[node] + sign * self.reach[node]
            for row in self.layers.rows[first : last + 1]
            for node in row
            for sign in (-1, 1)
        ]
        for channel in self.channels[first:last]:
            ends += [end for rail in channel.rails for end in channel.interval(rail)]
        return min(ends), max(ends)


@dataclass(frozen=True)
class Channel:
    """What is between a layer and the next one."""

    strip: Strip
    depth: int
    wires: tuple[Wire, ...]

    @cached_property
    def rails(self) -> tuple[Wire, ...]:
        """Those of its wires that are rails."""
        return tuple(wire for wire in self.wires if not wire.is_cable)

    def before(self, wire: Wire) -> tuple[str, ...]:
        """Return the nodes of a wire in the layer before."""
        return tuple(node for node in wire.nodes if self.strip.layers.depth[node] == self.depth)

    def after(self, wire: Wire) -> tuple[str, ...]:
        """Return the nodes of a wire in the layer after."""
        return tuple(node for node in wire.nodes if self.strip.layers.depth[node] > self.depth)

    @cached_property
    def near(self) -> float:
        """How wide the zone beside the layer before is."""
        return max((self.zone(wire, node) for wire in self.wires for node in self.before(wire)), default=0)

    @cached_property
    def far(self) -> float:
        """How wide the zone beside the layer after is."""
        return max((self.zone(wire, node) for wire in self.wires for node in self.after(wire)), default=0)

    def zone(self, wire: Wire, node: str) -> float:
        """Return how much room a wire needs beside a node for the end's number and perhaps the label."""
        room = self.strip.end_room(node) or _STUB
        if not (wire.is_cable and labelled_end(wire, self.strip.layers) == node):
            return room
        above, below = self.strip.label_starts(node)
        return max(above + labels.name_width(wire), below + labels.notes_width(wire)) + _LABEL_GAP / 2

    def interval(self, rail: Wire) -> tuple[float, float]:
        """Return the heights between which a rail and its label lie, on whichever end the label is."""
        top, bottom = self.span(rail)
        return top - labels.height(rail), bottom + labels.height(rail)

    def span(self, rail: Wire) -> tuple[float, float]:
        """Return the heights between which a rail runs."""
        ports = [self.strip.port(node, rail) for node in rail.nodes] or [0]
        return min(ports) - OVERHANG, max(ports) + OVERHANG

    @cached_property
    def tracks(self) -> tuple[tuple[Wire, ...], ...]:
        """The rails side by side, those that do not meet below each other: each goes into the first track with room.

        Of those that lead upwards the highest comes first, of the others the lowest: so their stubs do not cross.
        """
        up = sorted((rail for rail in self.rails if self._leads_up(rail)), key=self.interval)
        down = sorted((rail for rail in self.rails if not self._leads_up(rail)), key=self.interval, reverse=True)
        tracks: list[list[Wire]] = []
        for rail in (*up, *down):
            free = (track for track in tracks if not any(self._meet(rail, other) for other in track))
            track = next(free, None)
            if track is None:
                tracks.append([rail])
            else:
                track.append(rail)
        return tuple(map(tuple, tracks))

    def _leads_up(self, rail: Wire) -> bool:
        ends = [[self.strip.port(node, rail) for node in nodes] for nodes in (self.before(rail), self.after(rail))]
        before, after = (sum(heights) / len(heights) if heights else 0 for heights in ends)
        return after < before or not ends[1]

    def _meet(self, rail: Wire, other: Wire) -> bool:
        (top, bottom), (top2, bottom2) = self.interval(rail), self.interval(other)
        return top < bottom2 and top2 < bottom

    @cached_property
    def weave(self) -> float:
        """How wide the part between the zones is."""
        is_bent = any(wire.is_cable and not self.is_straight(wire) for wire in self.wires)
        return max(sum(map(track_width, self.tracks)), _BEND if is_bent else 0)

    @property
    def turn(self) -> float:
        """How wide it is when it turns from one row to the next: its zones, and a track of its own for each wire."""
        return max(self.near, self.far) + TURN + sum(map(turning_width, self.wires))

    def is_straight(self, cable: Wire) -> bool:
        """Whether a cable leads from one layer to the next at one height."""
        one, other = (self.strip.port(node, cable) for node in cable.nodes)
        return one == other and bool(self.after(cable))


def track_width(rails: Sequence[Wire]) -> float:
    """Return how wide the track of some rails is."""
    return max(map(labels.width, rails)) + _LABEL_GAP


def turning_width(wire: Wire) -> float:
    """Return how wide the track of a wire is that turns from one row to the next."""
    return 24 if wire.is_cable else labels.width(wire) + _LABEL_GAP
