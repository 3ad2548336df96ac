"""What can be wrong with autonomous systems: their numbers, and who says to belong to them."""

from collections.abc import Iterator

from lab.topology.model import Complaint, Topology
from lab.topology.words import did_you_mean


def systems(topology: Topology) -> Iterator[Complaint]:
    """Yield what is wrong with the systems of a topology."""
    yield from _numbers_twice(topology)
    yield from _domains_twice(topology)
    if topology.routing == "bgp":
        yield from _torn(topology)
        yield from _told_twice(topology)
    for name, node in topology.nodes.items():
        if node.system is not None and node.system not in topology.systems:
            hint = did_you_mean(node.system, topology.systems) or "the key 'systems' has their numbers"
            yield Complaint(("nodes", name, "system"), f"system '{node.system}' does not exist", hint)


def _numbers_twice(topology: Topology) -> Iterator[Complaint]:
    """An AS number means one system in the whole internet (RFC 1930, section 3)."""
    owners: dict[int, str] = {}
    for name, system in topology.systems.items():
        if (owner := owners.setdefault(system.number, name)) != name:
            yield Complaint(("systems", name), f"AS number {system.number} is already that of '{owner}'")


def _domains_twice(topology: Topology) -> Iterator[Complaint]:
    owners: dict[str, str] = {}
    for name, system in topology.systems.items():
        if system.domain and (owner := owners.setdefault(system.domain, name)) != name:
            at = ("systems", name, "domain")
            yield Complaint(at, f"domain '{system.domain}' is already that of '{owner}'")


def _told_twice(topology: Topology) -> Iterator[Complaint]:
    for name, node in topology.nodes.items():
        if topology.speaks_bgp(name) and node.gateway is not None:
            hint = "leave the gateway out, or the system"
            yield Complaint(("nodes", name, "gateway"), f"'{name}' learns its ways by BGP", hint)


def _torn(topology: Topology) -> Iterator[Complaint]:
    """A system takes no notice of a way that leads through it already (RFC 4271, section 9.1.2): it must be whole."""
    for system in topology.systems:
        members = [
            name for name in topology.nodes if topology.speaks_bgp(name) and topology.nodes[name].system == system
        ]
        if apart := sorted(set(members) - _together(members, topology)):
            what = f"no way inside of '{system}' leads from '{members[0]}' to {', '.join(map(repr, apart))}"
            yield Complaint(("systems", system), what, "link them, or make two systems of it")


def _together(members: list[str], topology: Topology) -> frozenset[str]:
    """Return the first of some routers, and those that it reaches by way of them."""
    reached, waiting = set(members[:1]), members[:1]
    while waiting:
        near = {other for network in topology.nodes[waiting.pop()].links for other in topology.members[network]}
        new = (near & set(members)) - reached
        reached |= new
        waiting += new
    return frozenset(reached)
