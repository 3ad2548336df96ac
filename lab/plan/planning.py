"""The plan of a topology: ports and bridges, routes and resolvers, and what each kind makes of its nodes."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from itertools import count
from typing import cast

from lab.kinds.kind import Kind, Surroundings
from lab.plan.model import Interface, NodePlan, Plan, Route, Segment
from lab.plan.routes import routes
from lab.topology.model import Topology
from lab.topology.roads import Resolvers, Roads

Interfaces = Mapping[str, tuple[Interface, ...]]


def plan(topology: Topology) -> Plan:
    """Return everything that a lab of this topology consists of; its nodes' kinds are ``Kind``s."""
    roads = Roads(topology)
    interfaces = _interfaces(topology)
    ways, resolvers = routes(topology, roads), Resolvers(roads)
    nodes = {name: _node(name, topology, interfaces[name], ways[name], resolvers) for name in topology.nodes}
    return Plan(topology.name, tuple(_segments(topology, interfaces)), nodes)


def _interfaces(topology: Topology) -> Interfaces:
    """Return every node's interfaces in the order of its links; ports are counted through the file."""
    ports = count(1)
    return {
        name: tuple(Interface(name, link.network, link.ip, link.mac, f"p{next(ports)}") for link in node.links.values())
        for name, node in topology.nodes.items()
    }


def _node(
    name: str, topology: Topology, interfaces: tuple[Interface, ...], ways: tuple[Route, ...], resolvers: Resolvers
) -> NodePlan:
    node = cast(Kind, topology.nodes[name])
    setup = node.setup(Surroundings(name, topology))
    return NodePlan(name, node.kind, interfaces, ways, _resolver(name, topology, resolvers), setup)


def _resolver(name: str, topology: Topology, resolvers: Resolvers) -> IPv4Address | None:
    seat = resolvers.of(name)
    return topology.nodes[seat.name].links[seat.network].ip.ip if seat else None


def _segments(topology: Topology, interfaces: Interfaces) -> Iterator[Segment]:
    ports: dict[str, list[Interface]] = {network: [] for network in topology.networks}
    for interface in (one for several in interfaces.values() for one in several):
        ports[interface.network].append(interface)
    for number, network in enumerate(topology.networks.values(), start=1):
        yield Segment(network.name, network.subnet, f"b{number}", tuple(ports[network.name]))
