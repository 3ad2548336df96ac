"""Which way packets go: gateways of hosts, shortest ways over routers, and the resolver that is nearest.

A way over a backup network is longer than any other. What a router prefers is its next step, whatever is shortest.

Nobody is told a way into what a router hides behind its NAT: packets that enter a router by a network of its
``nat_networks`` do not leave it by another one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush
from typing import NamedTuple

from lab.topology.model import Node, Topology


class Hop(NamedTuple):
    """A router's next step towards a network: ``left`` routers are still to pass, ``via`` first, over ``network``.

    On the network itself nothing is left, and ``via`` is empty. The smaller one is the better one.
    """

    left: int
    via: str
    network: str


class _Cost(NamedTuple):
    """What a way costs: what counts first, and what counts where that is equal."""

    far: int
    near: int


_NOBODY = 0, 0

_BACKUP_INSIDE, _BACKUP_BETWEEN = 50, 3
"""What a backup costs by BGP, in networks inside a system, and in systems between them: as bird is told."""


def _on_networks(topology: Topology, names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {network: [] for network in topology.networks}
    for name in names:
        for network in topology.nodes[name].links:
            found[network].append(name)
    return found


def _is_told(name: str, topology: Topology) -> bool:
    """Tell whether a router is told ways: where they are learnt by BGP, only those who speak it."""
    return topology.routing == "static" or topology.speaks_bgp(name)


class Roads:
    """The ways of a topology, looked up when they are asked for; without ``hiding`` no NAT is in the way."""

    def __init__(self, topology: Topology, hiding: bool = True) -> None:
        self.topology = topology
        self._is_static = topology.routing == "static"
        self._backups = frozenset(name for name, network in topology.networks.items() if network.backup)
        self._routers = _on_networks(topology, [name for name, node in topology.nodes.items() if node.forwards])
        knowing = [name for name, node in topology.nodes.items() if node.forwards and _is_told(name, topology)]
        self._knowing = _on_networks(topology, knowing)
        self._known: dict[str, Mapping[str, Hop]] = {}
        self._preferring: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name in knowing:
            for network, neighbour in topology.nodes[name].preferences.items():
                self._preferring[network].append((name, neighbour))
        self._hiding = {name: topology.nodes[name].nat_networks if hiding else frozenset() for name in knowing}
        self._crossings = {
            name: [network for network in topology.nodes[name].links if len(self._knowing[network]) > 1]
            for name in knowing
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

    def towards(self, network: str) -> Mapping[str, Hop]:
        """Return the next hop towards ``network`` of every router that has a way, preferences included."""
        if network not in self._known:
            self._known[network] = self._preferred(network, self._shortest(network))
        return self._known[network]

    def _preferred(self, network: str, hops: dict[str, Hop]) -> dict[str, Hop]:
        for router, neighbour in self._preferring.get(network, ()):
            shared = self.shared(router, neighbour)
            if shared and neighbour in hops:
                hops[router] = Hop(hops[neighbour].left + 1, neighbour, shared)
        return hops

    def ring(self, network: str, start: str) -> tuple[str, ...]:
        """Return the routers that a packet for ``network`` goes round by from ``start``; none if it arrives."""
        hops, way = self.towards(network), [start]
        while (hop := hops.get(way[-1])) and hop.via:
            if hop.via in way:
                return tuple(way[way.index(hop.via) :])
            way.append(hop.via)
        return ()

    def _shortest(self, network: str) -> dict[str, Hop]:
        """Return the best ways; equal ones are decided by the name of the next router, then of the network to it.

        By BGP its identifier decides, which is its first address, then its address on the network to it: the lower one
        wins (RFC 4271, section 9.1.2.2 f and g).
        """
        hops: dict[str, Hop] = {}
        frontier = [(_Cost(0, 0), _NOBODY, "", network, router, 0) for router in self._knowing[network]]
        while frontier:
            cost, _, via, way_out, router, left = heappop(frontier)
            if router in hops:
                continue
            hops[router] = Hop(left, via, way_out)
            for entrance in self._entrances(router, hops[router]):
                for other in self._knowing[entrance]:
                    if other not in hops:
                        step = self._step(cost, router, entrance, other)
                        heappush(frontier, (step, self._number(router, entrance), router, entrance, other, left + 1))
        return hops

    def _number(self, router: str, network: str) -> tuple[int, int]:
        """Return what decides among equal ways by BGP, and nothing else."""
        if self._is_static:
            return _NOBODY
        node = self.topology.nodes[router]
        return int(node.ip), int(node.links[network].address)

    def _entrances(self, router: str, hop: Hop) -> Iterator[str]:
        """Yield the networks from which other routers may send by way of ``router``."""
        hiding = self._hiding[router]
        for network in self._crossings[router]:
            if network != hop.network and (hop.network in hiding or network not in hiding):
                yield network

    def _step(self, cost: "_Cost", router: str, network: str, other: str) -> "_Cost":
        """Return what a way costs that goes on to ``other``.

        Where the plan computes the ways, backups count most, then routers. By BGP a router looks for the fewest
        systems, a backup counting as three more, and then for the fewest networks to cross inside its own system.
        """
        backup = network in self._backups
        if self._is_static:
            return _Cost(cost.far + backup, cost.near + 1)
        nodes = self.topology.nodes
        if nodes[router].system == nodes[other].system:
            return _Cost(cost.far, cost.near + (_BACKUP_INSIDE if backup else 1))
        return _Cost(cost.far + 1 + (_BACKUP_BETWEEN if backup else 0), 0)

    def distance(self, name: str, hops: Mapping[str, Hop]) -> int | None:
        """Return how many routers a packet of ``name`` passes, given the ``hops`` towards its goal; None: no way."""
        passed = 0
        seen: set[str] = set()
        while name not in hops:
            seen.add(name)
            gateway = self.gateway(name)
            if gateway is None or gateway in seen:
                return None
            name, passed = gateway, passed + 1
        return hops[name].left + passed


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
