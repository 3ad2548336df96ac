"""The routes of every node, and the way that a packet takes by them."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network

from lab.plan.model import Interface, NodePlan, Plan, Route
from lab.topology.model import Topology
from lab.topology.roads import Roads

EVERYWHERE = IPv4Network("0.0.0.0/0")

_LONGEST_WAY = 255  # a packet's time to live has eight bits, RFC 791 section 3.1


def routes(topology: Topology, roads: Roads) -> Mapping[str, tuple[Route, ...]]:
    """Return the routes of every node: that to its gateway first, then a router's others in the order of the networks.

    A router that says ``gateway:`` has no separate routes for what goes there anyhow.
    """
    defaults = {name: _default(name, topology, roads) for name in topology.nodes}
    ways: dict[str, list[Route]] = {name: [route] if route else [] for name, route in defaults.items()}
    addresses = {
        name: {link.network: link.ip.ip for link in node.links.values()} for name, node in topology.nodes.items()
    }
    for network in topology.networks.values():
        for router, hop in roads.towards(network.name).items():
            if hop.left:
                via, default = addresses[hop.via][hop.network], defaults[router]
                if default is None or default.via != via:
                    ways[router].append(Route(network.subnet, via, hop.network))
    return {name: tuple(several) for name, several in ways.items()}


def _default(name: str, topology: Topology, roads: Roads) -> Route | None:
    gateway = roads.gateway(name)
    network = roads.shared(name, gateway) if gateway else None
    if gateway is None or network is None:
        return None
    return Route(EVERYWHERE, topology.nodes[gateway].links[network].ip.ip, network)


def path(plan: Plan, source: str, target: str) -> tuple[Interface, ...]:
    """Return the interfaces by which a packet from ``source`` enters one node after the other, ``target`` last.

    It goes to the first address of ``target``. Empty when no way leads there, or when it need not leave the node.
    """
    hops = tuple(_hops(plan, source, target))
    return hops if hops and hops[-1].node == target else ()


def _hops(plan: Plan, source: str, target: str) -> Iterator[Interface]:
    goal = IPv4Address(plan[target].ip)
    at = source
    for _ in range(_LONGEST_WAY):
        step = next_step(plan[at], goal) if at != target else None
        if step is None or step not in plan.owners:
            return
        yield plan.owners[step]
        at = plan.owners[step].node


def next_step(node: NodePlan, goal: IPv4Address) -> IPv4Address | None:
    """Return the address that gets a packet for ``goal`` next: its own on a network of the node, else a router's."""
    if any(goal in interface.address.network for interface in node.interfaces):
        return goal
    fitting = [route for route in node.routes if goal in route.to]
    return max(fitting, key=lambda route: route.to.prefixlen).via if fitting else None
