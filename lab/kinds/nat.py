"""Address translation in a router: to fixed addresses, to those of a pool, to its own, and ports from outside."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface
from typing import Annotated, Any

from pydantic import BeforeValidator

from lab.kinds.rendering import rendered
from lab.kinds.spellings import Port, Socket
from lab.topology.model import KEY, Complaint, Frozen, NetworkName, Node, NodeName, Number, Topology
from lab.topology.roads import Roads
from lab.topology.words import did_you_mean

_LARGEST_POOL = 256


class Numbers(Frozen):
    """The host numbers of a pool, first and last included."""

    first: Number
    """The first host number."""
    last: Number
    """The last host number."""

    @property
    def all(self) -> range:
        """All of them; none when the last one comes first."""
        return range(self.first, self.last + 1)


class Nat(Frozen):
    """What a router speaks with, towards one network, for everybody behind it (RFC 3022)."""

    to: NetworkName
    """The network towards which it translates."""
    static: Mapping[NodeName, Number] = {}
    """For a node behind it, the host number on that network that always means this node, both ways."""
    pools: Mapping[NetworkName, Numbers] = {}
    """For a network behind it, the host numbers that its nodes get, each node one, as long as there are any left."""
    forward: Mapping[Port, Socket] = {}
    """For a TCP port of the router's own address, the node and port that connections to it go on to."""

    @property
    def numbers(self) -> tuple[range, ...]:
        """The host numbers that the router has towards that network beside its own."""
        return (*map(_one, self.static.values()), *(pool.all for pool in self.pools.values()))


def _written_out(value: object) -> Any:
    return {"to": value} if isinstance(value, str) else value


NatOption = Annotated[Nat, BeforeValidator(_written_out, json_schema_input_type=NetworkName | Nat)]
"""Address translation; the network alone means: with the router's own address, for everybody."""


def more_addresses(nat: Nat, topology: Topology) -> tuple[IPv4Interface, ...]:
    """Return the addresses that the router has towards the network beside its own."""
    subnet = topology.networks[nat.to].subnet
    return tuple(IPv4Interface((subnet[number], subnet.prefixlen)) for several in nat.numbers for number in several)


def firewall(nat: Nat, name: str, topology: Topology) -> str:
    """Return the nftables script that has the router called ``name`` translate."""
    nodes, subnet = topology.nodes, topology.networks[nat.to].subnet
    sockets = {port: _parted(socket) for port, socket in nat.forward.items()}
    inside = dict.fromkeys(nodes[node].first.network for node in (*nat.static, *(node for node, _ in sockets.values())))
    return rendered(
        "nat.nft",
        to=nat.to,
        own=nodes[name].links[nat.to].address,
        static={nodes[node].ip: subnet[number] for node, number in nat.static.items()},
        forward={port: f"{nodes[node].ip}:{to}" for port, (node, to) in sockets.items()},
        hairpins={at: topology.networks[at].subnet for at in inside if at in nodes[name].links},
        pools={
            at: (topology.networks[at].subnet, [subnet[number] for number in pool.all])
            for at, pool in nat.pools.items()
        },
    )


def complaints(nat: Nat, name: str, topology: Topology) -> Iterator[Complaint]:
    """Yield what cannot be so; places start at the mapping of ``nat``."""
    links = topology.nodes[name].links
    if nat.to not in links:
        yield Complaint(("to",), f"'{name}' has no link to '{nat.to}'", did_you_mean(nat.to, links))
        return
    yield from _Judge(nat, name, topology).complaints()


class _Judge:
    """Judges a translation towards a network that the router is on."""

    def __init__(self, nat: Nat, name: str, topology: Topology) -> None:
        self.nat, self.name, self.topology = nat, name, topology
        self.roads = Roads(topology)
        self.advice = f"another network than '{nat.to}' must lead there"
        self.subnet = topology.networks[nat.to].subnet
        self.taken = list(self._taken())

    def complaints(self) -> Iterator[Complaint]:
        for node, number in self.nat.static.items():
            yield from self.inside(node, ("static", node, KEY))
            yield from self.numbers(_one(number), f"'{node}'", ("static", node))
        for network, pool in self.nat.pools.items():
            yield from self.pool(network, pool)
        for port, socket in self.nat.forward.items():
            yield from self.inside(_parted(socket)[0], ("forward", port))

    def _taken(self) -> Iterator[tuple[range, str]]:
        """Yield who has which host numbers towards the outside; what this router's own NAT takes comes later."""
        base = int(self.subnet.network_address)
        for name, node in self.topology.nodes.items():
            link, pool = node.links.get(self.nat.to), node.pools.get(self.nat.to)
            if link and link.ip:
                yield _one(int(link.ip.ip) - base), f"that of '{name}'"
            if pool:
                yield range(pool.first, pool.last + 1), f"leased by '{name}'"
            for several in node.more_numbers.get(self.nat.to, ()) if name != self.name else ():
                yield several, f"that of '{name}'"

    def inside(self, node: str, at: tuple[str, ...]) -> Iterator[Complaint]:
        """Who is spoken for must be there, behind the router, at an address that stays."""
        nodes = self.topology.nodes
        if node not in nodes:
            yield Complaint(at, f"node '{node}' does not exist", did_you_mean(node, nodes))
        elif not nodes[node].stays:
            what = f"nobody knows the address of '{node}' before it is leased"
            yield Complaint(at, what, "give it a host number too")
        elif nodes[node].links and not self.behind(nodes[node]):
            yield Complaint(at, f"'{node}' is not behind '{self.name}'", self.advice)

    def behind(self, node: Node) -> bool:
        return node.links.get(self.nat.to) is None and self.leads_inside(node.first.network)

    def leads_inside(self, network: str) -> bool:
        hop = self.roads.towards(network).get(self.name)
        return hop is not None and hop.network != self.nat.to

    def pool(self, network: str, pool: Numbers) -> Iterator[Complaint]:
        at = ("pools", network)
        networks = self.topology.networks
        if network not in networks:
            yield Complaint((*at, KEY), f"network '{network}' does not exist", did_you_mean(network, networks))
        elif not self.leads_inside(network):
            yield Complaint((*at, KEY), f"'{network}' is not behind '{self.name}'", self.advice)
        if pool.first > pool.last:
            what = f"the pool ends with {pool.last}, before its first number {pool.first}"
            yield Complaint(at, what, "exchange them")
        elif len(pool.all) > _LARGEST_POOL:
            yield Complaint(at, f"the pool has {len(pool.all)} addresses", f"{_LARGEST_POOL} are enough")
        else:
            yield from self.numbers(pool.all, f"the pool of '{network}'", at)

    def numbers(self, wanted: range, owner: str, at: tuple[str, ...]) -> Iterator[Complaint]:
        """Host numbers must be there and free; the first one that is not is told."""
        last = self.subnet.num_addresses - 2
        clashes = [(both[0], whose) for taken, whose in self.taken if (both := _common(wanted, taken))]
        if wanted[-1] > last:
            yield Complaint(at, f"host number {wanted[-1]} is outside {self.subnet}", f"hosts are 1 to {last}")
        elif clashes:
            number, whose = min(clashes)
            yield Complaint(at, f"host number {number} is {whose}", "choose another host number")
        self.taken.append((wanted, f"that of {owner}"))


def _one(number: int) -> range:
    return range(number, number + 1)


def _common(one: range, other: range) -> range:
    return range(max(one.start, other.start), min(one.stop, other.stop))


def _parted(socket: str) -> tuple[str, str]:
    node, _, port = socket.rpartition(":")
    return node, port
