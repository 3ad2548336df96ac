"""Echoes, which most people know as pings: what they are, and what is told of many that one program sends."""

from collections.abc import Container, Hashable, Iterator, Sequence

from scapy.layers.inet import ICMP
from scapy.packet import Packet

from lab.ladder.headers import Header
from lab.ladder.icmpv6 import ECHOES, ERRORS
from lab.ladder.rows import Row

SERIES = 10
"""How many echoes of one program are told as a series: it runs while something else happens, and nobody counts them."""

Journey = tuple[Row, ...]
"""A packet on all of its wires."""


def echo(packet: Packet) -> Packet | None:
    """Return the echo that a packet is, and not one that it complains about."""
    if (icmp := packet.getlayer(ICMP)) is not None:
        return icmp if icmp.type in (0, 8) else None
    if any(packet.haslayer(error) for error in ERRORS):
        return None
    return next((found for echo in ECHOES if (found := packet.getlayer(echo)) is not None), None)


def series_of(packet: Packet) -> tuple[Hashable, int] | None:
    """Return what the echoes of one program have in common, their ends and their identifier; None for other packets."""
    found, header = echo(packet), Header.of(packet)
    return (frozenset((header.src, header.dst)), int(found.id)) if found is not None and header else None


def series_lines(journeys: Sequence[Journey], name: str) -> Iterator[str]:
    """Tell a series by the ways that its packets took, each once, and whether all were answered.

    How many there were is a matter of chance, and so is which were lost; that some were is not. A packet that stayed in
    a node on its way is told only as one that was not answered.
    """
    ends = {journey[0].sender for journey in journeys}
    for text in dict.fromkeys(journey[0].text for journey in journeys):
        several = [journey for journey in journeys if journey[0].text == text]
        yield f"  {_ends(several[0][0])}{several[0][0].protocol} {name} {text}, again and again"
        yield from dict.fromkeys(f"    {_way(one)}" for one in several if not one[-1].receivers or _came(one, ends))
    asker = journeys[0][0].sender
    if {_number(one) for one in journeys} - {_number(one) for one in journeys if _came(one, {asker})}:
        yield "    not all were answered"


def _ends(row: Row) -> str:
    header = Header.of(row.frame.packet)
    return f"{header.src} > {header.dst} ttl {header.steps} " if header else ""


def _number(journey: Journey) -> int:
    found = echo(journey[0].frame.packet)
    return int(found.seq) if found is not None else -1


def _way(journey: Journey) -> str:
    return " -> ".join((*(row.sender for row in journey), ", ".join(journey[-1].receivers) or "nobody"))


def _came(journey: Journey, ends: Container[str]) -> bool:
    return any(receiver in ends for receiver in journey[-1].receivers)
