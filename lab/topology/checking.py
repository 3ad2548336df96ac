"""What can be wrong between the parts of a topology: addresses, gateways, resolvers, and what the kinds know."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network

from lab.topology.advertising import advertisements
from lab.topology.building import Draft
from lab.topology.leasing import leases
from lab.topology.model import KEY, Complaint, Network, Node
from lab.topology.roads import Resolvers, Roads
from lab.topology.systems import systems
from lab.topology.words import did_you_mean, listed

Range = IPv4Network | IPv6Network


def check(draft: Draft) -> Iterator[Complaint]:
    """Yield what is wrong between the parts; a node that is unclear is neither blamed nor held against others."""
    topology = draft.topology
    yield from _overlaps(topology.networks)
    yield from _twice(topology.nodes)
    yield from systems(topology)
    yield from leases(topology, draft.unclear)
    yield from advertisements(topology, draft.unclear)
    yield from _Ways(draft).complaints()
    for name, node in topology.nodes.items():
        if name not in draft.adrift:
            for complaint in node.complaints(name, topology):
                yield Complaint(("nodes", name, *complaint.at), complaint.what, complaint.hint)


def _overlaps(networks: Mapping[str, Network]) -> Iterator[Complaint]:
    """Yield a complaint for each subnet, or IPv6 prefix, that begins within another one."""
    order = {name: position for position, name in enumerate(networks)}
    yield from _overlapping("subnet", {name: network.subnet for name, network in networks.items()}, order)
    prefixes = {name: network.ipv6 for name, network in networks.items() if network.ipv6}
    yield from _overlapping("IPv6 prefix", prefixes, order)


def _overlapping(called: str, ranges: Mapping[str, Range], order: Mapping[str, int]) -> Iterator[Complaint]:
    """Go through ranges by their start; they nest, they never cross."""
    around: tuple[str, Range] | None = None
    for name, one in sorted(ranges.items(), key=lambda entry: (entry[1], order[entry[0]])):
        if around and one.subnet_of(around[1]):  # type: ignore[arg-type]  # both are of one family
            first, second = sorted((around[0], name), key=lambda each: order[each])
            what = f"{called} {ranges[second]} overlaps {ranges[first]} of '{first}'"
            yield Complaint(("networks", second, *(() if called == "subnet" else ("ipv6",))), what)
        else:
            around = name, one


def _twice(nodes: Mapping[str, Node]) -> Iterator[Complaint]:
    """Yield a complaint for each address and each MAC that somebody before has."""
    owners: dict[object, str] = {}
    for name, node in nodes.items():
        for network, link in node.links.items():
            at = ("nodes", name, "links", network)
            for address in (link.ip, link.ip6):
                if address and (owner := owners.setdefault((network, address), name)) != name:
                    yield Complaint(
                        at, f"address {address.ip} is already that of '{owner}'", "choose another host number"
                    )
            place = f"'{name}' on {network}"
            if (owner := owners.setdefault(link.mac, place)) != place:
                yield Complaint(at, f"MAC {link.mac} is already that of {owner}", "choose another one")


class _Ways:
    """Judges gateways and resolvers."""

    def __init__(self, draft: Draft) -> None:
        self.unclear = draft.unclear
        self.nodes = draft.topology.nodes
        self.roads = Roads(draft.topology)
        self.resolvers = Resolvers(self.roads)
        self.known = draft.topology.networks
        self.servers = [name for name, node in self.nodes.items() if node.resolves]

    def complaints(self) -> Iterator[Complaint]:
        for name, node in self.nodes.items():
            if name not in self.unclear:
                yield from self.preferences(name)
            if node.gateway is not None:
                yield from self.gateway(name, node.gateway)
            elif not node.forwards and name not in self.unclear:
                yield from self.choice(name)
            if node.resolver is not None:
                yield from self.resolver(name, node.resolver)

    def choice(self, name: str) -> Iterator[Complaint]:
        """A host needs to say its gateway where several routers are near."""
        routers = self.roads.routers_near(name)
        if len(routers) > 1:
            what = f"'{name}' has {len(routers)} routers on its networks and no gateway"
            yield Complaint(("nodes", name, KEY), what, f"choose one, as in 'gateway: {routers[0]}'")

    def gateway(self, name: str, gateway: str) -> Iterator[Complaint]:
        at = ("nodes", name, "gateway")
        if gateway not in self.nodes:
            near = did_you_mean(gateway, self.roads.routers_near(name) or self.nodes)
            yield Complaint(at, f"node '{gateway}' does not exist", near)
        elif gateway == name:
            yield Complaint(at, f"'{name}' cannot be its own gateway", self.choices(name))
        elif self.unclear & {name, gateway}:
            return
        elif not self.nodes[gateway].forwards:
            yield Complaint(at, f"'{gateway}' does not pass packets on", self.choices(name))
        elif self.roads.shared(name, gateway) is None:
            yield Complaint(at, f"'{gateway}' is on no network of '{name}'", self.choices(name))

    def preferences(self, name: str) -> Iterator[Complaint]:
        """What a router prefers must be there, next to it, and must not send packets back."""
        for network, neighbour in self.nodes[name].preferences.items():
            at = ("nodes", name, "prefer", network)
            if network not in self.roads.topology.networks:
                yield Complaint((*at, KEY), f"network '{network}' does not exist", did_you_mean(network, self.known))
            elif self.roads.topology.speaks_bgp(name):
                yield Complaint(at, f"'{name}' learns its ways by BGP", "say 'backup: true' at a network instead")
            elif neighbour not in self.roads.routers_near(name):
                yield Complaint(at, f"'{neighbour}' is no router next to '{name}'", self.choices(name))
            elif not self.unclear and (ring := self.roads.ring(network, name)):
                what = f"packets for '{network}' would go round: {', '.join(ring)}"
                yield Complaint(at, what, "leave one of the preferences out")

    def choices(self, name: str) -> str:
        return listed("routers near it", self.roads.routers_near(name))

    def resolver(self, name: str, resolver: str) -> Iterator[Complaint]:
        at = ("nodes", name, "resolver")
        if resolver not in self.nodes:
            near = did_you_mean(resolver, self.servers or self.nodes)
            yield Complaint(at, f"node '{resolver}' does not exist", near)
        elif resolver in self.unclear:
            return
        elif not self.nodes[resolver].resolves:
            yield Complaint(at, f"'{resolver}' answers no names", listed("nodes that do", self.servers))
        elif not self.unclear and self.resolvers.of(name) is None:
            yield Complaint(at, f"no way leads from '{name}' to '{resolver}' and back", "link them, or add a gateway")
