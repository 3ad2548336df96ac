"""A frame with the port that sent it and the ports that got it, and the window in which it was seen. Frozen values."""

from dataclasses import dataclass
from functools import cached_property

# Which of scapy's modules are loaded decides how it dissects. These are, so every question meets the same packets.
from scapy.layers import dhcp, dns, inet, inet6  # noqa: F401
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Padding, Raw

import lab.capture.bgp  # noqa: F401
from lab.harmless import harmless

_ETHERNET_HEADER = 14


@dataclass(frozen=True)
class Port:
    """Where a node meets a network; ``mac`` and ``ip`` are empty when nobody knows them."""

    node: str
    network: str
    mac: str = ""
    ip: str = ""

    @property
    def known(self) -> bool:
        """Whether it has a name: a port that vanished has none, nor has one in a file of another program."""
        return bool(self.node)

    def __str__(self) -> str:
        return f"{self.node}:{self.network}" if self.known else "?"


ANSWER = "ANSWERS: "
"""How the comment of a frame begins that answers a question of the story."""

UNKNOWN = Port("", "")
"""The port without a name: a question that depends on who it was cannot be answered."""


@dataclass(frozen=True)
class Frame:
    """One frame, once, however many wires it crossed inside its network.

    ``number`` counts from 1 inside its capture, ``time_ns`` is the kernel's clock in nanoseconds since 1970, ``port``
    is where the frame entered the switch, ``delivered`` where it left it. ``comment`` is what the story says about it.
    """

    number: int
    time_ns: int
    port: Port
    delivered: tuple[Port, ...]
    data: bytes
    comment: str = ""

    @cached_property
    def packet(self) -> Packet:
        """The frame as scapy dissects it, once; what is too short for an Ethernet header is ``Raw``."""
        return Ether(self.data) if len(self.data) >= _ETHERNET_HEADER else Raw(self.data)

    @property
    def answers(self) -> str:
        """The question of the story that the frame answers, as it was marked; mostly none."""
        first = self.comment.partition("; ")[0]
        return first.removeprefix(ANSWER) if first.startswith(ANSWER) else ""

    def __str__(self) -> str:
        to = ", ".join(map(str, self.delivered)) or "nobody"
        said = self.packet.summary().removeprefix("Ether / ")
        return harmless(f"{self.number}: {self.port} to {to}: {said}")  # names may come from a stranger's file


def payload(layer: Packet) -> bytes:
    """Return what a layer carries, as it was on the wire; the padding of a short frame is none of it."""
    return b"" if isinstance(layer.payload, Padding) else bytes(layer.payload.original or b"")


@dataclass(frozen=True)
class Window:
    """What is known about the time in which the frames were seen.

    ``proven``: its beginning and end were seen themselves, so nothing is missing at either; ``drops``: frames that the
    kernel had no room for; ``unmatched``: deliveries of frames that were never seen to enter; ``total``: frames in the
    whole window; ``ports``: the ports that were watched (empty when nobody wrote them down).
    """

    proven: bool = False
    drops: int = 0
    unmatched: int = 0
    total: int = 0
    ports: tuple[Port, ...] = ()

    @property
    def doubts(self) -> str:
        """Why the window cannot be asked; empty when it can."""
        if self.drops:
            return f"dropped frames: {self.drops}; nobody knows what they were"
        if not self.proven:
            return "the capture is not proven whole: its beginning and end were not seen"
        return "" if self.total else "the capture is empty: not one frame was seen, so silence proves nothing"
