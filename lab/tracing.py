"""The map of a traced way, drawn from the frames: by graphviz where it is installed, else in a plain way of our own."""

import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import count, groupby
from xml.sax.saxutils import escape

from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, TracerouteResult

from lab.capture import Capture
from lab.plan import NodePlan, Plan, Segment
from lab.scenario import Svg

_PTR = 12  # the number of that type of record


@dataclass(frozen=True)
class System:
    """An autonomous system: as the topology has them, or else each network is one."""

    number: int
    name: str

    def __str__(self) -> str:
        return f"AS{self.number} {self.name}"


UNKNOWN = System(0, "nobody's")
"""Where an address lies that is nobody's in the plan; number 0 is reserved for that (RFC 7607)."""


@dataclass(frozen=True)
class Station:
    """A place on the way: how far it is, whose address it is, and in which system it lies."""

    hop: int
    node: str
    ip: str
    system: System


def systems(plan: Plan) -> Mapping[IPv4Address, System]:
    """Return the system in which each address of a plan lies: that of whoever runs the node that has it.

    A home or a server, which nobody runs, lies in the system of its network: that of a router there. Where there is
    none, each network is a system: with a private number for a private one, else with one that is nobody's.
    """
    networks = _systems_of_networks(plan)
    return {
        ip: _run_by(plan[end.node], plan) or networks[end.network]
        for ip, end in plan.owners.items()
        if isinstance(ip, IPv4Address)
    }


def _systems_of_networks(plan: Plan) -> Mapping[str, System]:
    """Return the system of each network.

    64512 and up are for private use (RFC 6996), 65536 and up for documentation and reserved (RFC 5398).
    """
    private, public = count(64512), count(65536)
    return {
        segment.name: System(next(private), segment.name)
        if segment.private
        else _routed_by(segment, plan) or System(next(public), segment.name)
        for segment in plan.segments
    }


def _routed_by(segment: Segment, plan: Plan) -> System | None:
    """Return the system of the first router of a network that belongs to one."""
    return next(filter(None, (_run_by(plan[port.node], plan) for port in segment.ports)), None)


def _run_by(node: NodePlan, plan: Plan) -> System | None:
    return System(plan.systems[node.system].number, node.system) if node.system else None


def traced(capture: Capture, source: str) -> TracerouteResult:
    """Return what scapy's traceroute, run in the node ``source``, learnt: TCP probes, each with its answer."""
    answers = [frame.packet[IP] for frame in capture.received_by(source) if frame.packet.haslayer(IP)]
    probes = [packet[IP] for packet in capture.sent_by(source).only(IP() / TCP(flags="S"))]
    pairs = ((probe, next((one for one in answers if one.answers(probe)), None)) for probe in probes)
    return TracerouteResult([(probe, answer) for probe, answer in pairs if answer is not None])


def complainants(capture: Capture, source: str) -> Mapping[int, str]:
    """Return who complained about packets of ``source``, each by the steps that its packet might go, in their order.

    The last one is the goal, where the packets are UDP and nobody listens (RFC 1122, 4.1.3.1).
    """
    sent = capture.sent_by(source).only(IP() / UDP())
    errors = [packet[IP] for packet in capture.received_by(source).only(IP() / ICMP() / IPerror())]
    pairs = ((probe[IP], next((one for one in errors if one.answers(probe[IP])), None)) for probe in sent)
    return dict(sorted((probe.ttl, error.src) for probe, error in pairs if error is not None))


def names(capture: Capture, node: str) -> Mapping[str, str]:
    """Return the names of addresses that a node was told of, in answers of type PTR (RFC 1035, 3.5)."""
    answers = capture.received_by(node).only(DNS(qr=1, qd=DNSQR(qtype="PTR")))
    told = [record for answer in answers for record in answer[DNS].an if record.type == _PTR]
    return {_forwards(record.rrname.decode()): record.rdata.decode().removesuffix(".") for record in told}


def _forwards(backwards: str) -> str:
    return ".".join(reversed(backwards.removesuffix(".in-addr.arpa.").split(".")))


def stations(capture: Capture, plan: Plan, source: str) -> tuple[Station, ...]:
    """Return the way from ``source`` on, as the answers tell it."""
    of = systems(plan)
    ways = traced(capture, source).get_trace().values()
    seen = [(0, plan[source].ip), *((ttl, ip) for way in ways for ttl, (ip, _) in sorted(way.items()))]
    owners = [(hop, ip, plan.owners.get(IPv4Address(ip))) for hop, ip in seen]
    return tuple(
        Station(hop, owner.node, ip, of[IPv4Address(ip)]) if owner else Station(hop, "?", ip, UNKNOWN)
        for hop, ip, owner in owners
    )


def drawing(capture: Capture, plan: Plan, source: str) -> Svg:
    """Draw the way from ``source``: scapy's own graph, with the systems of the plan instead of a question to whois."""
    graphviz = shutil.which("dot")
    if graphviz is None:
        return Svg(plain(stations(capture, plan, source)))
    result = traced(capture, source)
    result.make_graph(ASres=_Systems(plan))
    drawn = subprocess.run([graphviz, "-Tsvg"], input=result.graphdef, capture_output=True, text=True, check=True)
    return Svg(drawn.stdout)


class _Systems:
    """What scapy asks for the systems of addresses."""

    def __init__(self, plan: Plan) -> None:
        self._systems = systems(plan)

    def resolve(self, *ips: str) -> list[tuple[str, int, str]]:
        """Return each address that the plan knows, with the number and the name of its system."""
        of = [(ip, self._systems.get(IPv4Address(ip))) for ip in sorted(ips)]
        return [(ip, system.number, system.name) for ip, system in of if system]


_WIDTH, _GAP, _TOP, _HEIGHT = 150, 40, 44, 64


def plain(way: Sequence[Station]) -> str:
    """Draw stations from left to right as SVG, with a frame around those of one system."""
    width = len(way) * (_WIDTH + _GAP) + _GAP
    body = "".join(_frames(way)) + "".join(part for place in range(len(way)) for part in _station(way, place))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {_TOP + _HEIGHT + _GAP}" '
        f'font-family="sans-serif" font-size="14" text-anchor="middle">\n{body}</svg>\n'
    )


def _left(place: int) -> int:
    return _GAP + place * (_WIDTH + _GAP)


def _frames(way: Sequence[Station]) -> Iterator[str]:
    for system, group in groupby(range(len(way)), key=lambda place: way[place].system):
        places = list(group)
        left, right = _left(places[0]) - 12, _left(places[-1]) + _WIDTH + 12
        yield _box(left, 8, right - left, _TOP + _HEIGHT + 8, "#eef2f7")
        yield _text((left + right) // 2, 30, str(system))


def _station(way: Sequence[Station], place: int) -> Iterator[str]:
    one, left = way[place], _left(place)
    if place:
        middle = _TOP + _HEIGHT // 2
        yield f'  <line x1="{left - _GAP}" y1="{middle}" x2="{left}" y2="{middle}" stroke="#333"/>\n'
    yield _box(left, _TOP, _WIDTH, _HEIGHT, "#fff")
    yield _text(left + _WIDTH // 2, _TOP + 27, f"{one.hop}: {one.node}" if one.hop else one.node)
    yield _text(left + _WIDTH // 2, _TOP + 48, one.ip)


def _box(x: int, y: int, width: int, height: int, fill: str) -> str:
    return f'  <rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{fill}" stroke="#333"/>\n'


def _text(x: int, y: int, text: str) -> str:
    return f'  <text x="{x}" y="{y}">{escape(text)}</text>\n'
