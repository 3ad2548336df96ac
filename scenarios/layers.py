"""Layers: two frames taken apart into the four layers of the Internet, and what the next wire keeps of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from scapy.layers.dns import DNS
from scapy.layers.inet import TCP, UDP
from scapy.packet import Packet, Raw

from lab.capture import Capture, Frame, matches
from lab.capture.anatomy import anatomy
from lab.running import Lab
from lab.scenario import Evidence, scenario

URL = "http://www.office.example/"

LAYERS = {
    "Ethernet": "link",
    "IP": "internet",
    "UDP": "transport",
    "TCP": "transport",
    "DNS": "application",
    "Raw": "application",
}
"""The layer of the Internet that each header belongs to (RFC 1122, section 1.1.3); of HTTP we show the bytes."""


@dataclass(frozen=True)
class Piece:
    """A part of a frame: its protocol and layer, and its bytes from ``begin`` up to before ``end``."""

    protocol: str
    layer: str
    begin: int
    end: int


@dataclass(frozen=True)
class Seen(Evidence):
    """What went over the wires in each act, and the pieces of the frames that were taken apart."""

    fetched: Capture
    asked: Capture
    question: tuple[Piece, ...]
    request: tuple[Piece, ...]


@scenario("layers", topology="office", shows="dns || http")
def layers(lab: Lab) -> Seen:
    """Tell it in two acts: the request for a page, and the question for a name."""
    alice = lab["alice"]

    with lab.act(
        "Alice fetches a page. One frame of all these is taken apart: the one that asks for it.",
        "What Alice wants fits into one line. How many bytes go over the wire for it, and what are the others for?",
        "Four layers, each wrapped into the next: HTTP says what she wants, TCP which byte of the conversation this "
        "is, IP who in the world it is for, and Ethernet who on this one wire. On the next wire only Ethernet is new.",
    ) as fetched:
        alice.types("curl", "--silent", "--show-error", URL)
    request = taken_apart(the_first(fetched.capture, TCP(dport=80) / Raw()))
    lab.shows(*told(request))

    with lab.act(
        "Before she could ask for the page she had to ask for the address. She does so once more, by hand.",
        "Another protocol on top, and another one below it. Which layers will be the same?",
        "The two at the bottom: IP and Ethernet carry whatever they are given. UDP takes eight bytes, where TCP took "
        "thirty-two.",
    ) as asked:
        alice.types("dig", "+noall", "+answer", "+noedns", "www.office.example")
    question = taken_apart(the_first(asked.capture, UDP(dport=53) / DNS()))
    lab.shows(*told(question))

    return Seen(lab.plan, fetched.capture, asked.capture, question, request)


def the_first(act: Capture, pattern: Packet) -> Frame:
    """Return the first frame that fits, as it left its sender."""
    return next(frame for frame in act if matches(pattern, frame.packet))


def taken_apart(frame: Frame) -> tuple[Piece, ...]:
    """Return the pieces of a frame from the outside to the inside."""
    return tuple(Piece(layer.name, LAYERS[layer.name], layer.begin, layer.end) for layer in anatomy(frame))


def told(pieces: Iterable[Piece]) -> Iterable[str]:
    """Yield a line for each piece."""
    for piece in pieces:
        protocol = "HTTP" if piece.protocol == "Raw" else piece.protocol
        bytes_ = f"bytes {piece.begin}-{piece.end - 1}"
        yield f"  {piece.layer:<12} {protocol:<9} {bytes_:<14} {piece.end - piece.begin} in all"
