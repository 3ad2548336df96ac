"""The plan of a topology: ports and bridges, routes and resolvers, and what each kind makes of its nodes."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address
from itertools import count
from typing import cast

from lab.kinds.kind import Kind, Setup, Surroundings
from lab.plan.ipv6 import listening
from lab.plan.leases import leased
from lab.plan.model import Interface, NodePlan, Plan, Route, Segment
from lab.plan.routes import routes, routes6
from lab.topology.advertising import advertisers
from lab.topology.leasing import relays, servers
from lab.topology.model import Topology
from lab.topology.roads import Resolvers, Roads

Interfaces = Mapping[str, tuple[Interface, ...]]


def plan(topology: Topology) -> Plan:
    """Return everything that a lab of this topology consists of; its nodes' kinds are ``Kind``s."""
    roads = Roads(topology)
    setups = {
        name: cast(Kind, node).setup(Surroundings(name, topology, roads)) for name, node in topology.nodes.items()
    }
    interfaces = _interfaces(topology, setups)
    ways, ways6, resolvers = routes(roads), routes6(topology), Resolvers(roads)
    nodes = {
        name: _node(name, topology, setups[name], interfaces[name], (*ways[name], *ways6[name]), resolvers)
        for name in topology.nodes
    }
    return Plan(topology.name, tuple(_segments(topology, interfaces)), nodes, topology.systems, topology.delays)


def _interfaces(topology: Topology, setups: Mapping[str, Setup]) -> Interfaces:
    """Return every node's interfaces in the order of its links; ports are counted through the file."""
    ports = count(1)
    return {
        name: tuple(
            Interface(
                node=name,
                network=link.network,
                address=link.ip,
                mac=link.mac,
                port=f"p{next(ports)}",
                mtu=topology.networks[link.network].mtu,
                leased=link.leased,
                address6=link.ip6,
                slaac=link.slaac,
                more=tuple(setups[name].more_addresses.get(link.network, ())),
                impairment=link.impairment,
            )
            for link in node.links.values()
        )
        for name, node in topology.nodes.items()
    }


def _node(
    name: str,
    topology: Topology,
    setup: Setup,
    interfaces: tuple[Interface, ...],
    ways: tuple[Route, ...],
    resolvers: Resolvers,
) -> NodePlan:
    node = topology.nodes[name]
    lessee = next((end for end in interfaces if end.leased), None)
    listener = next((end for end in interfaces if end.slaac), None)
    setup = leased(setup, name, lessee.network) if lessee else setup
    learnt = _learnt_families(topology.speaks_bgp(name), interfaces)
    return NodePlan(
        name=name,
        kind=node.kind,
        interfaces=interfaces,
        routes=tuple(way for way in ways if way.to.version not in learnt),
        resolver=_resolver(name, topology, resolvers),
        setup=listening(setup, listener) if listener else setup,
        learns=tuple(way for way in ways if way.to.version in learnt),
        after=tuple(dict.fromkeys(_awaited(topology, lessee, listener))),
        place=node.place,
        system=node.system,
    )


def _learnt_families(speaks_bgp: bool, interfaces: tuple[Interface, ...]) -> frozenset[int]:
    """Return of which IP a node learns its routes: 4 by BGP or with its lease, 6 from a router's advertisement."""
    by4 = speaks_bgp or any(end.leased for end in interfaces)
    by6 = any(end.slaac for end in interfaces)
    return frozenset(family for family, learnt in ((4, by4), (6, by6)) if learnt)


def _awaited(topology: Topology, lessee: Interface | None, listener: Interface | None) -> Iterator[str]:
    """Yield who leases addresses to a node, who passes its questions on, and who advertises to it."""
    for found, end in ((servers, lessee), (relays, lessee), (advertisers, listener)):
        if end and (awaited := found(topology).get(end.network)):
            yield awaited


def _resolver(name: str, topology: Topology, resolvers: Resolvers) -> IPv4Address | None:
    seat = resolvers.of(name)
    return topology.nodes[seat.name].links[seat.network].address if seat else None


def _segments(topology: Topology, interfaces: Interfaces) -> Iterator[Segment]:
    ports: dict[str, list[Interface]] = {network: [] for network in topology.networks}
    for interface in (one for several in interfaces.values() for one in several):
        ports[interface.network].append(interface)
    for number, network in enumerate(topology.networks.values(), start=1):
        yield Segment(network.name, network.subnet, f"b{number}", tuple(ports[network.name]), network.ipv6, network.mtu)
