"""What routers tell each other by BGP: the messages of a segment, as RFC 4271 writes them, with 4-octet AS numbers."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from scapy.layers.inet import TCP
from scapy.packet import Packet

_runtime = logging.getLogger("scapy.runtime")
_said = _runtime.level
_runtime.setLevel(logging.ERROR)  # scapy.contrib.bgp says its configuration as a warning when it is imported
from scapy.contrib import bgp  # noqa: E402

_runtime.setLevel(_said)
bgp.bgp_module_conf.use_2_bytes_asn = False  # RFC 6793: speakers of today write AS paths with four octets a number

PORT = 179
"""Where BGP speakers listen."""

_AS_PATH = 2
_NOTIFICATION = {1: "header error", 2: "OPEN error", 3: "UPDATE error", 4: "hold time over", 5: "FSM error", 6: "Cease"}


@dataclass(frozen=True)
class BgpMessage:
    """One message: its kind ("OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE"), and what it says.

    ``announces`` are networks that are reached by ``path``, the numbers of the systems on the way, the speaker's first;
    ``withdraws`` are networks that it has no way to any more. ``about`` is the speaker's own AS, or an error's name.
    """

    kind: str
    withdraws: tuple[str, ...] = ()
    announces: tuple[str, ...] = ()
    path: tuple[int, ...] = ()
    about: str = ""

    @property
    def ends_table(self) -> bool:
        """Whether it says that all was told: an UPDATE about nothing (RFC 4724, section 2)."""
        return self.kind == "UPDATE" and not self.withdraws and not self.announces


def is_bgp(packet: Packet) -> bool:
    """Tell whether a packet belongs to a BGP session, whatever it says."""
    tcp = packet.getlayer(TCP)
    return tcp is not None and PORT in (tcp.sport, tcp.dport)


def bgp_messages(packet: Packet) -> tuple[BgpMessage, ...]:
    """Return the BGP messages that a packet carries whole, in their order."""
    tcp = packet.getlayer(TCP)
    return tuple(_messages(tcp.payload)) if tcp is not None else ()


def _messages(header: Packet) -> Iterator[BgpMessage]:
    while isinstance(header, bgp.BGPHeader):
        if isinstance(header, bgp.BGPKeepAlive):
            yield BgpMessage("KEEPALIVE")
            header = header.payload
        else:
            body = header.payload
            yield _message(body)
            header = body.payload


def _message(body: Packet) -> BgpMessage:
    if isinstance(body, bgp.BGPUpdate):
        withdrawn = tuple(one.prefix for one in body.withdrawn_routes)
        return BgpMessage("UPDATE", withdrawn, tuple(one.prefix for one in body.nlri), tuple(_path(body)))
    if isinstance(body, bgp.BGPOpen):
        return BgpMessage("OPEN", about=f"AS {body.my_as}")
    if isinstance(body, bgp.BGPNotification):
        return BgpMessage("NOTIFICATION", about=_NOTIFICATION.get(body.error_code, f"error {body.error_code}"))
    return BgpMessage(body.name)


def _path(update: Packet) -> Iterator[int]:
    for attribute in update.path_attr:
        if attribute.type_code == _AS_PATH:
            for segment in attribute.attribute.segments:
                yield from segment.segment_value
