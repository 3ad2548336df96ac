"""What stands in the zones of a topology's name servers: given records, delegations with their glue, reverse names.

Nothing is transferred between servers: each of a zone's servers holds the same text, made from the same topology.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network, IPv6Interface
from typing import Protocol, runtime_checkable

from lab.kinds.rendering import rendered
from lab.topology.model import Node, Topology

ROOT = "."
REVERSE, REVERSE6 = "in-addr.arpa", "ip6.arpa"


@runtime_checkable
class Authority(Protocol):
    """A node that is a name server of the hierarchy."""

    @property
    def zones(self) -> Mapping[str, Mapping[str, str]]:
        """For each zone that is written at it, the node that each name means."""

    @property
    def secondary(self) -> tuple[str, ...]:
        """The zones that are written elsewhere, and served here as well."""

    @property
    def reverse(self) -> tuple[IPv4Network, ...]:
        """The subnets whose addresses it knows the names of."""


@dataclass(frozen=True)
class Zone:
    """A zone as its file says it; owners are relative to its name, the names of ``servers`` are not."""

    name: str
    servers: tuple[str, ...]
    records: tuple[tuple[str, str], ...]
    ttl: int = 300

    @property
    def serial(self) -> int:
        """A number that is another one when the zone is another one (RFC 1035, section 3.3.13)."""
        return zlib.crc32(repr((self.servers, self.records, self.ttl)).encode())

    @property
    def file(self) -> str:
        """The name of its file."""
        return "root" if self.name == ROOT else self.name

    @property
    def text(self) -> str:
        """The zone's file, as RFC 1035 section 5 has it."""
        return rendered("zone", zone=self)


def authorities(topology: Topology) -> Mapping[str, Authority]:
    """Return the name servers of a topology."""
    return {name: node for name, node in topology.nodes.items() if isinstance(node, Authority)}


def zones_of(server: Authority) -> tuple[str, ...]:
    """Return the names of the zones that a server serves."""
    return tuple(dict.fromkeys((*server.zones, *server.secondary, *map(reverse_zone, server.reverse))))


def servers(topology: Topology) -> Mapping[str, tuple[str, ...]]:
    """Return the nodes that serve each zone, those first that the zone is written at."""
    known = authorities(topology)
    found: dict[str, list[str]] = {}
    for name, server in known.items():
        for zone in zones_of(server):
            found.setdefault(zone, []).append(name)
    return {zone: tuple(sorted(names, key=lambda name: zone in known[name].secondary)) for zone, names in found.items()}


def written_at(zone: str, topology: Topology) -> tuple[str, ...]:
    """Return the nodes that a zone is written at: one, or something is wrong."""
    return tuple(name for name, server in authorities(topology).items() if zone in server.zones)


def server_name(name: str, topology: Topology) -> str:
    """Return what a name server is called: its node, in the first zone of its own, else in its provider's domain."""
    server, system = authorities(topology)[name], topology.systems.get(topology.nodes[name].system or "")
    own = (zone for zone in (*server.zones, *server.secondary) if zone != ROOT and not within(zone, REVERSE))
    domain = (system and not server.zones and system.domain) or next(own, "")
    return f"{name}.{domain}." if domain else f"{name}."


def zone(name: str, topology: Topology, ttl: int) -> Zone:
    """Return a zone with all that the topology says about it."""
    serving = servers(topology)
    called = [server_name(node, topology) for node in serving[name]]
    addressed = zip(called, serving[name], strict=True)
    records = [
        *(
            (relative(server, name), address)
            for server, node in addressed
            if within(server, name)
            for address in address_records(topology.nodes[node])
        ),
        *_given(name, topology),
        *_routers(name, topology),
        *_servers_in_domain(name, topology),
        *_delegations(name, topology, serving),
        *_reverse_names(name, topology),
    ]
    return Zone(name, tuple(called), tuple(dict.fromkeys(records)), ttl)


def parent(name: str, zones: Iterable[str]) -> str | None:
    """Return the nearest zone above a zone."""
    above = [other for other in zones if other != name and within(name, other)]
    return max(above, key=lambda other: 0 if other == ROOT else len(other), default=None)


def within(name: str, zone: str) -> bool:
    """Tell whether a name is in a zone, or is the zone itself; dots at the ends do not count."""
    return zone == ROOT or f".{name.strip('.')}".endswith(f".{zone}")


def relative(name: str, zone: str) -> str:
    """Return a name with its last dot as an owner in a zone's file."""
    return name.removesuffix(f".{zone}.") if zone != ROOT and name != f"{zone}." else name


def reverse_zone(subnet: IPv4Network) -> str:
    """Return the zone of a subnet's reverse names, cut at an octet's boundary (RFC 1035, section 3.5)."""
    octets = str(subnet.network_address).split(".")[: max(1, min(3, subnet.prefixlen // 8))]
    return ".".join([*reversed(octets), REVERSE])


def name_of(topology: Topology, node: str, network: str) -> str:
    """Return the name that the address of a node on a network means; empty if it means none.

    A provider's router has a name for each interface; of anybody else the first name of a zone means the first address.
    """
    one = topology.nodes[node]
    if domain := domain_of(topology, node):
        return f"{network}.{node}.{domain}"
    if one.first.network != network:
        return ""
    names = _names_of(topology, node)
    if isinstance(one, Authority):
        return next(names, server_name(node, topology).rstrip("."))
    return next(names, "")


def _names_of(topology: Topology, node: str) -> Iterator[str]:
    for server in authorities(topology).values():
        for zone, records in server.zones.items():
            yield from (f"{label}.{zone}" for label, meant in records.items() if meant == node and label != "@")
            yield from (zone for label, meant in records.items() if meant == node and label == "@")


def domain_of(topology: Topology, node: str) -> str:
    """Return the domain that a router has its names in; empty for one without names, and for whoever is no router."""
    one = topology.nodes[node]
    system = topology.systems.get(one.system or "")
    return system.domain or "" if system and one.has_names else ""


def addresses(node: Node) -> Iterator[IPv4Interface | IPv6Interface]:
    """Yield the addresses that a node's name means: those of its first link."""
    yield from (address for address in (node.first.ip, node.first.ip6) if address)


def address_records(node: Node) -> Iterator[str]:
    """Yield what stands behind a node's name: an A record, and AAAA where it speaks IPv6 (RFC 3596)."""
    yield from (f"{'A' if address.version == 4 else 'AAAA'} {address.ip}" for address in addresses(node))


def _given(name: str, topology: Topology) -> Iterator[tuple[str, str]]:
    for server in authorities(topology).values():
        for label, node in server.zones.get(name, {}).items():
            yield from ((label, address) for address in address_records(topology.nodes[node]))


def _routers(name: str, topology: Topology) -> Iterator[tuple[str, str]]:
    """Yield the names of the routers' interfaces in the domain of their provider."""
    for node, one in topology.nodes.items():
        if domain_of(topology, node) == name:
            yield from ((f"{network}.{node}", f"A {link.address}") for network, link in one.links.items())


def _servers_in_domain(name: str, topology: Topology) -> Iterator[tuple[str, str]]:
    """Yield the addresses of the servers that have their names in a provider's domain."""
    for node in authorities(topology):
        server = server_name(node, topology)
        if server.partition(".")[2] == f"{name}.":
            yield from ((relative(server, name), address) for address in address_records(topology.nodes[node]))


def _delegations(name: str, topology: Topology, serving: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """Yield the servers of each zone right below, and their addresses where nobody could ask for them otherwise."""
    for child, nodes in serving.items():
        if parent(child, serving) != name:
            continue
        for node in nodes:
            server = server_name(node, topology)
            yield relative(f"{child}.", name), f"NS {server}"
            if within(server, name):
                yield from ((relative(server, name), address) for address in address_records(topology.nodes[node]))


def _reverse_names(name: str, topology: Topology) -> Iterator[tuple[str, str]]:
    if not within(name, REVERSE) or name == REVERSE:
        return
    for node, one in topology.nodes.items():
        for network, link in one.links.items():
            owner = f"{link.ip.ip.reverse_pointer}." if link.ip else ""
            if owner and within(owner, name) and (target := name_of(topology, node, network)):
                yield relative(owner, name), f"PTR {target}."
