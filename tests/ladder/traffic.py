"""Traffic built by hand: what the nodes of a small network send, wire by wire, as a switch would see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet

from lab.capture import Capture, Frame, Port
from tests.capture.build import ATTACKER, ROUTER, ROUTER_WAN, VICTIM, WEB, sent

EVERYBODY = "ff:ff:ff:ff:ff:ff"


@dataclass(frozen=True)
class Told:
    """An act for a ladder."""

    capture: Capture
    name: str = "act"
    sentence: str = "Something happens."
    question: str = ""
    answer: str = ""


def wire(packet: Packet, by: Port, to: Port) -> Frame:
    """One packet on one wire, with the MACs of its two ends."""
    return sent(Ether(src=by.mac, dst=to.mac) / packet, by, [to])


def claim(by: Port, to: Port, ip: str, mac: str) -> Frame:
    """An ARP answer: the address is at that MAC."""
    return wire(ARP(op=2, psrc=ip, hwsrc=mac, pdst=to.ip, hwdst=to.mac), by, to)


def asks(by: Port, ip: str, heard: Sequence[Port]) -> Frame:
    """An ARP question to everybody."""
    return sent(Ether(src=by.mac, dst=EVERYBODY) / ARP(op=1, psrc=by.ip, hwsrc=by.mac, pdst=ip), by, heard)


def routed(layers: Packet, number: int, port: int = 0) -> list[Frame]:
    """A packet from the victim to the web, over the router, which hides the victim behind its own address."""
    outside = layers.copy()
    if port:
        outside.sport = port
    return [
        wire(IP(src=VICTIM.ip, dst=WEB.ip, id=number, ttl=64) / layers, VICTIM, ROUTER),
        wire(IP(src=ROUTER_WAN.ip, dst=WEB.ip, id=number, ttl=63) / outside, ROUTER_WAN, WEB),
    ]


def answered(layers: Packet, number: int, port: int = 0) -> list[Frame]:
    """The way back, from the web to the victim."""
    outside = layers.copy()
    if port:
        outside.dport = port
    return [
        wire(IP(src=WEB.ip, dst=ROUTER_WAN.ip, id=number, ttl=64) / outside, WEB, ROUTER_WAN),
        wire(IP(src=WEB.ip, dst=VICTIM.ip, id=number, ttl=63) / layers, ROUTER, VICTIM),
    ]


def relayed(layers: Packet, number: int) -> list[Frame]:
    """A packet from the victim that goes through the attacker, who passes it on."""
    ways = [(VICTIM, ATTACKER, 64), (ATTACKER, ROUTER, 63)]
    return [wire(IP(src=VICTIM.ip, dst=WEB.ip, id=number, ttl=ttl) / layers, by, to) for by, to, ttl in ways]


@dataclass(frozen=True)
class Lot:
    """The numbers that systems draw by lot."""

    port: int = 40001
    seen_outside: int = 40001
    sequence: int = 1000
    first_id: int = 7


def visit(lot: Lot = Lot(), pieces: Sequence[bytes] = (b"HTTP/1.1 200 OK\r\n\r\nhello",), acks: int = 1) -> list[Frame]:
    """A page is fetched: the connection opens, a request, its answer in pieces, the connection closes."""
    numbers = iter(range(lot.first_id, lot.first_id + 100))
    mine, theirs = lot.sequence, lot.sequence + 5000

    def out(flags: str, said: bytes = b"") -> list[Frame]:
        layers = TCP(sport=lot.port, dport=80, flags=flags, seq=mine, ack=theirs) / said
        return routed(layers, next(numbers), lot.seen_outside)

    def back(flags: str, said: bytes = b"") -> list[Frame]:
        layers = TCP(sport=80, dport=lot.port, flags=flags, seq=theirs, ack=mine) / said
        return answered(layers, next(numbers), lot.seen_outside)

    frames = [*out("S"), *back("SA"), *out("A"), *out("PA", b"GET / HTTP/1.1\r\n\r\n"), *back("A")]
    for piece in pieces:
        frames += back("PA", piece)
        theirs += len(piece)
        frames += [frame for _ in range(acks) for frame in out("A")]
    return [*frames, *out("FA"), *back("FA"), *out("A")]


PING = ICMP(type="echo-request", id=77, seq=1) / b"abcdefgh"
