"""A frame taken apart: its layers, the fields of each, and which bytes of the frame each field is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scapy.asn1packet import ASN1_Packet
from scapy.packet import NoPayload, Packet

from lab.capture.frame import Frame
from lab.harmless import harmless

_LONGEST = 200
"""So many characters of a value are shown."""
_LONG_LENGTH = 0x80
"""From here on a length says how many bytes the length has (X.690, section 8.1.3.5)."""


@dataclass(frozen=True)
class Part:
    """A layer's field: its name, its value in words, and its bytes of the frame, from ``begin`` up to before ``end``.

    A field of some bits names the bytes that they are in.
    """

    name: str
    value: str
    begin: int
    end: int


@dataclass(frozen=True)
class Layer:
    """A layer of a frame: its name, the bytes of its header, and its fields in the order of the wire."""

    name: str
    begin: int
    end: int
    parts: tuple[Part, ...]


def anatomy(frame: Frame) -> tuple[Layer, ...]:
    """Take a frame apart, as far as its layers are known; what is left over is a layer of bytes."""
    return tuple(_layers(frame.packet, len(frame.data)))


def _layers(packet: Packet, length: int) -> Iterator[Layer]:
    begin, layer = 0, packet
    while not isinstance(layer, NoPayload):
        carried = len(layer.payload.original or b"") if layer.payload else 0
        end = max(begin, min(begin + len(layer.original or b"") - carried, length))
        parts = _elements if isinstance(layer, ASN1_Packet) else _parts
        yield Layer(str(layer.name), begin, end, tuple(parts(layer, begin, end)))
        begin, layer = end, layer.payload


def _parts(layer: Packet, begin: int, end: int) -> Iterator[Part]:
    """Yield the fields as the layer was dissected: each takes what it needs of the bytes that are left."""
    left: Any = bytes(layer.original or b"")
    bits = 8 * len(left)
    for field in layer.fields_desc:
        if not (before := _bits(left)):
            return
        left, _ = field.getfield(layer, left)
        if _bits(left) != before:
            first, last = (bits - before) // 8, -(-(bits - _bits(left)) // 8)
            yield Part(field.name, _value(layer, field), min(begin + first, end), min(begin + last, end))


def _elements(layer: ASN1_Packet, begin: int, end: int) -> Iterator[Part]:
    """Yield the fields of a message in ASN.1, each with its type and length, in the order of the sequence."""
    data = bytes(layer.original or b"")
    at, _ = _element(data, 0)
    for field in layer.fields_desc:
        first, last = at, sum(_element(data, at))
        if last > len(data) or first == last:
            return
        value = layer.getfieldval(field.name)
        said = " ".join(_said(value).split()) if isinstance(value, Packet) else str(getattr(value, "val", value))
        yield Part(field.name, harmless(said[:_LONGEST]), min(begin + first, end), min(begin + last, end))
        at = last


def _element(data: bytes, at: int) -> tuple[int, int]:
    """Return where the contents of the element at ``at`` begin, and their length (X.690, section 8.1.3)."""
    length = data[at + 1] if at + 1 < len(data) else 0
    if length < _LONG_LENGTH:
        return at + 2, length
    more = length - _LONG_LENGTH
    return at + 2 + more, int.from_bytes(data[at + 2 : at + 2 + more], "big")


def _bits(left: Any) -> int:
    """Return how many bits are left: scapy hands fields of bits the bytes with the number of bits taken from them."""
    return 8 * len(left[0]) - left[1] if isinstance(left, tuple) else 8 * len(left)


def _value(layer: Packet, field: Any) -> str:
    value = layer.getfieldval(field.name)
    said = _listed(value) if isinstance(value, list | Packet) else str(field.i2repr(layer, value))
    return harmless(said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…")


def _listed(value: Any) -> str:
    several = value if isinstance(value, list) else [value]
    return ", ".join(_said(one) if isinstance(one, Packet) else str(one) for one in several)


def _said(record: Packet) -> str:
    """Say what a record in a list says: "DNSQR qname=b'python.org.' qtype=A"."""
    values = (
        f"{field.name}={field.i2repr(record, record.fields[field.name])}"
        for field in record.fields_desc
        if field.name in record.fields
    )
    return " ".join((type(record).__name__, *values))
