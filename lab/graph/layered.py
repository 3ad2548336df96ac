"""The layered picture of an island: its cards, rails, cables and labels, each in its place."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from lab.graph import folding, frames, labels
from lab.graph.folding import Row
from lab.graph.layers import Layers
from lab.graph.ports import labelled_end
from lab.graph.shapes import Box, Card, Line, Point, Rail, Sheet, Step, Words, box_at, together
from lab.graph.strip import TURN, Channel, Strip, track_width, turning_width
from lab.graph.wires import Wire
from lab.topology.model import Topology

THICKNESS = 9
"""How thick a rail is."""

_ROUND = 16


def drawn(layers: Layers, topology: Topology) -> Sheet:
    """Return the picture of an island."""
    if not layers.rows:
        return together(_bare(wire) for wire in layers.island.wires)
    strip = Strip(layers, topology)
    page = _Page(strip, folding.folded(strip))
    rooms = {node: strip.end_room(node) for node in layers.depth}
    return frames.framed(together(page.sheets()), topology, rooms)


def _bare(wire: Wire) -> Sheet:
    """Return a network that nobody is on."""
    rail = Rail(box_at(Point(0, 0), THICKNESS, 60), tooltip(wire), ())
    return Sheet(rails=(rail,), words=tuple(labels.at_rail(wire, Point(0, -30), above=True)))


def tooltip(wire: Wire) -> str:
    """Return what a wire says when it is pointed at."""
    ends = ", ".join(f"{end.node} {end.number}" for end in wire.ends)
    return f"{wire.name} {', '.join(wire.notes)}: {ends or 'nobody'}"


@dataclass(frozen=True)
class _Page:
    """A strip on a page: from places along the strip to places on the page."""

    strip: Strip
    rows: tuple[Row, ...]

    @cached_property
    def width(self) -> float:
        """How wide the widest row is, without turns."""
        return max(folding.width(self.strip, row) for row in self.rows)

    @cached_property
    def lefts(self) -> Mapping[int, float]:
        """Where each layer begins along its row; all rows but the last are stretched to the same width."""
        found: dict[int, float] = {}
        for row in self.rows:
            u = 0.0
            for depth in range(row.first, row.last + 1):
                found[depth] = u
                u += self.strip.columns[depth] + self._channel_width(depth, row)
        return found

    def _channel_width(self, depth: int, row: Row) -> float:
        channel = self.strip.channels[depth]
        return channel.near + channel.weave + channel.far + self._stretch(row)

    def _stretch(self, row: Row) -> float:
        if row == self.rows[-1] or row.first == row.last:
            return 0
        return (self.width - folding.width(self.strip, row)) / (row.last - row.first)

    @cached_property
    def bases(self) -> Sequence[float]:
        """The height on the page of each row's height 0."""
        found = []
        top = 0.0
        for row in self.rows:
            low, high = self.strip.extent(row.first, row.last)
            found.append(top - low if row.runs_right else top + high)
            top += high - low + folding.GAP
        return found

    @cached_property
    def row_of(self) -> Mapping[int, Row]:
        """The row of each layer."""
        return {depth: row for row in self.rows for depth in range(row.first, row.last + 1)}

    def at(self, row: Row, along: float, height: float) -> Point:
        """Return the place on the page of a place on the strip."""
        base = self.bases[row.number]
        return Point(along, base + height) if row.runs_right else Point(self.width - along, base - height)

    def sheets(self) -> Iterator[Sheet]:
        """Yield all that is on the page."""
        for channel in self.strip.channels:
            row = self.row_of[channel.depth]
            yield Sheet(cards=tuple(self._card(node, row) for node in self.strip.layers.rows[channel.depth]))
            yield Sheet(words=tuple(word for wire in channel.wires for word in self._wire_words(channel, wire)))
            if channel.depth < row.last:
                yield from self._inside(channel, row)
            else:
                yield from self._turning(channel, row)

    def _card(self, node: str, row: Row) -> Card:
        depth = self.strip.layers.depth[node]
        middle = self.at(row, self.lefts[depth] + self.strip.columns[depth] / 2, self.strip.heights[node])
        box = box_at(middle, self.strip.columns[depth], 2 * self.strip.reach[node])
        return self.strip.blanks[node].laid(box)

    def port(self, node: str, wire: Wire, away: float = 0) -> Point:
        """Return the place where a wire leaves a card, or one that lies ``away`` from there along the wire."""
        depth = self.strip.layers.depth[node]
        row = self.row_of[depth]
        leaves_right = self.strip.layers.channel(wire) == depth
        along = self.lefts[depth] + (self.strip.columns[depth] + away if leaves_right else -away)
        return self.at(row, along, self.strip.port(node, wire))

    # The labels beside the cards

    def _wire_words(self, channel: Channel, wire: Wire) -> Iterator[Words]:
        for end in wire.ends:
            room = self.strip.end_room(end.node)
            if room:
                yield Words(self.port(end.node, wire, room / 2).moved(0, -12), end.number, "end")
        if wire.is_cable:
            node = labelled_end(wire, self.strip.layers)
            zone = channel.zone(wire, node)
            above, below = ((start + zone) / 2 for start in self.strip.label_starts(node))
            yield from labels.on_cable(wire, self.port(node, wire, above), self.port(node, wire, below))

    # What runs inside a row

    def _inside(self, channel: Channel, row: Row) -> Iterator[Sheet]:
        left = self.lefts[channel.depth] + self.strip.columns[channel.depth] + channel.near
        right = self.lefts[channel.depth + 1] - channel.far
        widths = [track_width(track) for track in channel.tracks]
        start = (left + right - sum(widths)) / 2
        for track, width, end in zip(channel.tracks, widths, accumulate(widths), strict=True):
            for rail in track:
                top, bottom = (self.at(row, start + end - width / 2, height) for height in channel.span(rail))
                yield self._rail(rail, top, bottom)
        cables = (wire for wire in channel.wires if wire.is_cable)
        yield Sheet(lines=tuple(self._cable(cable, channel, self.at(row, right, 0).x) for cable in cables))

    def _rail(self, rail: Wire, one: Point, other: Point) -> Sheet:
        top, bottom = min(one.y, other.y), max(one.y, other.y)
        box = Box(one.x - THICKNESS / 2, top, one.x + THICKNESS / 2, bottom)
        ports = [self.port(node, rail) for node in rail.nodes]
        dots = tuple(Point(one.x, port.y) for port in ports)
        stubs = (Line((("M", (port,)), ("L", (dot,))), is_stub=True) for port, dot in zip(ports, dots, strict=True))
        above = self._is_free_above(rail, box)
        words = labels.at_rail(rail, Point(one.x, top if above else bottom), above)
        return Sheet(rails=(Rail(box, tooltip(rail), dots),), lines=tuple(stubs), words=tuple(words))

    def _is_free_above(self, rail: Wire, box: Box) -> bool:
        """Tell whether a rail goes on above those that it comes from at least as far as below them."""
        layers = self.strip.layers
        froms = [self.port(node, rail).y for node in rail.nodes if layers.depth[node] == layers.channel(rail)]
        return sum(froms) / len(froms) - box.top >= box.bottom - sum(froms) / len(froms) - 1

    def _cable(self, cable: Wire, channel: Channel, far: float) -> Line:
        """Return a cable from card to card, straight beside them and bent between the zones."""
        one, other = sorted(cable.nodes, key=lambda node: self.strip.layers.depth[node])
        start, leaves = self.port(one, cable), self.port(one, cable, channel.near)
        end = self.port(other, cable)
        if not channel.after(cable):
            bulge = far - leaves.x
            arrives = Point(leaves.x, end.y)
            curve = (leaves.moved(bulge, 0), arrives.moved(bulge, 0), arrives)
        else:
            arrives = self.port(other, cable, channel.far)
            middle = (leaves.x + arrives.x) / 2
            curve = (Point(middle, leaves.y), Point(middle, arrives.y), arrives)
        return Line(
            (("M", (start,)), ("L", (leaves,)), ("C", curve), ("L", (end,))), tooltip(cable), is_backup=cable.is_backup
        )

    # What turns from one row to the next

    def _turning(self, channel: Channel, row: Row) -> Iterator[Sheet]:
        """Yield the wires that leave a row at its end, those that come from further down nearer to the cards."""
        x = max(channel.near, channel.far) + TURN
        for wire in sorted(channel.wires, key=lambda wire: self._nesting(channel, wire)):
            room = turning_width(wire)
            yield self._turn(wire, row, self.width_at(channel, row) + x + room / 2)
            x += room

    def _nesting(self, channel: Channel, wire: Wire) -> tuple[bool, float]:
        heights = [self.strip.port(node, wire) for node in channel.before(wire)]
        return bool(channel.after(wire)), -sum(heights) / len(heights)

    def width_at(self, channel: Channel, row: Row) -> float:
        """Return where along a row its turn begins: at the end of the widest row, or else of its own."""
        own = self.lefts[channel.depth] + self.strip.columns[channel.depth]
        return own if row == self.rows[-1] else max(own, self.width)

    def _turn(self, wire: Wire, row: Row, along: float) -> Sheet:
        ports = [self.port(node, wire) for node in wire.nodes]
        x = self.at(row, along, 0).x
        if wire.is_cable:
            corners = (ports[0], Point(x, ports[0].y), Point(x, ports[1].y), ports[1])
            return Sheet(lines=(Line(rounded(corners), tooltip(wire), is_backup=wire.is_backup),))
        heights = [port.y for port in ports]
        return self._rail(wire, Point(x, min(heights) - 16), Point(x, max(heights) + 16))


def rounded(corners: Sequence[Point]) -> tuple[Step, ...]:
    """Return the way along upright and level lines, with round corners."""
    steps: list[Step] = [("M", (corners[0],))]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        steps += [("L", (_towards(corner, before),)), ("Q", (corner, _towards(corner, after)))]
    return (*steps, ("L", (corners[-1],)))


def _towards(corner: Point, goal: Point) -> Point:
    """Return the place where a round corner begins or ends."""
    length = abs(goal.x - corner.x) + abs(goal.y - corner.y)
    part = min(1.0, _ROUND / length, 0.5) if length else 0.0
    return Point(corner.x + (goal.x - corner.x) * part, corner.y + (goal.y - corner.y) * part)
