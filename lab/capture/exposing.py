"""Who got to see a secret: the frames that carry it, in plain or in base64, on whatever wire."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

from scapy.layers.inet import TCP

from lab.capture.capture import Capture
from lab.capture.frame import Frame
from lab.capture.tcp import ends_of, streams

Spellings = tuple[tuple[str, bytes], ...]
"""How a secret may look: the name of the spelling, and its bytes."""


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
    wires = [capture.on(network) for network in sorted({frame.port.network for frame in capture})]
    found = [one for wire in wires for one in _whole(wire, spellings) or _split(wire, spellings)]
    return tuple(sorted(found, key=lambda one: one.frame))


def _whole(wire: Capture, spellings: Spellings) -> list[Exposure]:
    """Return the frames of a wire that carry the secret by themselves."""
    return [_exposure(frame, spelt) for frame in wire if (spelt := _spelt(frame.data, spellings))]


def _split(wire: Capture, spellings: Spellings) -> list[Exposure]:
    """Return the frames of the streams that carry it."""
    carriers = {stream.ends: spelt for stream in streams(wire) if (spelt := _spelt(stream.data, spellings))}
    segments = [frame for frame in wire if TCP in frame.packet]
    return [_exposure(frame, carriers[ends]) for frame in segments if (ends := ends_of(frame.packet)) in carriers]


def _spelt(data: bytes, spellings: Spellings) -> str:
    """Return how the secret is spelt in some bytes; empty if it is not there."""
    return next((name for name, spelling in spellings if spelling in data), "")


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
