"""Captures built by hand: frames between named ports, one millisecond apart."""

from collections.abc import Iterable, Sequence

from scapy.packet import Packet

from lab.capture.capture import Capture
from lab.capture.frame import Frame, Port

START_NS = 1_700_000_000_000_000_000
MILLISECOND = 1_000_000

VICTIM = Port("victim", "lan", "02:00:00:00:00:17", "10.0.1.23")
ATTACKER = Port("attacker", "lan", "02:00:00:00:00:66", "10.0.1.66")
ROUTER = Port("router", "lan", "02:00:00:00:00:01", "10.0.1.1")
ROUTER_WAN = Port("router", "wan", "02:00:00:00:01:01", "10.0.2.1")
WEB = Port("web", "wan", "02:00:00:00:01:50", "10.0.2.80")
PORTS = (VICTIM, ATTACKER, ROUTER, ROUTER_WAN, WEB)


def sent(packet: Packet | bytes, by: Port, to: Iterable[Port] = (), comment: str = "") -> Frame:
    """A frame whose number and time follow when a capture is made of it."""
    return Frame(0, 0, by, tuple(to), bytes(packet), comment)


def capture(*frames: Frame, ports: Sequence[Port] = PORTS, proven: bool = True, drops: int = 0) -> Capture:
    """The capture of a whole window with these frames."""
    numbered = [
        Frame(number, START_NS + number * MILLISECOND, frame.port, frame.delivered, frame.data, frame.comment)
        for number, frame in enumerate(frames, 1)
    ]
    return Capture.of(numbered, ports, proven=proven, drops=drops)
