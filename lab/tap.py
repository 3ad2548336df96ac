"""The tap at work: a stream of records from the switch, and the marks that prove where a window begins and ends.

The other end is ``images/node/rootfs/usr/lib/wiretale/tap``, which describes the records.
"""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab.capture import Seen
from lab.engine.protocol import Engine, Session
from lab.errors import EngineError
from lab.instance import Instance

_HEADER = struct.Struct("<cBIQI")  # what, outgoing, interface index or mark, nanoseconds since 1970, length


@dataclass(frozen=True)
class Mark:
    """A point in the stream: every frame before it was seen before it; ``drops`` were lost since the start."""

    number: int
    drops: int


class Records:
    """Cuts the tap's bytes into records, keeping the names that it told for the ports."""

    def __init__(self) -> None:
        self._rest = b""
        self._names: dict[int, str] = {}

    def feed(self, data: bytes) -> list[Seen | Mark]:
        """Return the records that are whole now."""
        return list(self._cut(self._rest + data))

    def _cut(self, data: bytes) -> Iterator[Seen | Mark]:
        at = 0
        while at + _HEADER.size <= len(data):
            what, outgoing, index, when, length = _HEADER.unpack_from(data, at)
            start, end = at + _HEADER.size, at + _HEADER.size + length
            if end > len(data):
                break
            at = end
            if what == b"F":
                yield Seen(self._names.get(index, ""), bool(outgoing), when, data[start:end])
            elif what == b"M":
                yield Mark(index, json.loads(data[start:end])["drops"])
            else:
                self._names[index] = data[start:end].decode()
        self._rest = data[at:]


class Tap:
    """Reads every frame on every wire of a lab, in the order in which the switch saw them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._records = Records()
        self._marks = 0

    def mark(self) -> int:
        """Ask for the next mark; it comes round behind every frame that was sent before this call."""
        self._marks += 1
        self._session.write(b"mark %d\n" % self._marks)
        return self._marks

    def read(self) -> list[Seen | Mark]:
        """Return the records that come next, waiting for some bytes. Raises ``EngineError`` when the tap died."""
        if not (data := self._session.read()):
            raise EngineError(f"the tap died: {self._session.finish().stderr.strip() or 'it said nothing'}")
        return self._records.feed(data)


@contextmanager
def tapping(engine: Engine, instance: Instance) -> Iterator[Tap]:
    """Hold a tap on the lab's switch; it ends with the context, or with the client."""
    with engine.open(instance.switch, ["/usr/lib/wiretale/tap"], patience=None) as session:
        yield Tap(session)
