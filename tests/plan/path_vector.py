"""BGP on paper, as routers do it: each tells its neighbours of its best ways, until nobody changes his mind any more.

Nothing here is shared with ``lab.topology.roads``, which looks for shortest ways instead.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from lab.topology.model import Topology

OWN, OTHERS, SYSTEM, CABLE, BACKUP = 2_000_000, 1_000_000, 10_000, 1, 50
PREPENDED = 3


@dataclass(frozen=True)
class Way:
    """A way to a network, that leaves by ``out``: its preference, the systems and the routers of the own system on it.

    ``router_id`` and ``address`` are those of the next router; there is none on the way to an own network.
    """

    preference: int
    out: str
    systems: tuple[int, ...] = ()
    members: tuple[str, ...] = ()
    router_id: int = 0
    address: IPv4Address | None = None

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """The greatest preference, the shortest path, the lowest identifier and address (RFC 4271, 9.1.2.2)."""
        return -self.preference, len(self.systems), self.router_id, int(self.address or 0)


Table = Mapping[str, Way]


def tables(topology: Topology) -> Mapping[str, Table]:
    """Return the best way of each speaker to each network, when all have been told."""
    speakers = [name for name in topology.nodes if topology.speaks_bgp(name)]
    best: Mapping[str, Table] = {name: {} for name in speakers}
    for _ in range(10 * len(speakers) + 10):
        heard = {name: _chosen(name, best, topology) for name in speakers}
        if heard == best:
            return best
        best = heard
    raise AssertionError("they never agree")


def _chosen(name: str, best: Mapping[str, Table], topology: Topology) -> Table:
    ways = {network: [Way(OWN, network)] for network in topology.nodes[name].links}
    for other, shared in _sessions(name, topology):
        told = {network: way for network, way in best[other].items() if way.out != shared}
        for network, way in told.items():
            ways.setdefault(network, []).extend(_taken(name, other, shared, way, topology))
    return {network: min(several, key=lambda way: way.rank) for network, several in ways.items() if several}


def _sessions(name: str, topology: Topology) -> Iterator[tuple[str, str]]:
    for network in topology.nodes[name].links:
        for other in topology.members[network]:
            if other != name and topology.speaks_bgp(other):
                yield other, network


def _taken(name: str, other: str, shared: str, way: Way, topology: Topology) -> Iterator[Way]:
    """Yield the way that ``name`` makes of what it hears, unless it is on that way itself."""
    node, neighbour, backup = topology.nodes[name], topology.nodes[other], topology.networks[shared].backup
    step = int(neighbour.ip), neighbour.links[shared].address
    if node.system == neighbour.system:
        if name not in way.members:
            cost = BACKUP if backup else CABLE
            yield Way(way.preference - cost, shared, way.systems, (other, *way.members), *step)
        return
    systems = (_number(other, topology),) * (1 + (PREPENDED if backup else 0)) + way.systems
    if _number(name, topology) not in systems:
        yield Way(OTHERS - SYSTEM * len(systems), shared, systems, (), *step)


def _number(name: str, topology: Topology) -> int:
    return topology.systems[topology.nodes[name].system or ""].number
