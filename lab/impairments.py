"""What makes wires bad on purpose: rules that lose frames, queues that slow them down, wires that delay them. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from lab.errors import InputError
from lab.plan.model import Interface, NodePlan

LARGEST_QUEUE = 256 * 1024
"""Bytes that wait where a rate is limited; what comes on top is lost, as in any switch."""

MOST_ON_THEIR_WAY = 100_000
"""Frames that the kernel holds for each direction of a wire with delay; its own limit of 1,000 would lose some."""

_FRAME_AROUND = 18
"""Bytes of a frame around what it carries: the Ethernet header, and a VLAN tag."""

# Loss

_NOT_COUNTED = (
    "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert, nd-redirect,"
    " mld2-listener-report } accept"
)
"""IPv6 asks for neighbours in packets, RFC 4861, where IPv4 has ARP; these come when they like."""

LOSS = "loss"
"""The table of the losses that a topology wants."""


def losses(ends: Iterable[Interface]) -> str:
    """Return the rules that lose what comes from these ends, each counted on its own; nothing where none is lossy.

    Loading them again makes the counters start anew.
    """
    rules = [
        f'iifname "{end.entry}" meta protocol {{ ip, ip6 }} {_every(end.impairment.loss)} drop comment "{end}"'
        for end in ends
        if end.impairment.loss
    ]
    return f"table bridge {LOSS}\ndelete table bridge {LOSS}\n{_table(LOSS, [_NOT_COUNTED, *rules])}" if rules else ""


def _every(nth: int) -> str:
    """Return the match of each nth frame; the counter begins at zero."""
    return f"numgen inc mod {nth} == {nth - 1}"


_ONCE = 2**32 - 1
"""A counter that comes round after so many frames counts each number once, as far as a lab lives."""

_FLAGS = {"F": "fin", "S": "syn", "R": "rst", "P": "psh", "A": "ack", "U": "urg"}

Protocol = Literal["icmp", "tcp", "udp"]


@dataclass(frozen=True)
class Chosen:
    """A frame that something is to happen to: the ``nth`` of those that ``node`` sends, or is sent, and that fit.

    ``on`` is the network, where it is not the node's first. ``sport``, ``dport`` and ``flags`` are spelt as in scapy,
    and flags are exact: "S" is a SYN and no SYN/ACK. ``data`` asks for a segment with payload, or for one without.
    """

    node: str
    protocol: Protocol
    nth: int = 1
    on: str = ""
    received: bool = False
    sport: int | None = None
    dport: int | None = None
    flags: str = ""
    data: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what no frame fits."""
        if self.nth < 1:
            raise InputError(f"frames are counted from 1, so none is number {self.nth}")
        if unknown := set(self.flags) - set(_FLAGS):
            raise InputError(f"TCP has no flag '{min(unknown)}' here; there are {', '.join(_FLAGS)}")
        if self.protocol != "tcp" and (self.flags or self.data is not None):
            raise InputError(f"flags and data are asked of TCP, not of {self.protocol.upper()}")
        if self.protocol == "icmp" and (self.sport or self.dport):
            raise InputError("ICMP has no ports")


def dooms(name: str, doomed: Iterable[tuple[Chosen, Interface]]) -> str:
    """Return a table of rules that lose just these frames, each at the interface beside it."""
    return "".join(_doom(f"{name}{number}", one, end) for number, (one, end) in enumerate(doomed, start=1))


def ends_dooms(name: str, how_many: int) -> str:
    """Return what takes the rules away."""
    return "".join(f"delete table bridge {name}{number}\n" for number in range(1, how_many + 1))


def _doom(name: str, doomed: Chosen, end: Interface) -> str:
    """Return a table of its own, so that what one accepts is still counted by the others."""
    fits = " ".join(_fits(doomed, end))
    rules = [f'{fits} {_once(doomed.nth)} drop comment "number {doomed.nth}"']
    if doomed.data is False:
        rules.insert(0, f"{fits} {_PAYLOAD} accept")
    return _table(name, rules, hook="postrouting" if doomed.received else "prerouting")


def _once(nth: int) -> str:
    return f"numgen inc mod {_ONCE} == {nth - 1}"


_PAYLOAD = "@ih,0,8 0-255"
"""Any first byte behind the TCP header; where there is none the rule does not fit (nft 1.0, Linux 5.16)."""


def _fits(doomed: Chosen, end: Interface) -> Iterator[str]:
    yield f'{"oifname" if doomed.received else "iifname"} "{end.entry}"'
    yield "meta l4proto { icmp, icmpv6 }" if doomed.protocol == "icmp" else f"meta l4proto {doomed.protocol}"
    if doomed.sport:
        yield f"{doomed.protocol} sport {doomed.sport}"
    if doomed.dport:
        yield f"{doomed.protocol} dport {doomed.dport}"
    if doomed.flags:
        wanted = "|".join(_FLAGS[flag] for flag in doomed.flags)
        yield f"tcp flags & ({'|'.join(_FLAGS.values())}) == {wanted}"
    if doomed.data:
        yield _PAYLOAD


def _table(name: str, rules: Iterable[str], hook: str = "prerouting") -> str:
    lines = "".join(f"\t\t{rule}\n" for rule in rules)
    return (
        f"table bridge {name} {{\n"
        "\tchain lost {\n"
        f"\t\ttype filter hook {hook} priority filter; policy accept;\n"
        f"{lines}"
        "\t}\n"
        "}\n"
    )


# Rate


def queues_of_switch(ends: Iterable[Interface]) -> list[str]:
    """Return what the ports of the switch are told: a queue that lets bits out at the rate of the link."""
    return [_queue(end.entry, end) for end in ends if end.impairment.rate]


def queues_of_node(node: NodePlan) -> list[str]:
    """Return what the interfaces of a node are told."""
    return [_queue(end.network, end) for end in node.interfaces if end.impairment.rate]


def _queue(name: str, end: Interface) -> str:
    """Return a token bucket as small as one frame, or as what passes in a millisecond where that is more."""
    rate = end.impairment.rate
    burst = max(end.mtu + _FRAME_AROUND, rate // 8 // 1000)
    return f"qdisc add dev {name} root tbf rate {rate}bit burst {burst} limit {max(LARGEST_QUEUE, 2 * burst)}"


# Delay


@dataclass(frozen=True)
class Wire:
    """A wire with delay, inside the switch: from a node's ``port`` over ``helper`` to the bridge's port ``entry``.

    Port and helper are joined by a program, or by a ``hub``, a bridge of their own whose ports the kernel delays.
    """

    port: str
    entry: str
    helper: str
    hub: str
    delay: int
    """Microseconds in each direction."""


def wires(ends: Iterable[Interface]) -> tuple[Wire, ...]:
    """Return those of the wires that have a delay."""
    return tuple(_wire(end) for end in ends if end.is_delayed)


def _wire(end: Interface) -> Wire:
    number = end.port[1:]
    return Wire(end.port, end.entry, f"w{number}", f"h{number}", end.impairment.delay)


def interfaces(end: Interface) -> list[str]:
    """Return what there may be of an interface's wire in the switch; a helper goes with its entry."""
    return [end.port, *(name for wire in wires([end]) for name in (wire.entry, wire.hub))]


def hubs(wires: Iterable[Wire]) -> list[str]:
    """Return what joins ports and helpers in the kernel: a bridge that learns nothing, so that all passes it."""
    return [line for wire in wires for line in _hub(wire)]


def _hub(wire: Wire) -> Iterator[str]:
    yield f"link add {wire.hub} type bridge stp_state 0 mcast_snooping 0 forward_delay 0 ageing_time 0"
    yield f"link set {wire.hub} up"
    yield f"link set {wire.port} master {wire.hub}"
    yield f"link set {wire.helper} master {wire.hub}"


def netems(wires: Iterable[Wire]) -> list[str]:
    """Return what the ports of the hubs are told: to hold each frame on its way out."""
    return [
        f"qdisc add dev {name} root netem delay {wire.delay}us limit {MOST_ON_THEIR_WAY}"
        for wire in wires
        for name in (wire.port, wire.helper)
    ]


Mangling = Literal["late", "twice"]
"""What a wire may do to a frame: let the next one that fits pass it, or deliver it two times."""


def mangled(name: str, does: Mangling, chosen: Chosen, end: Interface) -> dict[str, object]:
    """Return what the program that delays frames is told about one that it shall treat badly. Raises ``InputError``."""
    if not end.is_delayed:
        raise InputError(
            f"the wire of '{end}' has no delay, and only one that has may reorder or duplicate; give it one"
        )
    if does == "twice" and not chosen.received:
        raise InputError("a wire duplicates what a node receives: say received=True of the one at its other end")
    wire = _wire(end)
    into = wire.helper if chosen.received else wire.port
    fits = {name: getattr(chosen, name) for name in ("nth", "protocol", "sport", "dport", "flags", "data")}
    return {"name": name, "into": into, "does": does, **fits}


def ways(wires: Iterable[Wire]) -> dict[str, tuple[str, int]]:
    """Return what the program that delays frames is told: where what comes in by a port goes out, and when (us)."""
    directions = ((wire, *pair) for wire in wires for pair in ((wire.port, wire.helper), (wire.helper, wire.port)))
    return {into: (out, wire.delay) for wire, into, out in directions}
