"""What DHCP says (RFC 2131): who asks for an address, who offers one, and who passes such words on."""

from collections.abc import Mapping
from typing import Any

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.packet import Packet

PORTS = frozenset({67, 68})
"""Of the server, and of its clients, who all speak from the same one."""

_NOBODY = "0.0.0.0"
_REQUEST = 3
_TYPES = {1: "DISCOVER", 2: "OFFER", 3: "REQUEST", 4: "DECLINE", 5: "ACK", 6: "NAK", 7: "RELEASE", 8: "INFORM"}


def dhcp(bootp: BOOTP, packet: Packet) -> tuple[str, str]:
    """Say what kind of message it is, about which address, and for whose network it is passed on."""
    options = _options(packet)
    kind = options.get("message-type")
    told = _TYPES.get(kind, f"type {kind}") if kind else ("request" if bootp.op == 1 else "reply")
    address = bootp.yiaddr if bootp.op == 2 else options.get("requested_addr", _NOBODY)
    about = f" {address}" if address != _NOBODY else ""
    if not about and bootp.ciaddr != _NOBODY:  # who has an address already says so in another place (table 5)
        about = f" {bootp.ciaddr}{' again' if kind == _REQUEST else ''}"
    relayed = f", relayed for {bootp.giaddr}" if bootp.giaddr != _NOBODY else ""
    return "DHCP", f"{told}{about}{relayed}"


def _options(packet: Packet) -> Mapping[str, Any]:
    """Return the options with one value each; scapy gives the padding as words."""
    found = packet.getlayer(DHCP)
    return {one[0]: one[1] for one in found.options if isinstance(one, tuple) and len(one) > 1} if found else {}
