"""The routes of every node, and the way that a packet takes by them."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Literal

from lab.plan.model import Address, Interface, NodePlan, Plan, Route
from lab.topology.model import Link, Topology
from lab.topology.roads import Roads

EVERYWHERE, EVERYWHERE6 = IPv4Network("0.0.0.0/0"), IPv6Network("::/0")

_LONGEST_WAY = 255  # a packet's time to live has eight bits, RFC 791 section 3.1

Ways = Mapping[str, tuple[Route, ...]]


def routes(roads: Roads) -> Ways:
    """Return the routes of every node: that to its gateway first, then a router's others in the order of the networks.

    A router that says ``gateway:`` has no separate routes for what goes there anyhow.
    """
    subnets = {name: network.subnet for name, network in roads.topology.networks.items()}
    return _routes(roads, subnets, EVERYWHERE, lambda link: link.ip)


def routes6(topology: Topology) -> Ways:
    """Return the same for IPv6, from which no NAT hides anything."""
    speaking = topology.with_ipv6
    prefixes = {name: network.ipv6 for name, network in speaking.networks.items() if network.ipv6}
    return _routes(Roads(speaking, hiding=False), prefixes, EVERYWHERE6, lambda link: link.ip6)


def _routes(
    roads: Roads,
    ranges: Mapping[str, IPv4Network] | Mapping[str, IPv6Network],
    everywhere: IPv4Network | IPv6Network,
    address: Callable[[Link], IPv4Interface | IPv6Interface | None],
) -> Ways:
    nodes = roads.topology.nodes
    addresses = {
        name: {at: one.ip for at, link in node.links.items() if (one := address(link))} for name, node in nodes.items()
    }
    ways: dict[str, list[Route]] = {name: [] for name in nodes}
    for name in nodes:
        gateway = roads.gateway(name)
        network = roads.shared(name, gateway) if gateway else None
        if gateway and network:
            ways[name].append(Route(everywhere, addresses[gateway][network], network))
    defaults = {name: several[0].via for name, several in ways.items() if several}
    for network, subnet in ranges.items():
        for router, hop in roads.towards(network).items():
            if hop.left and defaults.get(router) is not (via := addresses[hop.via][hop.network]):
                ways[router].append(Route(subnet, via, hop.network))
    return {name: tuple(several) for name, several in ways.items()}


def path(plan: Plan, source: str, target: str, family: Literal[4, 6] = 4) -> tuple[Interface, ...]:
    """Return the interfaces by which a packet from ``source`` enters one node after the other, ``target`` last.

    It goes to the first address of ``target`` in that family. Empty when no way leads there, or when it need not leave
    the node.
    """
    goal = IPv4Address(plan[target].ip) if family == 4 else IPv6Address(plan[target].ip6)
    hops = tuple(_hops(plan, source, target, goal))
    return hops if hops and hops[-1].node == target else ()


def _hops(plan: Plan, source: str, target: str, goal: Address) -> Iterator[Interface]:
    at = source
    for _ in range(_LONGEST_WAY):
        step = next_step(plan[at], goal) if at != target else None
        if step is None or step not in plan.owners:
            return
        yield plan.owners[step]
        at = plan.owners[step].node


def next_step(node: NodePlan, goal: Address) -> Address | None:
    """Return the address that gets a packet for ``goal`` next: its own on a network of the node, else a router's."""
    if any(goal in address.network for interface in node.interfaces for address in interface.addresses):
        return goal
    fitting = [route for route in (*node.routes, *node.learns) if goal in route.to]
    return max(fitting, key=lambda route: route.to.prefixlen).via if fitting else None
