"""Where neighbours are, by ARP or neighbour discovery: who asks for a link-layer address, who answers, what is said."""

from dataclasses import dataclass

from scapy.layers.inet6 import (
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
)
from scapy.layers.l2 import ARP
from scapy.packet import Packet

UNSPECIFIED = "::"
"""Who has no address yet (RFC 4291, 2.5.2)."""


@dataclass(frozen=True)
class Claim:
    """That an address is at a link-layer address; ``aloud`` where a frame is about nothing else."""

    ip: str
    mac: str
    aloud: bool


@dataclass(frozen=True)
class Asked:
    """A question where ``target`` is, or its answer: ``asker`` wants to know, or is told."""

    asker: str
    target: str


def claim(packet: Packet) -> Claim | None:
    """Return what a frame claims; ARP always claims something (RFC 826), neighbour discovery by its options."""
    if (arp := packet.getlayer(ARP)) is not None:
        return Claim(arp.psrc, arp.hwsrc, aloud=arp.op == 2 or arp.psrc == arp.pdst)
    ip = packet.getlayer(IPv6)
    if ip is None:
        return None
    if (said := packet.getlayer(ICMPv6ND_NA)) is not None:
        at = packet.getlayer(ICMPv6NDOptDstLLAddr)
        return Claim(said.tgt, at.lladdr if at is not None else packet.src, aloud=True)
    asks = any(packet.haslayer(kind) for kind in (ICMPv6ND_NS, ICMPv6ND_RS, ICMPv6ND_RA))
    at = packet.getlayer(ICMPv6NDOptSrcLLAddr) if asks else None
    return Claim(ip.src, at.lladdr, aloud=False) if at is not None else None


def question(packet: Packet) -> Asked | None:
    """Return what a frame asks for: where somebody is."""
    if (arp := packet.getlayer(ARP)) is not None:
        return Asked(arp.psrc, arp.pdst) if arp.op == 1 else None
    asked = packet.getlayer(ICMPv6ND_NS)
    return Asked(packet[IPv6].src, asked.tgt) if asked is not None else None


def answer(packet: Packet) -> Asked | None:
    """Return the question that a frame answers."""
    if (arp := packet.getlayer(ARP)) is not None:
        return Asked(arp.pdst, arp.psrc) if arp.op == 2 else None
    told = packet.getlayer(ICMPv6ND_NA)
    return Asked(packet[IPv6].dst, told.tgt) if told is not None else None


def about_neighbours(packet: Packet) -> bool:
    """Tell whether a frame is about where somebody is, and about nothing else."""
    return packet.haslayer(ARP) or question(packet) is not None or answer(packet) is not None
