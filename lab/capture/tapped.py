"""From what the tap saw to frames: each frame once, with the port that it entered by and the ports that it left by."""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lab.capture.frame import UNKNOWN, Frame, Port

NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Seen:
    """One record of the tap: a frame that crossed a switch port, ``outgoing`` when it left the switch by it."""

    port: str
    outgoing: bool
    time_ns: int
    data: bytes


@dataclass(slots=True, eq=False)
class _Row:
    """A frame on its way: it entered, and is leaving by port after port."""

    number: int
    time_ns: int
    port: Port
    data: bytes
    delivered: list[Port] = field(default_factory=list)
    underway: list[Port] = field(default_factory=list)
    """Those that it is on its way to, on a wire with delay."""
    is_coming: bool = False
    """Whether it is on its way to the switch, on such a wire."""

    def may_leave_by(self, port: Port) -> bool:
        """A switch sends a frame once by a port, never back where it came from, and into no other network."""
        if not (port.known and self.port.known):
            return True
        taken = port in self.delivered or port in self.underway
        return self.port != port and self.port.network == port.network and not taken

    def frame(self) -> Frame:
        return Frame(self.number, self.time_ns, self.port, tuple(self.delivered), self.data)


@dataclass(slots=True)
class _Alike:
    """The rows with the same bytes, and for each port those that it may still send out, the latest last.

    Whatever order two processors write their records in, a port sends each row once at most; of several the latest,
    because the kernel takes a frame through the switch without a pause, and a frame that it lost stays behind.
    """

    rows: list[_Row] = field(default_factory=list)
    offered: dict[str, tuple[int, list[_Row]]] = field(default_factory=dict)
    """For each port, how many rows had entered when it last took one, and those of them that it left."""

    def take(self, name: str, port: Port) -> _Row | None:
        """Take the latest row that may leave by the port and has not done so."""
        known, waiting = self.offered.get(name, (0, []))
        waiting += [row for row in self.rows[known:] if row.may_leave_by(port)]
        self.offered[name] = (len(self.rows), waiting)
        return waiting.pop() if waiting else None


class _Wires:
    """The frames on wires with delay, for each end of a wire; what goes in first comes out first."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, bytes], deque[_Row]] = defaultdict(deque)

    def put(self, end: str, row: _Row) -> None:
        """Put a frame on the wire that comes out at ``end``."""
        self._rows[end, row.data].append(row)

    def take(self, end: str, data: bytes) -> _Row | None:
        """Take the frame that comes out, if it was seen to go in."""
        rows = self._rows.get((end, data))
        row = rows.popleft() if rows else None
        if not rows:
            self._rows.pop((end, data), None)
        return row

    def keep(self, number: int) -> None:
        """Forget the frames up to a number: what became of them is decided."""
        kept = {key: deque(row for row in rows if row.number > number) for key, rows in self._rows.items()}
        self._rows = defaultdict(deque, {key: rows for key, rows in kept.items() if rows})


class Switched:
    """Feed it the tap's records in the kernel's order; take the frames out where a mark says that they are whole.

    ``ports`` knows the switch's ports by name; one that is missing there reads as ``UNKNOWN``. ``entries`` are ports of
    bridges that lie beyond a wire with delay, each with the port where that wire begins: a frame that comes in by the
    port is on its way until it comes in by the entry, and the other way round. ``entered`` counts the frames that came
    in, and ``unmatched`` what left the switch without having entered it.
    """

    def __init__(self, ports: Mapping[str, Port], entries: Mapping[str, str] = NOTHING) -> None:
        self._ports = ports
        self._begins = entries
        self._ends = {port: entry for entry, port in entries.items()}
        self._alike: dict[bytes, _Alike] = {}
        self._rows: list[_Row] = []
        self._coming = _Wires()
        self._going = _Wires()
        self.entered = 0
        self.unmatched = 0

    def feed(self, seen: Seen) -> None:
        """Take the next record."""
        port = self._ports.get(self._begins.get(seen.port, seen.port), UNKNOWN)
        match seen.outgoing, seen.port in self._begins, seen.port in self._ends:
            case False, True, _:
                self._come_out(seen)
            case False, _, _:
                self._enter(seen, port)
            case True, _, True:
                self._arrive(seen, port)
            case True, _, _:
                self._leave(seen, port)

    def _enter(self, seen: Seen, port: Port) -> None:
        self.entered += 1
        row = _Row(self.entered, seen.time_ns, port, seen.data, is_coming=seen.port in self._ends)
        self._rows.append(row)
        if row.is_coming:
            self._coming.put(self._ends[seen.port], row)
        else:
            self._offer(row)

    def _come_out(self, seen: Seen) -> None:
        """Let a frame into the switch that was on its way to it; of one that nobody saw begin, the deliveries count."""
        if row := self._coming.take(seen.port, seen.data):
            row.is_coming = False
            self._offer(row)

    def _offer(self, row: _Row) -> None:
        self._alike.setdefault(row.data, _Alike()).rows.append(row)

    def _leave(self, seen: Seen, port: Port) -> None:
        alike = self._alike.get(seen.data)
        row = alike.take(seen.port, port) if alike else None
        if row is None:
            self.unmatched += 1
        elif seen.port in self._begins:
            row.underway.append(port)
            self._going.put(self._begins[seen.port], row)
        else:
            row.delivered.append(port)

    def _arrive(self, seen: Seen, port: Port) -> None:
        """Deliver a frame that was on its way to a node; one that nobody saw leave the switch was counted there."""
        if row := self._going.take(seen.port, seen.data):
            row.delivered.append(port)

    @property
    def waiting(self) -> bool:
        """Whether frames are there that were not taken out."""
        return bool(self._rows)

    def first(self, number: int) -> list[Frame]:
        """Take out those of the first ``number`` frames that are still there.

        What leaves the switch later than that counts as unmatched.
        """
        rows, self._alike = self._rows, {}
        self._rows = [row for row in rows if row.number > number]
        for wires in (self._coming, self._going):
            wires.keep(number)
        for row in self._rows:
            if not row.is_coming:
                self._offer(row)
        return [row.frame() for row in rows if row.number <= number]

    def rest(self) -> list[Frame]:
        """Take out all frames that are there."""
        return self.first(self.entered)
