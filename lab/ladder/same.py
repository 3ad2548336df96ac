"""Which frames are the same packet, one wire on, and which belong to one conversation, on whatever side of a NAT."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Packet

from lab.capture import Frame, payload

_QUOTES = frozenset({3, 5, 11, 12})  # the types of ICMP messages that quote the packet they are about


def hops(frames: Sequence[Frame]) -> Mapping[int, Frame]:
    """Return, by number, for each frame that is a packet on its next wire, the frame on the wire before.

    A forwarder changes MACs, TTL and checksums, a NAT addresses and ports; everything else stays. The frame before
    must have been delivered to the node that now sends.
    """
    waiting: dict[Hashable, list[Frame]] = {}
    before: dict[int, Frame] = {}
    for frame in frames:
        mark = _unchanged(frame.packet)
        if mark is None:
            continue
        alike = waiting.setdefault(mark, [])
        if found := next((one for one in alike if _goes_on(one, frame)), None):
            alike.remove(found)
            before[frame.number] = found
        alike.append(frame)
    return before


def _goes_on(before: Frame, after: Frame) -> bool:
    arrived = after.port.known and after.port.node in {port.node for port in before.delivered}
    return arrived and before.packet[IP].ttl - after.packet[IP].ttl in (0, 1)


def _unchanged(packet: Packet) -> Hashable | None:
    """Return what no forwarder and no NAT changes; None for what is no IP packet."""
    ip = packet.getlayer(IP)
    if ip is None:
        return None
    if (icmp := packet.getlayer(ICMP)) is not None:
        return ip.id, icmp.type, icmp.code, icmp.seq if icmp.type in (0, 8) else _quoted_id(icmp)
    if (tcp := packet.getlayer(TCP)) is not None:
        return ip.id, tcp.seq, tcp.ack, int(tcp.flags), payload(tcp)
    if (udp := packet.getlayer(UDP)) is not None:
        return ip.id, "udp", payload(udp)
    return ip.id, ip.proto, payload(ip)


def _quoted_id(icmp: ICMP) -> int | None:
    return getattr(icmp.payload, "id", None) if icmp.type in _QUOTES else None


def conversations(frames: Iterable[Frame], before: Mapping[int, Frame]) -> Mapping[int, int]:
    """Return for each frame's number that of the first frame of its conversation.

    A request and its answers are one: a TCP connection, a DNS question, an echo, with what ICMP says about it.
    """
    groups = _Groups()
    for frame in frames:
        talk = _talk(frame)
        groups.add(talk, frame.number)
        if frame.number in before:
            groups.join(talk, _talk(before[frame.number]))
    return {frame.number: groups.first(_talk(frame)) for frame in frames}


@dataclass
class _Groups:
    """Sets of conversations that turned out to be one, each with the number of its first frame."""

    _parents: dict[Hashable, Hashable] = field(default_factory=dict)
    _first: dict[Hashable, int] = field(default_factory=dict)

    def add(self, one: Hashable, number: int) -> None:
        self._parents.setdefault(one, one)
        self._first.setdefault(one, number)

    def join(self, one: Hashable, other: Hashable) -> None:
        child, parent = sorted((self._root(one), self._root(other)), key=lambda root: -self._first[root])
        self._parents[child] = parent

    def first(self, one: Hashable) -> int:
        return self._first[self._root(one)]

    def _root(self, one: Hashable) -> Hashable:
        while self._parents[one] != one:
            one = self._parents[one]
        return one


def _talk(frame: Frame) -> Hashable:
    packet = frame.packet
    ip = packet.getlayer(IP)
    if ip is None:
        return "frame", frame.number
    if (icmp := packet.getlayer(ICMP)) is not None:
        return _about(ip, icmp) or ("frame", frame.number)
    return _between(ip, packet.getlayer(TCP) or packet.getlayer(UDP), packet.getlayer(DNS))


def _about(ip: IP, icmp: ICMP) -> Hashable | None:
    """Return the conversation of an echo, or of the packet that an error is about."""
    if icmp.type in (0, 8):
        return "echo", frozenset((ip.src, ip.dst)), icmp.id, icmp.seq
    quoted = icmp.payload if icmp.type in _QUOTES else None
    if quoted is None or not hasattr(quoted, "src"):
        return None
    inner = quoted.payload
    if hasattr(inner, "sport"):
        return _between(quoted, inner, None)
    return ("echo", frozenset((quoted.src, quoted.dst)), inner.id, inner.seq) if hasattr(inner, "seq") else None


def _between(ip: Packet, transport: Packet | None, dns: DNS | None) -> Hashable:
    if transport is None:
        return ip.proto, frozenset((ip.src, ip.dst))
    ends = frozenset(((ip.src, transport.sport), (ip.dst, transport.dport)))
    return ip.proto, ends, dns.id if dns is not None and ip.proto == 17 else None
