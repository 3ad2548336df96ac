"""The wires of a topology as a picture shows them: rails with what hangs from them, and cables between two nodes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Interface

from lab.topology.model import ETHERNET_MTU, Network, Topology


@dataclass(frozen=True)
class End:
    """A node's end of a wire; ``number`` is the part of its address that the subnet leaves open (".23"), or "DHCP"."""

    node: str
    number: str


@dataclass(frozen=True)
class Wire:
    """A network as it is drawn: with exactly two ends it is a cable, else a rail; ``notes`` begin with its subnet."""

    name: str
    notes: tuple[str, ...]
    ends: tuple[End, ...]
    is_backup: bool = False

    @property
    def is_cable(self) -> bool:
        """Whether it leads from one node to one other."""
        return len(self.ends) == 2

    @property
    def nodes(self) -> tuple[str, ...]:
        """The names of the nodes at its ends."""
        return tuple(end.node for end in self.ends)


def wires(topology: Topology) -> tuple[Wire, ...]:
    """Return the networks of a topology as wires, in the order of the file."""
    ends: dict[str, list[End]] = {name: [] for name in topology.networks}
    for name, node in topology.nodes.items():
        for link in node.links.values():
            ends[link.network].append(End(name, number(link.ip)))
    return tuple(
        Wire(network.name, tuple(_notes(network)), tuple(ends[network.name]), network.backup)
        for network in topology.networks.values()
    )


def _notes(network: Network) -> Iterator[str]:
    yield str(network.subnet)
    if network.ipv6:
        yield str(network.ipv6)
    if network.mtu != ETHERNET_MTU:
        yield f"MTU {network.mtu}"
    if network.backup:
        yield "backup"


def number(ip: IPv4Interface | None) -> str:
    """Return the octets of an address that are not the same in the whole subnet: ".23" of 192.168.1.23/24."""
    if ip is None:
        return "DHCP"
    octets = str(ip.ip).split(".")
    return "".join(f".{octet}" for octet in octets[ip.network.prefixlen // 8 :])


@dataclass(frozen=True)
class Island:
    """Nodes that hang together, and their wires; ``nodes`` are in the order of the file."""

    nodes: tuple[str, ...]
    wires: tuple[Wire, ...]

    @cached_property
    def wires_of(self) -> Mapping[str, tuple[Wire, ...]]:
        """The wires of each node, in the order of the file."""
        found: dict[str, list[Wire]] = {node: [] for node in self.nodes}
        for wire in self.wires:
            for node in wire.nodes:
                found[node].append(wire)
        return {node: tuple(several) for node, several in found.items()}

    def neighbours(self, node: str) -> Iterator[str]:
        """Yield those on the other ends of a node's wires, one wire after the other."""
        for wire in self.wires_of[node]:
            yield from (other for other in wire.nodes if other != node)


def islands(topology: Topology) -> tuple[Island, ...]:
    """Return the parts of a topology that no wire connects, in the order of the file."""
    whole = Island(tuple(topology.nodes), wires(topology))
    found: list[Island] = []
    left = dict.fromkeys(whole.nodes)
    while left:
        together = _reached(next(iter(left)), whole)
        mine = tuple(wire for wire in whole.wires if not together.isdisjoint(wire.nodes))
        found.append(Island(tuple(node for node in whole.nodes if node in together), mine))
        left = {node: None for node in left if node not in together}
    return (*found, *(Island((), (wire,)) for wire in whole.wires if not wire.ends))


def _reached(start: str, island: Island) -> set[str]:
    reached, frontier = {start}, [start]
    while frontier:
        frontier = [node for one in frontier for node in island.neighbours(one) if node not in reached]
        reached.update(frontier)
    return reached
