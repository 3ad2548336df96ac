"""Which frames are the same packet, one wire on, and which belong to one conversation, on whatever side of a NAT."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scapy.layers.dhcp import BOOTP
from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, TCP, UDP, ICMPerror, TCPerror, UDPerror
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6ND_RS
from scapy.packet import Packet

from lab.capture import Frame, payload
from lab.ladder.headers import UDP_NUMBER, Header, ip_of
from lab.ladder.icmpv6 import ECHOES, ERRORS

_QUOTES = frozenset({3, 5, 11, 12})  # the types of ICMP messages that quote the packet they are about


def hops(frames: Sequence[Frame]) -> Mapping[int, Frame]:
    """Return, by number, for each frame that is a packet on its next wire, the frame on the wire before.

    A forwarder changes MACs, TTL and checksums, a NAT addresses and ports; everything else stays. The frame before
    must have been delivered to the node that now sends. A packet that is too large for its next wire goes on in pieces.
    """
    waiting: dict[Hashable, list[Frame]] = {}
    whole: dict[Hashable, list[Frame]] = {}
    before: dict[int, Frame] = {}
    for frame in frames:
        mark, header = _unchanged(frame.packet), Header.of(frame.packet)
        if mark is None or header is None:
            continue
        alike = waiting.setdefault(mark, [])
        if found := _nearest(frame, [one for one in alike if _goes_on(one, frame)]):
            alike.remove(found)
            before[frame.number] = found
        elif header.fragment and (found := _last(whole.get(_name(header), ()), frame)):
            before[frame.number] = found
        alike.append(frame)
        if header.version == 4 and not header.fragment:
            whole.setdefault(_name(header), []).append(frame)
    return before


def _nearest(frame: Frame, before: Sequence[Frame]) -> Frame | None:
    """Return the frame with the most ends in common: two packets may have drawn the same identification."""
    return max(before, key=lambda one: len({*_ends(one)} & {*_ends(frame)}), default=None)


def _last(whole: Sequence[Frame], piece: Frame) -> Frame | None:
    return next((one for one in reversed(whole) if _goes_on(one, piece)), None)


def _name(header: Header) -> Hashable:
    """Return what a packet shares with the pieces of it (RFC 791, section 2.3)."""
    return header.version, header.src, header.dst, header.protocol, header.mark


def _goes_on(before: Frame, after: Frame) -> bool:
    arrived = after.port.known and after.port.node in {port.node for port in before.delivered}
    one, other = Header.of(before.packet), Header.of(after.packet)
    return bool(arrived and one and other and one.steps - other.steps in (0, 1))


def _unchanged(packet: Packet) -> Hashable | None:
    """Return what no forwarder and no NAT changes; None for what is no IP packet."""
    ip, header = ip_of(packet), Header.of(packet)
    if ip is None or header is None:
        return None
    if header.version == 6 or header.fragment:  # nobody translates IPv6 here, nor pieces of a packet
        return header.version, header.src, header.dst, header.mark, str(header.fragment), payload(ip)
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
        if (header := Header.of(frame.packet)) is not None and header.fragment:
            groups.add(header.fragment.of, frame.number)
            groups.join(talk, header.fragment.of)
    return {frame.number: groups.first(_talk(frame)) for frame in frames}


def translations(
    frames: Iterable[Frame], before: Mapping[int, Frame], talks: Mapping[int, int]
) -> Mapping[int, tuple[tuple[str, str], ...]]:
    """Return, by number, which ends of a packet a NAT has exchanged on its way, each as what it was and has become.

    Each is told once: with the packet that opens a conversation, and of an address the first time, if its port stays.
    """
    told: set[Hashable] = set()
    first: dict[int, int] = {}  # the number of a packet on its first wire
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for frame in frames:
        hop = before.get(frame.number)
        first[frame.number] = first[hop.number] if hop else frame.number
        if hop is None or first[frame.number] != talks[frame.number] or not _opens(frame.packet):
            continue
        pairs = zip(_ends(hop), _ends(frame), strict=False)  # a packet may go on in pieces
        exchanged = [(old, new) for old, new in pairs if old != new]
        marks = {(frame.port.node, _mark(old, new)) for old, new in exchanged}
        if not marks <= told:
            told |= marks
            found[frame.number] = tuple((_spelt(old), _spelt(new)) for old, new in exchanged)
    return found


def _opens(packet: Packet) -> bool:
    tcp = packet.getlayer(TCP)
    return tcp is None or str(tcp.flags) == "S"


_End = tuple[str, int | None]


def _ends(frame: Frame) -> tuple[_End, ...]:
    """Return the addresses of source and target, with their ports if there are any; a piece of a packet has no ends."""
    packet, header = frame.packet, Header.of(frame.packet)
    if header is None or header.fragment:
        return ()
    transport = None if packet.getlayer(ICMP) else packet.getlayer(TCP) or packet.getlayer(UDP)
    return (header.src, transport and transport.sport), (header.dst, transport and transport.dport)


def _mark(old: _End, new: _End) -> Hashable:
    """Return what makes a translation one that was told: two addresses, and the ports too when they differ."""
    return (old[0], new[0]) if old[1] == new[1] else (old, new)


def _spelt(end: _End) -> str:
    address, port = end
    return address if port is None else f"{address}:{port}"


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
        if child != parent:
            self._parents[child] = parent

    def first(self, one: Hashable) -> int:
        return self._first[self._root(one)]

    def _root(self, one: Hashable) -> Hashable:
        while self._parents[one] != one:
            one = self._parents[one]
        return one


def _talk(frame: Frame) -> Hashable:
    packet, header = frame.packet, Header.of(frame.packet)
    if header is None:
        return "frame", frame.number
    if header.fragment and header.is_later_piece:
        return header.fragment.of
    if (icmp := packet.getlayer(ICMP)) is not None:
        return _about(header, icmp) or ("frame", frame.number)
    if header.carries == "ICMPv6":
        return _about6(header, packet) or ("frame", frame.number)
    if (bootp := packet.getlayer(BOOTP)) is not None:  # who has no address yet is known by the number it has drawn
        return "dhcp", bootp.xid
    return _between(header, packet.getlayer(TCP) or packet.getlayer(UDP), packet.getlayer(DNS))


def _about(header: Header, icmp: ICMP) -> Hashable | None:
    """Return the conversation of an echo, or of the packet that an error is about."""
    if icmp.type in (0, 8):
        return _echo(header, icmp)
    return _complained(icmp) if icmp.type in _QUOTES else None


def _about6(header: Header, packet: Packet) -> Hashable | None:
    """Return the same for ICMPv6, where who asks for a router and who answers also have one."""
    for error in ERRORS:
        if (found := packet.getlayer(error)) is not None:
            return _complained(found)
    for echo in ECHOES:
        if (found := packet.getlayer(echo)) is not None:
            return _echo(header, found)
    if packet.haslayer(ICMPv6ND_RS) or packet.haslayer(ICMPv6ND_RA):
        return "routers", header.src if packet.haslayer(ICMPv6ND_RS) else header.dst
    return None


def _echo(header: Header, echo: Packet) -> Hashable:
    return "echo", frozenset((header.src, header.dst)), echo.id, echo.seq


def _complained(error: Packet) -> Hashable | None:
    """Return the conversation of the packet that an error quotes."""
    quoted = Header.quoted(error)
    if quoted is None:
        return None
    transport = error.getlayer(TCPerror) or error.getlayer(UDPerror)
    if transport is not None:
        return _between(quoted, transport, None)
    echoes = (error.getlayer(kind) for kind in (ICMPerror, *ECHOES))
    echo = next((one for one in echoes if one is not None and hasattr(one, "seq")), None)
    return _echo(quoted, echo) if echo is not None else None


def _between(header: Header, transport: Packet | None, dns: DNS | None) -> Hashable:
    if transport is None:
        return header.protocol, frozenset((header.src, header.dst))
    ends = frozenset(((header.src, transport.sport), (header.dst, transport.dport)))
    return header.protocol, ends, dns.id if dns is not None and header.protocol == UDP_NUMBER else None
