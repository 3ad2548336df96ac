"""What the ends of TCP connections said: bytes in their order, put together from the segments of a capture."""

from dataclasses import dataclass, field

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet

from lab.capture.capture import Capture
from lab.capture.frame import payload
from lab.errors import Inconclusive

_SEQUENCE_NUMBERS = 1 << 32


@dataclass(frozen=True)
class Stream:
    """All that one end of a connection sent to the other, whatever segments it came in."""

    src: str
    sport: int
    dst: str
    dport: int
    data: bytes

    @property
    def ends(self) -> "Ends":
        """Who says it to whom."""
        return self.src, self.sport, self.dst, self.dport


Ends = tuple[str, int, str, int]
"""The sender's address and port, and the receiver's."""


def ends_of(packet: Packet) -> Ends:
    """Return who says a segment of TCP to whom."""
    ip, tcp = packet.getlayer(IP) or packet[IPv6], packet[TCP]
    return ip.src, tcp.sport, ip.dst, tcp.dport


def streams(capture: Capture) -> tuple[Stream, ...]:
    """Return the streams of a capture, in the order in which they began: two for each connection (RFC 9293).

    A segment that was seen more than once, on several wires or because it was sent again, counts once. Raises
    ``Inconclusive`` for a stream without its beginning or with a gap.
    """
    open_now: dict[Ends, _Segments] = {}
    begun: list[_Segments] = []
    for packet in capture.only(TCP()):
        segment, ends = packet[TCP], ends_of(packet)
        if "S" in segment.flags and (ends not in open_now or open_now[ends].syn != segment.seq):
            open_now[ends] = _Segments(*ends, syn=segment.seq)
            begun.append(open_now[ends])
        data = payload(segment)
        if not data:
            continue
        if ends not in open_now:
            raise Inconclusive(f"the stream {_named(*ends)} began before the capture")
        open_now[ends].add(segment.seq, data)
    return tuple(segments.joined() for segments in begun)


def exchange(capture: Capture, port: int) -> tuple[bytes, bytes]:
    """Return what was said to a port, and what was answered, by the only connection there; ask of one wire.

    Raises ``Inconclusive`` where there is none, or more than one: ``streams`` tells them apart.
    """
    ends = streams(capture)
    asked = [end.data for end in ends if end.dport == port]
    answered = [end.data for end in ends if end.sport == port]
    if len(asked) != 1 or len(answered) != 1:
        raise Inconclusive(f"{len(asked)} connections go to port {port} on this wire, and one is asked about")
    return asked[0], answered[0]


@dataclass
class _Segments:
    """The segments of one stream, by the place of their first byte in it."""

    src: str
    sport: int
    dst: str
    dport: int
    syn: int
    parts: dict[int, bytes] = field(default_factory=dict)

    def add(self, sequence: int, data: bytes) -> None:
        """Take a segment; the first byte has the number that follows the SYN's."""
        place = (sequence - self.syn - 1) % _SEQUENCE_NUMBERS
        self.parts[place] = max(data, self.parts.get(place, b""), key=len)

    def joined(self) -> Stream:
        data = b""
        for place, part in sorted(self.parts.items()):
            if place > len(data):
                gap = f"bytes {len(data)} to {place}"
                raise Inconclusive(f"the stream {_named(self.src, self.sport, self.dst, self.dport)} lacks {gap}")
            data += part[len(data) - place :]
        return Stream(self.src, self.sport, self.dst, self.dport, data)


def _named(src: str, sport: int, dst: str, dport: int) -> str:
    return f"from {src}:{sport} to {dst}:{dport}"
