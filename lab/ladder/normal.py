"""The normalised ladder: what a story's frames say without what differs from run to run, to be compared as text.

Times are left out. Ports and identifiers that somebody drew by lot have names in order of appearance, anew in each act.
A stream's segments and acknowledgements are folded, since a kernel may cut and merge them differently; conversations
stand one after the other, each with its answers and with the ARP questions that held it up.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP
from scapy.packet import Packet

from lab.capture import payload
from lab.ladder.rows import Part, Row, Told, announcement, rows
from lab.ladder.words import MDNS_PORT, dns_records, message, tcp_flags
from lab.plan.model import Plan

Journey = tuple[Row, ...]
"""A packet on all of its wires."""


def normalised(acts: Iterable[Told], plan: Plan, aside: Callable[[Row], bool] = announcement) -> str:
    """Return the ladder of a story's acts as text that is the same in every run.

    The frames that ``aside`` picks come when they like. They are left out; an act of nothing else is about them, and
    what they say is told as a sorted set.
    """
    return "\n".join("\n".join(_act(act, plan, aside)) + "\n" for act in acts)


def _act(act: Told, plan: Plan, aside: Callable[[Row], bool]) -> Iterator[str]:
    seen = rows(act.capture, plan)
    in_order = [row for row in seen if not aside(row)]
    names = _Names(_service_ports(plan))
    yield f"# {act.name}"
    for block in _blocks(in_order):
        for line in _told(block):
            yield line.text(names)
    if seen and not in_order:
        yield "in any order:"
        yield from sorted({said for row in seen for said in _announced(row)})


def _service_ports(plan: Plan) -> frozenset[int]:
    asked = (node.setup.ready for node in plan.nodes.values())
    return frozenset({MDNS_PORT, *(question.port for question in asked if question)})


def _announced(row: Row) -> list[str]:
    dns = row.frame.packet.getlayer(DNS)
    said = dns_records(dns) if dns is not None else [row.text]
    return [f"  {row.sender} to all: {row.protocol} {one}" for one in said]


# Blocks: a conversation with the ARP questions that held it up, or an ARP exchange that nothing waited for


@dataclass(frozen=True)
class _Block:
    journeys: tuple[Journey, ...]
    questions: Mapping[int, Journey] = field(default_factory=dict)
    """What was asked before a frame could be sent, by the frame's number."""

    @property
    def begin(self) -> int:
        return min(row.number for journey in (*self.journeys, *self.questions.values()) for row in journey)


def _blocks(seen: Sequence[Row]) -> list[_Block]:
    exchanges = _exchanges([row for row in seen if row.protocol == "ARP"])
    others = [row for row in seen if row.protocol != "ARP"]
    held_up = {number: asked for asked in exchanges if (number := _held_up(asked, exchanges, others))}
    talks = [[row for row in others if row.talk == talk] for talk in dict.fromkeys(row.talk for row in others)]
    blocks = [_Block(_journeys(talk), {row.number: held_up.get(row.number, ()) for row in talk}) for talk in talks]
    alone = [_Block((asked,)) for asked in exchanges if asked not in held_up.values()]
    return sorted((*blocks, *alone), key=lambda block: block.begin)


def _journeys(talk: Sequence[Row]) -> tuple[Journey, ...]:
    journeys: dict[int, list[Row]] = {}
    for row in talk:
        journeys[row.number] = journeys.get(row.before, [])
        journeys[row.number].append(row)
    return tuple(dict.fromkeys(map(tuple, journeys.values())))


def _exchanges(claims: Sequence[Row]) -> list[Journey]:
    """Put ARP questions and their first answers together; an answer that nobody asked for is alone."""
    exchanges: list[list[Row]] = []
    asked: dict[tuple[str, str], list[Row]] = {}
    for row in claims:
        arp = row.frame.packet[ARP]
        exchange = asked.pop((arp.pdst, arp.psrc), None) if arp.op == 2 else None
        if exchange is None:
            exchange = []
            exchanges.append(exchange)
        if arp.op == 1:
            asked[arp.psrc, arp.pdst] = exchange
        exchange.append(row)
    return list(map(tuple, exchanges))


def _held_up(exchange: Journey, exchanges: Iterable[Journey], others: Iterable[Row]) -> int:
    """Return the number of the frame that had to wait for an ARP answer: the first that goes there; 0 if none does.

    Of several questions for the same address the last one counts.
    """
    asking, answer = exchange[0], exchange[-1]
    if len(exchange) < 2:
        return 0
    target = answer.frame.data[6:12]
    later = (row for row in others if row.number > answer.number and row.sender == asking.sender)
    waited = next((row for row in later if row.frame.data[:6] == target and row.before < asking.number), None)
    if waited is None or any(_again(asking, other[0], waited) for other in exchanges):
        return 0
    return waited.number


def _again(asking: Row, other: Row, waited: Row) -> bool:
    same = (asking.sender, asking.text) == (other.sender, other.text)
    return same and asking.number < other.number < waited.number


# Lines


@dataclass(frozen=True)
class _Line:
    """A frame, or the frames of a message on one wire; ``said`` is empty when the packet says it itself."""

    row: Row
    said: str = ""

    def text(self, names: "_Names") -> str:
        row, packet = self.row, self.row.frame.packet
        to = ", ".join(sorted(row.receivers)) or "nobody"
        notes = "".join(f" [{note.text}]" for note in row.notes)
        return f"  {row.sender} -> {to}: {_ends(packet, names)}{self.said or _said(row, names)}{notes}"


def _told(block: _Block) -> Iterator[_Line]:
    for several in _messages(block.journeys):
        for hop, row in enumerate(several[0]):
            yield from (_Line(asked) for journey in several for asked in block.questions.get(journey[hop].number, ()))
            yield _Line(row, _message(several, hop))
        if _carries(several[-1]) and several[-1][0].frame.packet[TCP].flags.F:  # a FIN that came with the last bytes
            yield from (_Line(row, "TCP FIN ACK") for row in several[-1])


def _messages(journeys: Iterable[Journey]) -> Iterator[tuple[Journey, ...]]:
    """Yield packets one by one, but segments together as long as they go one way; bare acknowledgements not at all."""
    kept = (journey for journey in journeys if journey[0].part is not Part.ACKNOWLEDGES)
    for (carries, _), group in groupby(kept, key=lambda journey: (_carries(journey), _way(journey))):
        several = tuple(group)
        yield from [several] if carries else [(journey,) for journey in several]


def _carries(journey: Journey) -> bool:
    return journey[0].part is Part.CARRIES


def _way(journey: Journey) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((row.sender, row.receivers) for row in journey)


def _message(several: Sequence[Journey], hop: int) -> str:
    """Say what a message is, whole; empty for what is none."""
    if not _carries(several[0]):
        return ""
    headers = [journey[hop].frame.packet[TCP] for journey in several]
    said = b"".join(payload(tcp) for tcp in headers)
    words = message(said, headers[0])
    size = f"{len(said)} bytes"
    if words.protocol == "IPP" and words.text[:1].isdigit():  # an answer is as long as the words for a job's state
        return f"IPP {words.text}"
    return f"{words.protocol} {size}" if words.text == size else f"{words.protocol} {words.text}, {size}"


def _said(row: Row, names: "_Names") -> str:
    packet = row.frame.packet
    if row.protocol == "DNS" and (dns := packet.getlayer(DNS)) is not None:
        return f"DNS {names.of('id', dns.id)} {row.text}"
    if (icmp := packet.getlayer(ICMP)) is not None and icmp.type in (0, 8):
        return f"ICMP {names.of('id', icmp.id)} seq {icmp.seq} {row.text}"
    if row.protocol == "UDP":
        return f"UDP {len(payload(packet[UDP]))} bytes"
    if row.protocol == "TCP":
        return f"TCP {tcp_flags(packet[TCP])}"
    return f"{row.protocol} {row.text}"


def _ends(packet: Packet, names: "_Names") -> str:
    """Return the addresses of an IP packet with its ports and its TTL; empty for other frames."""
    ip = packet.getlayer(IP)
    if ip is None:
        return ""
    transport = None if packet.getlayer(ICMP) else packet.getlayer(TCP) or packet.getlayer(UDP)
    if transport is None:
        return f"{ip.src} > {ip.dst} ttl {ip.ttl} "
    source = names.port(ip.proto, ip.src, transport.sport)
    target = names.port(ip.proto, ip.dst, transport.dport)
    return f"{ip.src}:{source} > {ip.dst}:{target} ttl {ip.ttl} "


@dataclass
class _Names:
    """Names in order of appearance for numbers that were drawn by lot; the services' own ports keep theirs."""

    kept: frozenset[int]
    _given: dict[str, dict[object, str]] = field(default_factory=dict)

    def of(self, what: str, number: object) -> str:
        given = self._given.setdefault(what, {})
        return given.setdefault(number, f"{what}-{len(given) + 1}")

    def port(self, protocol: int, address: str, number: int) -> str:
        return str(number) if number in self.kept else self.of("port", (protocol, address, number))
