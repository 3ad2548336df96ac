"""IPv4 and IPv6 headers, looked at in one way: ends, steps left, what stays the same on the way, and fragments."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Self

from scapy.layers.inet import IP, IPerror
from scapy.layers.inet6 import IPerror6, IPv6, IPv6ExtHdrFragment
from scapy.packet import Packet

from lab.capture import payload

UDP_NUMBER, ICMPV6_NUMBER = 17, 58

_BLOCK = 8
"""Offsets of fragments count blocks of eight bytes (RFC 791, 3.1; RFC 8200, 4.5)."""
_EXTENSIONS = frozenset({0, 43, 44, 60})
"""Hop-by-hop options, routing, fragment, destination options: headers before what is carried (RFC 8200, section 4)."""
_PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6"}


@dataclass(frozen=True)
class Fragment:
    """A piece of a packet: its bytes ``first`` to ``last``, and whether ``more`` follow; pieces share ``of``."""

    of: Hashable
    first: int
    last: int
    more: bool

    def __str__(self) -> str:
        return f"bytes {self.first}–{self.last}{', more follow' if self.more else ', the last'}"


@dataclass(frozen=True)
class Header:
    """What a packet's header says. ``steps`` is the time to live, or the hop limit; no forwarder changes ``mark``."""

    version: int
    src: str
    dst: str
    steps: int
    protocol: int
    mark: int
    fragment: Fragment | None = None

    @classmethod
    def of(cls, packet: Packet) -> Self | None:
        """Return the header of a packet; None for what is none of IP."""
        if (ip := packet.getlayer(IP)) is not None:
            return cls._four(ip)
        six = packet.getlayer(IPv6)
        return cls._six(six) if six is not None else None

    @classmethod
    def quoted(cls, packet: Packet) -> Self | None:
        """Return the header that an ICMP error quotes; None where there is none."""
        if (ip := packet.getlayer(IPerror)) is not None:
            return cls._four(ip)
        six = packet.getlayer(IPerror6)
        return cls._six(six) if six is not None else None

    @classmethod
    def _four(cls, ip: Packet) -> Self:
        more = bool(ip.flags.MF)
        pieces = ip.frag or more
        piece = _piece((ip.src, ip.dst, ip.proto, ip.id), ip.frag, more, len(payload(ip))) if pieces else None
        return cls(4, ip.src, ip.dst, ip.ttl, ip.proto, ip.id, piece)

    @classmethod
    def _six(cls, ip: Packet) -> Self:
        last, piece = ip, None
        while last.nh in _EXTENSIONS and hasattr(last.payload, "nh"):
            last = last.payload
            if isinstance(last, IPv6ExtHdrFragment):
                piece = _piece((ip.src, ip.dst, last.id), last.offset, bool(last.m), len(payload(last)))
        return cls(6, ip.src, ip.dst, ip.hlim, last.nh, ip.fl, piece)

    @property
    def carries(self) -> str:
        """The word of the protocol that it carries."""
        return _PROTOCOLS.get(self.protocol, f"protocol {self.protocol}")

    @property
    def is_later_piece(self) -> bool:
        """Whether it is a fragment without the beginning of what is carried."""
        return self.fragment is not None and self.fragment.first > 0


def ip_of(packet: Packet) -> Packet | None:
    """Return the layer of a packet that has its addresses."""
    layer: Packet | None = packet.getlayer(IP)
    return layer if layer is not None else packet.getlayer(IPv6)


def _piece(of: Hashable, blocks: int, more: bool, length: int) -> Fragment:
    return Fragment(of, blocks * _BLOCK, blocks * _BLOCK + max(length, 1) - 1, more)
