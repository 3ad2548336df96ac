"""Which way packets go: gateways of hosts, shortest ways over routers, and the resolver that is nearest.

Nobody is told a way into what a router hides behind its NAT: packets that enter a router by a network of its
``nat_networks`` do not leave it by another one.
"""

from collections.abc import Mapping
from typing import NamedTuple

from lab.topology.model import Node, Topology


class Hop(NamedTuple):
    """A router's next step towards a network: ``left`` routers are still to pass, ``via`` first, over ``network``.

    On the network itself nothing is left, and ``via`` is empty. The smaller one is the better one.
    """

    left: int
    via: str
    network: str


class Roads:
    """The ways of a topology, looked up when they are asked for."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self._routers: dict[str, list[str]] = {network: [] for network in topology.networks}
        for name, node in topology.nodes.items():
            for network in node.links if node.forwards else ():
                self._routers[network].append(name)

    def routers_near(self, name: str) -> tuple[str, ...]:
        """Return the other nodes on the networks of ``name`` that forward, in the order of its links."""
        near = (router for network in self.topology.nodes[name].links for router in self._routers[network])
        return tuple(dict.fromkeys(router for router in near if router != name))

    def gateway(self, name: str) -> str | None:
        """Return the router that gets the packets of ``name`` for everywhere else: its choice, or a host's only one."""
        node = self.topology.nodes[name]
        if node.gateway is not None or node.forwards:
            return node.gateway
        near = self.routers_near(name)
        return near[0] if len(near) == 1 else None

    def shared(self, name: str, other: str) -> str | None:
        """Return the first network in the links of ``name`` that ``other`` is on as well."""
        links = self.topology.nodes[other].links
        return next((network for network in self.topology.nodes[name].links if network in links), None)

    def towards(self, network: str) -> dict[str, Hop]:
        """Return the next hop towards ``network`` of every router that has a way; equal ways are decided by name."""
        hops: dict[str, Hop] = {}
        reached = {network}
        frontier = {network: ""}  # networks, each with the router that leads on from it
        left = 0
        while frontier:
            settled = self._settled(frontier, left, hops)
            hops |= settled
            frontier = self._entrances(settled, reached)
            reached |= frontier.keys()
            left += 1
        return hops

    def _settled(self, frontier: Mapping[str, str], left: int, hops: Mapping[str, Hop]) -> dict[str, Hop]:
        """Return the routers that the frontier reaches for the first time, each with its best hop."""
        settled: dict[str, Hop] = {}
        for network, via in frontier.items():
            for router in self._routers[network]:
                if router not in hops:
                    hop = Hop(left, via, network)
                    settled[router] = min(hop, settled.get(router, hop))
        return settled

    def _entrances(self, settled: Mapping[str, Hop], reached: set[str]) -> dict[str, str]:
        """Return the networks from which these routers can be entered, each with the first of them by name."""
        entrances: dict[str, str] = {}
        for router, hop in settled.items():
            node = self.topology.nodes[router]
            for network in node.links:
                if network not in reached and not _hides(node, network, hop.network):
                    entrances[network] = min(router, entrances.get(network, router))
        return entrances

    def distance(self, name: str, hops: Mapping[str, Hop]) -> int | None:
        """Return how many routers a packet of ``name`` passes, given the ``hops`` towards its goal; None: no way."""
        if name in hops:
            return hops[name].left
        next_hop = hops.get(self.gateway(name) or "")
        return next_hop.left + 1 if next_hop else None


def _hides(router: Node, entrance: str, way_out: str) -> bool:
    return entrance in router.nat_networks and way_out not in router.nat_networks


class Seat(NamedTuple):
    """A name server's place on one of its networks; ``position`` is the server's in the file."""

    position: int
    name: str
    network: str


class Resolvers:
    """The name servers of a topology, and who asks which."""

    def __init__(self, roads: Roads) -> None:
        self._roads = roads
        self._nodes = roads.topology.nodes
        self._near: dict[str, Seat] = {}  # the first of each network
        self._far: dict[str, Seat] = {}  # the first of each network that can answer beyond it
        self._hops: dict[str, Mapping[str, Hop]] = {}
        self._seats: dict[str, list[Seat]] = {}
        for position, (name, node) in enumerate(self._nodes.items()):
            if node.resolves:
                self._seat(position, name, node)

    def _seat(self, position: int, name: str, node: Node) -> None:
        self._seats[name] = [Seat(position, name, network) for network in node.links]
        for seat in self._seats[name]:
            self._near.setdefault(seat.network, seat)
            if self._answers_afar(name):
                self._far.setdefault(seat.network, seat)

    def of(self, name: str) -> Seat | None:
        """Return whom ``name`` asks: its choice, else the nearest within reach, in file order when equally near."""
        node = self._nodes[name]
        if node.resolver is not None:
            return self._nearest(name, self._seats.get(node.resolver, []))
        if name in self._seats:
            return self._seats[name][0]
        near = [self._near[network] for network in node.links if network in self._near]
        return min(near) if near else self._nearest(name, list(self._far.values()))

    def _nearest(self, name: str, seats: list[Seat]) -> Seat | None:
        ways = [(left, seat) for seat in seats if (left := self._distance(name, seat)) is not None]
        return min(ways, key=lambda way: (way[0], way[1].position))[1] if ways else None

    def _distance(self, name: str, seat: Seat) -> int | None:
        if seat.network in self._nodes[name].links:
            return 0
        if not self._answers_afar(seat.name):
            return None
        if seat.network not in self._hops:
            self._hops[seat.network] = self._roads.towards(seat.network)
        return self._roads.distance(name, self._hops[seat.network])

    def _answers_afar(self, name: str) -> bool:
        """Tell whether a server's answers find a way off its networks."""
        return self._nodes[name].forwards or self._roads.gateway(name) is not None
