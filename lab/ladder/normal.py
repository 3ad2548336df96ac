"""The normalised ladder: what a story's frames say without what differs from run to run, to be compared as text.

Times are left out. Ports and identifiers that somebody drew by lot have names in order of appearance, anew in each act.
A stream's segments and acknowledgements are folded, since a kernel may cut and merge them differently; conversations
stand one after the other, each with its answers and with the questions for neighbours that held it up. A long series
of pings is told by the ways that it took, and BGP by what routers have told each other in the end.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from scapy.layers.dhcp import BOOTP
from scapy.layers.dns import DNS
from scapy.layers.inet import TCP, UDP
from scapy.packet import Packet

from lab.capture import payload
from lab.ladder.claims import Asked, about_neighbours, answer, question
from lab.ladder.dhcp import PORTS as DHCP_PORTS
from lab.ladder.echoes import SERIES, Journey, echo, series_lines, series_of
from lab.ladder.headers import Header
from lab.ladder.rows import Part, Row, Told, announcement, rows
from lab.ladder.tables import Tables, about_routes
from lab.ladder.words import LETTER_PORTS, MDNS_PORT, as_read, dns_records, message, tcp_flags, udp_bytes
from lab.plan.model import Plan

_SAY_GOODBYE = frozenset({"FTP", "SMTP", "POP3", "IMAP"})
_DRAWN = re.compile(r"\b[0-9a-f]{8,}\b|\b\d+(?= octets)|(?<=\{)\d+(?=\})|\b\d+ bytes(?=, ciphered)")
"""Numbers that servers draw by lot for letters, and lengths of what they say.

They differ: a date in a letter has one digit or two, and so has the number of letters that a box has seen.
"""


def normalised(
    acts: Iterable[Told], plan: Plan, aside: Callable[[Row], bool] = announcement, *, about_them: bool = True
) -> str:
    """Return the ladder of a story's acts as text that is the same in every run.

    The frames that ``aside`` picks come when they like. They are left out; in a story that is ``about_them``, what they
    say in an act of nothing else is told as a sorted set.
    """
    tables = Tables(plan)
    return "\n".join("\n".join(_act(act, plan, aside, about_them, tables)) + "\n" for act in acts)


def _act(act: Told, plan: Plan, aside: Callable[[Row], bool], about_them: bool, tables: Tables) -> Iterator[str]:
    seen = rows(act.capture, plan)
    kept = [row for row in seen if not aside(row)]
    routing, in_order = _apart(kept)
    names = _Names(_service_ports(plan))
    yield f"# {act.name}"
    for block in _blocks(in_order):
        yield from _lines(block, names)
    if routing:
        yield "in the end, in any order:"
        found = {_found(row) for row in routing if not about_routes(row)}
        yield from sorted(found | tables.changed([row for row in routing if about_routes(row)]))
    if about_them and seen and not kept:
        yield "in any order:"
        yield from sorted({said for row in seen for said in _announced(row)})


def _apart(seen: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Take out what BGP speakers say, and the questions for neighbours that this held up."""
    routing = {row.number for row in seen if about_routes(row)}
    others = [row for row in seen if not about_neighbours(row.frame.packet)]
    exchanges = _exchanges([row for row in seen if about_neighbours(row.frame.packet)]) if routing else []
    held = {row.number for asked in exchanges if _held_up(asked, exchanges, others) in routing for row in asked}
    taken = routing | held
    return [row for row in seen if row.number in taken], [row for row in seen if row.number not in taken]


def _found(row: Row) -> str:
    """Say that two neighbours found each other; which of them asked is a matter of chance."""
    return f"  {', '.join(sorted({row.sender, *row.receivers}))}: {row.protocol}"


def _service_ports(plan: Plan) -> frozenset[int]:
    asked = (question for node in plan.nodes.values() for question in node.setup.ready)
    return frozenset({MDNS_PORT, *DHCP_PORTS, *(question.port for question in asked if question.port)})


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
    exchanges = _exchanges([row for row in seen if about_neighbours(row.frame.packet)])
    others = [row for row in seen if not about_neighbours(row.frame.packet)]
    held_up = {number: asked for asked in exchanges if (number := _held_up(asked, exchanges, others))}
    talks = [_in_order([row for row in others if row.talk == talk]) for talk in _talks(others)]
    blocks = [_Block(_journeys(talk), {row.number: held_up.get(row.number, ()) for row in talk}) for talk in talks]
    blocks = list(_in_series(blocks))
    alone = [_Block((asked,)) for asked in exchanges if asked not in held_up.values()]
    return sorted((*blocks, *alone), key=lambda block: block.begin)


def _talks(seen: Iterable[Row]) -> Iterable[int]:
    return dict.fromkeys(row.talk for row in seen)


def _in_order(talk: list[Row]) -> list[Row]:
    """Return a conversation with its middle and its end as they are in every run.

    By SSH both say at once what they are able to, so each is told as a whole, the one who asked first.

    Where one breaks a connection off, the other may be about to hang up, and is told so once more: neither is kept. By
    TLS one says that it will hang up, so both do at once (RFC 8446, section 6.1): who has begun comes first then. So do
    they after a goodbye in words, or a "Connection: close", and there the server comes first, whose end may travel with
    its last words; where one says goodbye both ways, anything may happen then, and nothing of it is told.
    """
    protocols = {row.protocol for row in talk}
    if "SSH" in protocols:
        asked = talk[0].frame.packet[TCP].dport
        return sorted(talk, key=lambda row: (row.part.value, row.frame.packet[TCP].dport != asked))
    ends = [row for row in talk if row.part is Part.CLOSES]
    others = [row for row in talk if row.part is not Part.CLOSES]
    if "TLS" in protocols and protocols & _SAY_GOODBYE:
        return [row for row in others if not (TCP in row.frame.packet and row.frame.packet[TCP].flags.R)]
    if broken := [row for row in others if TCP in row.frame.packet and row.frame.packet[TCP].flags.R]:
        once_more = {row.number for journey in _journeys(broken)[1:] for row in journey}
        return [row for row in others if row.number not in once_more]
    if ends and others and (protocols & {"TLS", *_SAY_GOODBYE} or any(map(_says_that_it_closes, others))):
        asked = others[0].frame.packet[TCP].dport
        first = "TLS" in protocols
        return [*others, *sorted(ends, key=lambda row: (row.frame.packet[TCP].dport == asked) != first)]
    return talk


def _says_that_it_closes(row: Row) -> bool:
    """Tell whether a message of HTTP says that the connection ends with it (RFC 9112, section 9.6)."""
    tcp = row.frame.packet.getlayer(TCP)
    return row.protocol == "HTTP" and tcp is not None and b"\r\nConnection: close\r\n" in payload(tcp)


def _in_series(blocks: Iterable[_Block]) -> Iterator[_Block]:
    """Make one block of all echoes of a program that may go equally far, where they are many."""
    alike: dict[Hashable, list[_Block]] = {}
    for number, block in enumerate(blocks):
        first = block.journeys[0][0].frame.packet
        series, header = series_of(first), Header.of(first)
        alike.setdefault((series, header.steps) if series and header else number, []).append(block)
    for several in alike.values():
        if len(several) < SERIES:
            yield from several
        else:
            journeys = tuple(journey for block in several for journey in block.journeys)
            yield _Block(journeys, {number: asked for block in several for number, asked in block.questions.items()})


def _journeys(talk: Sequence[Row]) -> tuple[Journey, ...]:
    journeys: dict[int, list[Row]] = {}
    for row in talk:
        journeys[row.number] = journeys.get(row.before, [])
        journeys[row.number].append(row)
    return tuple(dict.fromkeys(map(tuple, journeys.values())))


def _exchanges(claims: Sequence[Row]) -> list[Journey]:
    """Put questions for neighbours and their first answers together; an answer that nobody asked for is alone."""
    exchanges: list[list[Row]] = []
    asked: dict[Asked, list[Row]] = {}
    for row in claims:
        told, wanted = answer(row.frame.packet), question(row.frame.packet)
        exchange = asked.pop(told, None) if told else None
        if exchange is None:
            exchange = []
            exchanges.append(exchange)
        if wanted:
            asked[wanted] = exchange
        exchange.append(row)
    return list(map(tuple, exchanges))


def _held_up(exchange: Journey, exchanges: Iterable[Journey], others: Iterable[Row]) -> int:
    """Return the number of the frame that had to wait for an answer: the first that goes there; 0 if none does.

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
        row = self.row
        to = ", ".join(sorted(row.receivers)) or "nobody"
        notes = "".join(f" [{note.text}]" for note in row.notes)
        return f"  {row.sender} -> {to}: {_ends(row, names)}{self.said or _said(row, names)}{notes}"


def _lines(block: _Block, names: "_Names") -> Iterator[str]:
    series = series_of(block.journeys[0][0].frame.packet) if len(block.journeys) >= SERIES else None
    if series is None:
        yield from (line.text(names) for line in _told(block))
        return
    yield from (_Line(row).text(names) for asked in block.questions.values() for row in asked)
    yield from series_lines(block.journeys, names.of("id", series[1]))


def _told(block: _Block) -> Iterator[_Line]:
    for several in _messages(block.journeys):
        for hop, row in enumerate(several[0]):
            yield from (_Line(asked) for journey in several for asked in block.questions.get(journey[hop].number, ()))
            yield _Line(row, _message(several, hop))
        if _carries(several[-1]) and several[-1][0].frame.packet[TCP].flags.F:  # a FIN that came with the last bytes
            yield from (_Line(row, "TCP FIN ACK") for row in several[-1])


def _messages(journeys: Iterable[Journey]) -> Iterator[tuple[Journey, ...]]:
    """Yield packets one by one, but segments together as long as they go one way.

    Bare acknowledgements, and options that programs agree on when they like, are left out.
    """
    kept = (journey for journey in journeys if journey[0].part is not Part.ACKNOWLEDGES and not _agrees(journey))
    for (carries, _), group in groupby(kept, key=lambda journey: (_carries(journey), _way(journey))):
        several = tuple(group)
        yield from [several] if carries else [(journey,) for journey in several]


def _carries(journey: Journey) -> bool:
    return journey[0].part is Part.CARRIES


def _agrees(journey: Journey) -> bool:
    """Tell whether a segment carries something, but nothing for people."""
    tcp = journey[0].frame.packet.getlayer(TCP)
    return _carries(journey) and not as_read(payload(tcp), tcp)


def _way(journey: Journey) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((row.sender, row.receivers) for row in journey)


def _message(several: Sequence[Journey], hop: int) -> str:
    """Say what a message is, whole; empty for what is none."""
    if not _carries(several[0]):
        return ""
    headers = [journey[hop].frame.packet[TCP] for journey in several]
    said = b"".join({tcp.seq: as_read(payload(tcp), tcp) for tcp in headers}.values())  # what is sent again counts once
    words = message(said, headers[0])
    if {headers[0].sport, headers[0].dport} & LETTER_PORTS:
        return f"{words.protocol} {_DRAWN.sub('…', words.text)}"
    if words.protocol == "TLS" and "ciphered" in words.text:
        return f"TLS {words.text}"
    size = f"{len(said)} bytes"
    if words.protocol == "IPP" and words.text[:1].isdigit():  # an answer is as long as the words for a job's state
        return f"IPP {words.text}"
    return f"{words.protocol} {size}" if words.text == size else f"{words.protocol} {words.text}, {size}"


def _said(row: Row, names: "_Names") -> str:
    packet = row.frame.packet
    if row.protocol == "DNS" and (dns := packet.getlayer(DNS)) is not None:
        return f"DNS {names.of('id', (row.talk, dns.id))} {row.text}"
    if row.protocol == "DHCP":
        return f"DHCP {names.of('xid', packet[BOOTP].xid)} {row.text}"
    if (found := echo(packet)) is not None:
        return f"{row.protocol} {names.of('id', found.id)} seq {found.seq} {row.text}"
    if row.protocol == "UDP" and (udp := packet.getlayer(UDP)) is not None:
        return f"UDP {udp_bytes(udp)} bytes{_which(packet)}"
    if row.protocol == "TCP" and (tcp := packet.getlayer(TCP)) is not None:  # a later piece of a segment has no flags
        return f"TCP {tcp_flags(tcp)}"
    return f"{row.protocol} {row.text}"


def _which(packet: Packet) -> str:
    header = Header.of(packet)
    return f", {header.fragment}" if header and header.fragment else ""


def _ends(row: Row, names: "_Names") -> str:
    """Return the addresses of an IP packet with its ports, its TTL and its name among fragments; empty for others."""
    packet = row.frame.packet
    header = Header.of(packet)
    if header is None:
        return ""
    piece = f"piece of {names.of('packet', header.fragment.of)} " if header.fragment else ""
    transport = None if header.carries.startswith("ICMP") else packet.getlayer(TCP) or packet.getlayer(UDP)
    if transport is None:
        return f"{header.src} > {header.dst} ttl {header.steps} {piece}"
    source = _end(header.src, names.port(row.talk, header.src, transport.sport))
    target = _end(header.dst, names.port(row.talk, header.dst, transport.dport))
    return f"{source} > {target} ttl {header.steps} {piece}"


def _end(address: str, port: str) -> str:
    """Return an address with a port as URLs have it (RFC 3986, 3.2.2)."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


@dataclass
class _Names:
    """Names in order of appearance for numbers that were drawn by lot; the services' own ports keep theirs.

    A number that was drawn twice, by two conversations, has two names: in a hundred questions some are.
    """

    kept: frozenset[int]
    _given: dict[str, dict[object, str]] = field(default_factory=dict)

    def of(self, what: str, number: object) -> str:
        given = self._given.setdefault(what, {})
        return given.setdefault(number, f"{what}-{len(given) + 1}")

    def port(self, talk: int, address: str, number: int) -> str:
        """Name a port, anew in each conversation: whether two of them draw the same number is a matter of luck."""
        return str(number) if number in self.kept else self.of("port", (talk, address, number))
