"""Who got to see a secret: the frames that carry it, in plain or in base64, on whatever wire."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

from lab.capture.capture import Capture
from lab.capture.frame import Frame
from lab.capture.tcp import streams


@dataclass(frozen=True)
class Exposure:
    """A frame with the secret: its number, its wire, who sent it, who got it, and how it is spelt."""

    frame: int
    network: str
    sender: str
    heard: tuple[str, ...]
    spelt: str


def exposed(capture: Capture, secret: str) -> tuple[Exposure, ...]:
    """Return the frames that carry a secret, in their order; none means that nobody could read it.

    A secret that is split between segments is found in the stream that they make, on each wire; all frames of that
    stream count then. Raises ``Inconclusive`` for streams that the capture has not seen from their beginning.
    """
    spellings = tuple(_spellings(secret.encode()))
    found: dict[int, Exposure] = {}
    for frame in capture:
        for name, spelling in spellings:
            if spelling in frame.data:
                found.setdefault(frame.number, _exposure(frame, name))
    if not found:
        found = {frame.number: _exposure(frame, name) for frame, name in _split(capture, spellings)}
    return tuple(found[number] for number in sorted(found))


def _split(capture: Capture, spellings: tuple[tuple[str, bytes], ...]) -> Iterator[tuple[Frame, str]]:
    for network in sorted({frame.port.network for frame in capture}):
        on_wire = capture.on(network)
        for stream in streams(on_wire):
            for name, spelling in spellings:
                if spelling in stream.data:
                    yield from ((frame, name) for frame in on_wire if _is_of(frame, stream.src, stream.sport))


def _is_of(frame: Frame, src: str, sport: int) -> bool:
    from scapy.layers.inet import IP, TCP

    packet = frame.packet
    return TCP in packet and IP in packet and (packet[IP].src, packet[TCP].sport) == (src, sport)


def _exposure(frame: Frame, spelt: str) -> Exposure:
    heard = tuple(sorted(port.node for port in frame.delivered))
    return Exposure(frame.number, frame.port.network, frame.port.node, heard, spelt)


def _spellings(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield how a secret looks: as it is, and in base64, what is the same wherever it begins (RFC 4648, section 4)."""
    yield "plain", secret
    for before in range(3):
        whole = b64encode(b"\0" * before + secret)
        begin, end = -(-8 * before // 6), 8 * (before + len(secret)) // 6
        yield "base64", whole[begin:end]
