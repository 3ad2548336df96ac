"""Which way packets go: gateways of hosts, shortest ways over routers, and the resolver that is nearest.

Nobody is told a way into what a router hides behind its NAT: packets that enter a router by a network of its
``nat_networks`` do not leave it by another one.
"""

from collections.abc import Iterator, Mapping
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
        forwarding = {name: node for name, node in topology.nodes.items() if node.forwards}
        for name, node in forwarding.items():
            for network in node.links:
                self._routers[network].append(name)
        self._hiding = {name: node.nat_networks for name, node in forwarding.items()}
        self._crossings = {
            name: [network for network in node.links if len(self._routers[network]) > 1]
            for name, node in forwarding.items()
        }

    def routers_near(self, name: str) -> tuple[str, ...]:
        """Return the other nodes on the networks of ``name`` that forward, in the order of its links."""
        near = (router for network in self.topology.nodes[name].links for router in self._routers[network])
        return tuple(dict.fromkeys(router for router in near if router != name))

    def gateway(self, name: str) -> str | None:
        """Return the router that gets the packets of ``name`` for everywhere else: its choice, or a host's only one."""
        node = self.topology.nodes[name]
        if node.gateway is not None or node.forwards:
            return node.gateway
        return next(iter(self.routers_near(name)), None)

    def shared(self, name: str, other: str) -> str | None:
        """Return the first network in the links of ``name`` that ``other`` is on as well."""
        links = self.topology.nodes[other].links
        return next((network for network in self.topology.nodes[name].links if network in links), None)

    def towards(self, network: str) -> dict[str, Hop]:
        """Return the next hop towards ``network`` of every router that has a way; equal ways are decided by name."""
        hops: dict[str, Hop] = {}
        reached = {network}
        frontier = [("", network)]  # each network with the router that leads on from it
        left = 0
        while frontier:
            settled = []
            for via, way_out in sorted(frontier):
                for router in self._routers[way_out]:
                    if router not in hops:
                        hops[router] = Hop(left, via, way_out)
                        settled.append(router)
            frontier = [step for router in sorted(settled) for step in self._entrances(router, hops, reached)]
            left += 1
        return hops

    def _entrances(self, router: str, hops: Mapping[str, Hop], reached: set[str]) -> Iterator[tuple[str, str]]:
        """Yield the networks not yet ``reached`` from which other routers may send by way of ``router``."""
        hiding = self._hiding[router]
        open_to_all = hops[router].network in hiding
        for network in self._crossings[router]:
            if network not in reached and (open_to_all or network not in hiding):
                reached.add(network)
                yield router, network

    def distance(self, name: str, hops: Mapping[str, Hop]) -> int | None:
        """Return how many routers a packet of ``name`` passes, given the ``hops`` towards its goal; None: no way."""
        if name in hops:
            return hops[name].left
        next_hop = hops.get(self.gateway(name) or "")
        return next_hop.left + 1 if next_hop else None


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
            if self._answers_afar(seat):
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
        if not self._answers_afar(seat):
            return None
        if seat.network not in self._hops:
            self._hops[seat.network] = self._roads.towards(seat.network)
        return self._roads.distance(name, self._hops[seat.network])

    def _answers_afar(self, seat: Seat) -> bool:
        """Tell whether answers to other networks leave by the network that the question came in by."""
        gateway = self._roads.gateway(seat.name)
        return self._nodes[seat.name].forwards or (gateway is not None and seat.network in self._nodes[gateway].links)
