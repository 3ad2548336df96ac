"""From what the tap saw to frames: each frame once, with the port that it entered by and the ports that it left by."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.capture.frame import UNKNOWN, Frame, Port


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

    def may_leave_by(self, port: Port) -> bool:
        """A switch sends a frame once by a port, never back where it came from, and into no other network."""
        if not (port.known and self.port.known):
            return True
        return self.port != port and self.port.network == port.network and port not in self.delivered

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


class Switched:
    """Feed it the tap's records in the kernel's order; take the frames out where a mark says that they are whole.

    ``ports`` knows the switch's ports by name; one that is missing there reads as ``UNKNOWN``. ``entered`` counts the
    frames that came in, and ``unmatched`` what left the switch without having entered it.
    """

    def __init__(self, ports: Mapping[str, Port]) -> None:
        self._ports = ports
        self._alike: dict[bytes, _Alike] = {}
        self._rows: list[_Row] = []
        self.entered = 0
        self.unmatched = 0

    def feed(self, seen: Seen) -> None:
        """Take the next record."""
        port = self._ports.get(seen.port, UNKNOWN)
        if seen.outgoing:
            self._leave(seen, port)
        else:
            self._enter(seen, port)

    def _enter(self, seen: Seen, port: Port) -> None:
        self.entered += 1
        self._wait(_Row(self.entered, seen.time_ns, port, seen.data))

    def _wait(self, row: _Row) -> None:
        self._rows.append(row)
        self._alike.setdefault(row.data, _Alike()).rows.append(row)

    def _leave(self, seen: Seen, port: Port) -> None:
        alike = self._alike.get(seen.data)
        row = alike.take(seen.port, port) if alike else None
        if row is None:
            self.unmatched += 1
        else:
            row.delivered.append(port)

    @property
    def waiting(self) -> bool:
        """Whether frames are there that were not taken out."""
        return bool(self._rows)

    def first(self, number: int) -> list[Frame]:
        """Take out those of the first ``number`` frames that are still there.

        What leaves the switch later than that counts as unmatched.
        """
        rows, self._rows, self._alike = self._rows, [], {}
        for row in rows:
            if row.number > number:
                self._wait(row)
        return [row.frame() for row in rows if row.number <= number]

    def rest(self) -> list[Frame]:
        """Take out all frames that are there."""
        return self.first(self.entered)
