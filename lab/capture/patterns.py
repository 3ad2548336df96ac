"""Packet patterns: a scapy packet denotes a set of packets, so asking whether a frame fits is asking for membership.

Only what is written in the pattern counts. A value is itself, a list is a choice, a tuple ``(low, high)`` is a range, a
subnet is each of its addresses. Layers appear in the pattern's order, with any others between them. Where a packet
holds a list itself (the records of a DNS message, the options of TCP and DHCP), all that is written must be there.
"""

import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scapy.base_classes import Net
from scapy.fields import ConditionalField, IPField, MACField, MultipleTypeField, StrFixedLenField
from scapy.layers.dns import DNSRR, DNSRRSRV, DNSStrField
from scapy.packet import NoPayload, Packet, Raw
from scapy.volatile import VolatileValue

_RESOURCE_RECORD = DNSRRSRV.__bases__[0]  # what scapy makes of the record types that it knows; DNSRR is the rest


def matches(pattern: Packet, packet: Packet) -> bool:
    """Tell whether ``packet`` lies in the set that ``pattern`` spells out. Raises TypeError for what is no pattern."""
    return Pattern(pattern).fits(packet)


def misses(pattern: Packet, packet: Packet) -> tuple[str, ...]:
    """Name what keeps ``packet`` from fitting, "ARP.op: wanted is-at, saw who-has"; empty when it fits."""
    return tuple(str(miss) for miss in Pattern(pattern).misses(packet))


@dataclass(frozen=True)
class Miss:
    """One difference; a missing layer weighs more than a wrong field, so that a wrong protocol ranks last."""

    what: str
    field: Any = None
    layer: Any = None
    want: Any = None
    saw: Any = None
    weight: int = 1

    def __str__(self) -> str:
        if self.field is None:
            return self.what
        wanted, saw = (_shown(self.field, self.layer, value) for value in (self.want, self.saw))
        return f"{self.what}: wanted {wanted}, saw {saw}"


class Pattern:
    """A pattern made ready for many packets. Raises TypeError, saying what to write, for what can never fit."""

    def __init__(self, asked: object) -> None:
        if not isinstance(asked, Packet):
            raise TypeError(_no_pattern(asked))
        self._layers = tuple(_Layer(layer) for layer in _layers(asked))

    def fits(self, packet: Packet) -> bool:
        """Tell whether the packet lies in the set."""
        present = _layers(packet)
        return all(layer.may_be_among(present) for layer in self._layers) and not _misses(self._layers, present)

    def misses(self, packet: Packet) -> tuple[Miss, ...]:
        """Return the fewest differences between the pattern and the packet."""
        return _misses(self._layers, _layers(packet))

    @property
    def layers(self) -> "tuple[_Layer, ...]":
        """The pattern's layers, outermost first."""
        return self._layers

    def __str__(self) -> str:
        return " / ".join(map(str, self._layers))


class _Layer:
    """One layer of a pattern, with the fields that its author wrote."""

    def __init__(self, layer: Packet) -> None:
        self._layer = layer
        self._kind = type(layer)
        self._wants = tuple(_written(layer))

    def may_be_among(self, present: list[Packet]) -> bool:
        return self._kind is Raw or any(map(self._is_kind_of, present))

    def places(self, present: list[Packet], start: int) -> Iterator[tuple[int, Packet]]:
        """Yield each layer from ``start`` on that is of this kind, with the place after it.

        Whether scapy knows a payload depends on which of its modules are loaded, so ``TCP() / Raw()`` also means the
        bytes that TCP carries when scapy has made more of them than ``Raw``.
        """
        for place in range(start, len(present)):
            if self._is_kind_of(present[place]):
                yield place + 1, present[place]
        if self._kind is Raw and 0 < start < len(present) and not isinstance(present[start], Raw):
            yield len(present), Raw(present[start].original or bytes(present[start]))

    def _is_kind_of(self, layer: Packet) -> bool:
        # Exactly the class: scapy derives Padding from Raw, and IPerror, the quote in an ICMP error, from IP.
        return type(layer) is self._kind or (self._kind is DNSRR and isinstance(layer, _RESOURCE_RECORD))

    def misses(self, layer: Packet) -> tuple[Miss, ...]:
        return tuple(miss for name, want in self._wants for miss in _field_misses(layer, name, want))

    @cached_property
    def absence(self) -> Miss:
        return Miss(f"no {self._kind.__name__} layer", weight=1 + len(self._wants))

    def __str__(self) -> str:
        wants = (f"{name}={_literal(self._layer, name)}" for name, _ in self._wants)
        return f"{self._kind.__name__}({', '.join(wants)})"


def _layers(packet: Packet) -> list[Packet]:
    found = []
    while not isinstance(packet, NoPayload):
        found.append(packet)
        packet = packet.payload
    return found


def _misses(wanted: tuple[_Layer, ...], present: list[Packet]) -> tuple[Miss, ...]:
    """Lay the wanted layers over the present ones, in order, in the way that leaves the fewest misses."""
    return _fewest(wanted, present, 0, {})


_Known = dict[tuple[int, int], tuple[Miss, ...]]


def _fewest(wanted: tuple[_Layer, ...], present: list[Packet], start: int, known: _Known) -> tuple[Miss, ...]:
    if not wanted:
        return ()
    place = (len(wanted), start)
    if place not in known:  # what is known is kept: a frame of two hundred VLAN tags would take minutes without
        known[place] = _best(wanted, present, start, known)
    return known[place]


def _best(wanted: tuple[_Layer, ...], present: list[Packet], start: int, known: _Known) -> tuple[Miss, ...]:
    first, rest = wanted[0], wanted[1:]
    best: tuple[Miss, ...] | None = None
    for after, layer in first.places(present, start):
        found = (*first.misses(layer), *_fewest(rest, present, after, known))
        if best is None or weight(found) < weight(best):
            best = found
        if not best:
            break
    return best if best is not None else (first.absence, *_fewest(rest, present, start, known))


def weight(found: tuple[Miss, ...]) -> int:
    """Say how far away a packet with these misses is."""
    return sum(miss.weight for miss in found)


def _field_misses(layer: Packet, name: str, want: Any) -> tuple[Miss, ...]:
    called = f"{type(layer).__name__}.{name}"
    if not _has(layer, name):
        return (Miss(f"{called}: not in this packet"),)
    field, saw = _field(layer, name), layer.getfieldval(name)
    if isinstance(want, list) and field.islist:
        return tuple(Miss(called, field, layer, one, saw) for one in want if not _holds(one, saw, field))
    return () if _holds(want, saw, field) else (Miss(called, field, layer, want, saw),)


def _has(layer: Packet, name: str) -> bool:
    """Whether the field is there: an ICMP error has no ``id``, yet scapy would answer with its default."""
    field = layer.fieldtype.get(name)
    return field is not None and not (isinstance(field, ConditionalField) and not field._evalcond(layer))


def _field(layer: Packet, name: str) -> Any:
    """The field that really holds the value: the type of a DNS record decides how its ``rdata`` is read."""
    field = layer.get_field(name)
    if isinstance(field, ConditionalField):
        field = field.fld
    return field._find_fld_pkt(layer) if isinstance(field, MultipleTypeField) else field


# What a pattern's author wrote


def _written(layer: Packet) -> Iterator[tuple[str, Any]]:
    """Yield the fields set by hand. scapy also writes its own default lists and None, which say nothing."""
    for name, value in layer.fields.items():
        if value is None or (isinstance(value, list) and value == layer.default_fields[name]):
            continue
        try:
            yield name, _prepared(value, _written_field(layer, name, value), layer)
        except (TypeError, ValueError, KeyError, AttributeError, OSError, struct.error) as error:
            shown = f"{type(layer).__name__}({name}={value!r})"
            raise TypeError(f"{shown} can fit no packet: {error}") from error


def _written_field(layer: Packet, name: str, value: Any) -> Any:
    """The field that a written value is meant for; in ARP the value itself decides whether it is an address."""
    field = layer.get_field(name)
    if not isinstance(field, MultipleTypeField) or isinstance(value, list | tuple | Net):
        return _field(layer, name)
    chosen, _ = field._find_fld_pkt_val(layer, value)
    if isinstance(chosen, StrFixedLenField) and any(isinstance(one, IPField | MACField) for one, _ in field.flds):
        raise ValueError("that is no address")
    return chosen


def _prepared(value: Any, field: Any, layer: Packet) -> Any:
    """Turn a written value into what is compared: names of ports into numbers, packets into patterns."""
    is_list = bool(field.islist)
    match value:
        case Packet():
            return Pattern(value)
        case list() if is_list and field.holds_packets:
            return [Pattern(record) for chain in value for record in _unchained(chain)]
        case list() if is_list:
            return [_as_dissected(one, field, layer) for one in value]
        case list():
            return [_prepared(one, field, layer) for one in value]
        case tuple():
            low, high = (field.any2i(layer, end) for end in value)
            return low, high
        case Net():
            return _only_literal(value)
        case VolatileValue():
            raise ValueError("a random value says nothing; leave the field out")
        case _:
            return _checked(value, field, layer)


def _checked(value: Any, field: Any, layer: Packet) -> Any:
    """Refuse what does not come back from the wire as it was: ``Ether(src="router")`` would become six letters."""
    carried = field.addfield(layer, b"", value)
    if isinstance(value, str) and not _holds(value, field.getfield(layer, carried)[1], field):
        raise ValueError("the wire cannot carry it")
    return value


def _unchained(chain: Packet) -> Iterator[Packet]:
    """Yield the records of ``DNSRR() / DNSRR()``, scapy's older way to write a list of them."""
    for record in _layers(chain):
        alone = record.copy()
        alone.remove_payload()
        yield alone


def _as_dissected(element: Any, field: Any, layer: Packet) -> Any:
    """Send one element over the wire and back, so that ("message-type", "discover") becomes ("message-type", 1)."""
    return field.m2i(layer, field.i2m(layer, [element]))[0]


def _only_literal(net: Net) -> Net:
    """Refuse a host name: scapy asks the machine's own resolver for it, which knows nothing of the lab."""
    if net.net is not None:
        socket.inet_pton(net.family, net.net)
    return net


# Whether a value holds


def _holds(want: Any, saw: Any, field: Any) -> bool:
    if isinstance(want, Pattern):
        return any(isinstance(one, Packet) and want.fits(one) for one in _as_list(saw))
    if isinstance(saw, list):
        return any(want == one for one in saw)
    match want:
        case list():
            return any(_holds(one, saw, field) for one in want)
        case (low, high):
            return bool(low <= saw <= high)
        case Net():
            return _is_in(saw, want)
        case str() if isinstance(saw, str):
            return want.lower() == saw.lower()  # addresses and MACs are the only text that scapy keeps as text
        case str() | bytes() if isinstance(saw, bytes):
            return _same_bytes(want.encode() if isinstance(want, str) else want, saw, field)
        case _:
            return bool(want == saw)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _is_in(address: Any, net: Net) -> bool:
    # Not ``address in net``: that asks the resolver even for a literal address.
    try:
        number = int.from_bytes(socket.inet_pton(net.family, address), "big")
    except (OSError, TypeError):
        return False
    return bool(net.start <= number <= net.stop)


def _same_bytes(want: bytes, saw: bytes, field: Any) -> bool:
    if isinstance(field, DNSStrField):  # names ignore case, RFC 4343, and end in the root whether it is written or not
        return want.lower().rstrip(b".") == saw.lower().rstrip(b".")
    if isinstance(field, StrFixedLenField):  # a MAC in the 16 bytes of BOOTP.chaddr
        return want.ljust(len(saw), b"\0") == saw
    return want == saw


# How a pattern and a value read


def _literal(layer: Packet, name: str) -> str:
    """Spell a value so that it can be pasted into a pattern."""
    value, field = layer.fields[name], _field(layer, name)
    if isinstance(value, list) and not field.holds_packets and not field.islist:
        return f"[{', '.join(_quoted(one, _shown(field, layer, one)) for one in value)}]"
    return _quoted(value, _shown(field, layer, value))


def _quoted(value: Any, shown: str) -> str:
    if isinstance(value, str):
        return repr(str(value))
    is_number = isinstance(value, int) and shown[:1].isdigit()
    return shown if is_number or isinstance(value, list | tuple | bytes) else repr(shown)


def _shown(field: Any, layer: Packet, value: Any) -> str:
    match value:
        case Net():
            return str(value.net) + (f"/{value.mask}" if value.mask != value.max_mask else "")
        case Pattern():
            return str(value)
        case Packet():
            return str(Pattern(value))
        case tuple():
            return repr(value)
        case list():
            return f"[{', '.join(_shown(field, layer, one) for one in value)}]"
    try:
        return str(field.i2repr(layer, value))
    except (TypeError, ValueError, KeyError, AttributeError):  # written by hand, and nothing that the field prints
        return repr(value)


def _no_pattern(asked: object) -> str:
    if isinstance(asked, type) and issubclass(asked, Packet):
        return f"a pattern is a packet: write {asked.__name__}(), not {asked.__name__}"
    if isinstance(asked, bytes | str):
        return "a pattern is a packet: for bytes in a payload write Raw(load=...)"
    return f"a pattern is a scapy packet such as ARP(op='is-at'), not {type(asked).__name__}"
