"""What can be wrong between the parts of a topology: addresses, gateways, resolvers, and what the kinds know."""

from collections.abc import Iterator, Mapping

from lab.topology.building import Draft
from lab.topology.model import KEY, Complaint, Network, Node
from lab.topology.roads import Resolvers, Roads
from lab.topology.words import did_you_mean, listed


def check(draft: Draft) -> Iterator[Complaint]:
    """Yield what is wrong between the parts; a node that is unclear is neither blamed nor held against others."""
    yield from _overlaps(draft.topology.networks)
    yield from _twice(draft.topology.nodes)
    yield from _Ways(draft).complaints()
    for name, node in draft.topology.nodes.items():
        if name not in draft.adrift:
            for complaint in node.complaints(name, draft.topology):
                yield Complaint(("nodes", name, *complaint.at), complaint.what, complaint.hint)


def _overlaps(networks: Mapping[str, Network]) -> Iterator[Complaint]:
    """Yield a complaint for each subnet that begins within another one; subnets nest, they never cross."""
    order = {name: position for position, name in enumerate(networks)}
    by_start = sorted(networks.values(), key=lambda network: (network.subnet, order[network.name]))
    around: Network | None = None
    for network in by_start:
        if around and network.subnet.subnet_of(around.subnet):
            first, second = sorted((around, network), key=lambda one: order[one.name])
            what = f"subnet {second.subnet} overlaps {first.subnet} of '{first.name}'"
            yield Complaint(("networks", second.name), what)
        else:
            around = network


def _twice(nodes: Mapping[str, Node]) -> Iterator[Complaint]:
    """Yield a complaint for each address and each MAC that somebody before has."""
    owners: dict[object, str] = {}
    for name, node in nodes.items():
        for network, link in node.links.items():
            at = ("nodes", name, "links", network)
            if (owner := owners.setdefault((network, link.ip), name)) != name:
                yield Complaint(at, f"address {link.ip.ip} is already that of '{owner}'", "choose another host number")
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
        self.servers = [name for name, node in self.nodes.items() if node.resolves]

    def complaints(self) -> Iterator[Complaint]:
        for name, node in self.nodes.items():
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
