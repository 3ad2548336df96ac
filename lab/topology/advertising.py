"""Addresses that hosts make themselves (SLAAC): which router advertises on which network, and what cannot be so."""

from collections.abc import Iterator, Mapping

from lab.topology.model import Complaint, Topology


def advertisers(topology: Topology) -> Mapping[str, str]:
    """Return the router that advertises on each network where somebody listens: their gateway, else the first one."""
    asked = {network: advertiser(topology, network) for network in topology.networks}
    return {network: router for network, router in asked.items() if router}


def advertiser(topology: Topology, network: str) -> str | None:
    """Return the router that advertises on one network; none where nobody listens, or no router is."""
    members = topology.members[network]
    listeners = [topology.nodes[name] for name in members if topology.nodes[name].links[network].slaac]
    routers = _routers(topology, network) if listeners else ()
    return next((node.gateway for node in listeners if node.gateway in routers), next(iter(routers), None))


def advertisements(topology: Topology, unclear: frozenset[str]) -> Iterator[Complaint]:
    """Yield what is wrong with those who listen to a router; nobody who is ``unclear`` is blamed."""
    advertising = advertisers(topology)
    for name, node in topology.nodes.items():
        listening = [network for network, link in node.links.items() if link.slaac]
        at = ("nodes", name, "links")
        if not listening or name in unclear:
            continue
        if node.forwards:
            what, hint = f"a {node.kind} does not listen to other routers", "leave 'ipv6: slaac' out"
            yield Complaint((*at, listening[0]), what, hint)
        elif len(listening) > 1:
            what = f"'{name}' makes its address on '{listening[0]}' already"
            yield Complaint((*at, listening[1]), what, "one is enough")
        elif not unclear:
            yield from (
                Complaint((*at, listening[0]), what, hint)
                for what, hint in _unheard(topology, listening[0], advertising, node.gateway)
            )


def _unheard(
    topology: Topology, network: str, advertising: Mapping[str, str], gateway: str | None
) -> Iterator[tuple[str, str]]:
    """Yield why the gateway of somebody who listens on a network is not heard there, and what to do."""
    if network not in advertising:
        yield f"no router tells '{network}' its prefix", "link a router to it"
    elif gateway in _routers(topology, network) and advertising[network] != gateway:
        yield f"on '{network}' it is '{advertising[network]}' that advertises", "take the same gateway as the others"


def _routers(topology: Topology, network: str) -> tuple[str, ...]:
    """Return the routers that have an IPv6 address of their own on a network."""
    links = {name: topology.nodes[name].links[network] for name in topology.members[network]}
    return tuple(name for name, link in links.items() if topology.nodes[name].forwards and link.ip6 and not link.slaac)
