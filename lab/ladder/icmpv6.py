"""What ICMPv6 says: errors and echoes (RFC 4443), neighbours and routers (RFC 4861), members of groups (RFC 3810)."""

from collections.abc import Callable, Mapping

from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6MLDone,
    ICMPv6MLQuery,
    ICMPv6MLQuery2,
    ICMPv6MLReport,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6ND_RS,
    ICMPv6NDOptPrefixInfo,
    ICMPv6PacketTooBig,
    ICMPv6ParamProblem,
    ICMPv6TimeExceeded,
    IPv6,
)
from scapy.packet import Packet

from lab.ladder.claims import UNSPECIFIED, claim

_UNREACHABLE = {0: "network", 1: "administratively", 3: "address", 4: "port"}
_TO_ALL = "ff02::1"


def _unreachable(error: Packet, _: Packet) -> tuple[str, str]:
    return "ICMPv6", f"{_UNREACHABLE.get(error.code, f'code {error.code}:')} unreachable"


def _too_big(error: Packet, _: Packet) -> tuple[str, str]:
    return "ICMPv6", f"packet too big: at most {error.mtu} bytes"


def _solicits_routers(_: Packet, packet: Packet) -> tuple[str, str]:
    return "NDP", f"which router is here? tell {packet[IPv6].src}"


def _advertises(_: Packet, packet: Packet) -> tuple[str, str]:
    prefix = packet.getlayer(ICMPv6NDOptPrefixInfo)
    named = f"{prefix.prefix}/{prefix.prefixlen}" if prefix is not None else "no prefix"
    return "NDP", f"{packet[IPv6].src} routes, and this is {named}"


def _solicits(asked: Packet, packet: Packet) -> tuple[str, str]:
    if packet[IPv6].src == UNSPECIFIED:  # RFC 4862, 5.4.2: who makes sure that it is alone has no address yet
        return "NDP", f"does anybody have {asked.tgt}?"
    return "NDP", f"who has {asked.tgt}? tell {packet[IPv6].src}"


def _tells(told: Packet, packet: Packet) -> tuple[str, str]:
    said = claim(packet)
    to_all = "all hear: " if packet[IPv6].dst == _TO_ALL else ""
    return "NDP", f"{to_all}{told.tgt} is at {said.mac if said else '?'}"


def _redirects(said: Packet, _: Packet) -> tuple[str, str]:
    return "NDP", f"redirect: {said.dst} by way of {said.tgt}"


def _listens(said: Packet, _: Packet) -> tuple[str, str]:
    groups = [record.dst for record in said.records]
    more = f" and {len(groups) - 1} more" if len(groups) > 1 else ""
    return "MLD", f"listens to {groups[0]}{more}" if groups else "listens to nothing"


def _plain(protocol: str, text: str) -> Callable[[Packet, Packet], tuple[str, str]]:
    return lambda _, __: (protocol, text)


ICMPV6: Mapping[type[Packet], Callable[[Packet, Packet], tuple[str, str]]] = {
    ICMPv6DestUnreach: _unreachable,
    ICMPv6PacketTooBig: _too_big,
    ICMPv6TimeExceeded: _plain("ICMPv6", "time exceeded"),
    ICMPv6ParamProblem: _plain("ICMPv6", "parameter problem"),
    ICMPv6EchoRequest: _plain("ICMPv6", "echo request"),
    ICMPv6EchoReply: _plain("ICMPv6", "echo reply"),
    ICMPv6ND_RS: _solicits_routers,
    ICMPv6ND_RA: _advertises,
    ICMPv6ND_NS: _solicits,
    ICMPv6ND_NA: _tells,
    ICMPv6ND_Redirect: _redirects,
    ICMPv6MLReport2: _listens,
    ICMPv6MLReport: _plain("MLD", "listens"),
    ICMPv6MLDone: _plain("MLD", "leaves"),
    ICMPv6MLQuery: _plain("MLD", "who listens?"),
    ICMPv6MLQuery2: _plain("MLD", "who listens?"),
}
"""What each kind of message says: its protocol, and a short text. Errors come first, for they quote others."""
ERRORS = (ICMPv6DestUnreach, ICMPv6PacketTooBig, ICMPv6TimeExceeded, ICMPv6ParamProblem)
ECHOES = (ICMPv6EchoRequest, ICMPv6EchoReply)
