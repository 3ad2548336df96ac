"""Addresses that are leased by DHCP: which node serves which network, and what cannot be so."""

from collections.abc import Iterator, Mapping

from lab.topology.model import KEY, Complaint, Pool, Topology
from lab.topology.words import did_you_mean


def servers(topology: Topology) -> Mapping[str, str]:
    """Return the node that leases addresses on each network: the first of those that do."""
    found: dict[str, str] = {}
    for name, node in topology.nodes.items():
        for network in node.pools:
            found.setdefault(network, name)
    return found


def relays(topology: Topology) -> Mapping[str, str]:
    """Return the node that passes requests of a network on to a server elsewhere."""
    return {network: name for name, node in topology.nodes.items() for network in node.relays}


def leases(topology: Topology, unclear: frozenset[str]) -> Iterator[Complaint]:
    """Yield what is wrong with those who ask for an address; nobody who is ``unclear`` is blamed."""
    served = servers(topology)
    for name, node in topology.nodes.items():
        leased = [network for network, link in node.links.items() if link.leased]
        at = ("nodes", name, "links")
        if not leased or name in unclear:
            continue
        if not node.may_lease:
            yield Complaint(
                (*at, leased[0]),
                f"a node of kind '{node.kind}' is found by an address that stays",
                "give it a host number",
            )
        elif len(leased) > 1:
            yield Complaint((*at, leased[1]), f"'{name}' asks for an address on '{leased[0]}' already", "one is enough")
        elif leased[0] not in served and not unclear:
            hint = "a 'dhcp' server or a 'home-router' leases them"
            yield Complaint((*at, leased[0]), f"nobody leases addresses on '{leased[0]}'", hint)


def pools(name: str, topology: Topology) -> Iterator[Complaint]:
    """Yield what is wrong with the pools of a node; places start at the mapping of its pools."""
    node, served = topology.nodes[name], servers(topology)
    for network, pool in node.pools.items():
        if network not in topology.networks:
            yield Complaint((network, KEY), f"network '{network}' does not exist", did_you_mean(network, node.links))
        elif served[network] != name:
            yield Complaint((network, KEY), f"'{served[network]}' leases the addresses of '{network}' already")
        elif network not in node.links and relays(topology).get(network) is None:
            hint = f"link it to '{network}', or have a router there relay them"
            yield Complaint((network, KEY), f"requests from '{network}' do not come to '{name}'", hint)
        else:
            for what, hint in _misfits(topology, network, pool):
                yield Complaint((network,), what, hint)


def _misfits(topology: Topology, network: str, pool: Pool) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the numbers of a pool, and what to do."""
    subnet = topology.networks[network].subnet
    last = subnet.num_addresses - 2
    if pool.first > pool.last:
        yield f"the pool ends with {pool.last}, before its first number {pool.first}", "exchange them"
        return
    if pool.last > last:
        yield f"host number {pool.last} is outside {subnet}", f"hosts are 1 to {last}"
        return
    base = int(subnet.network_address)
    links = {name: topology.nodes[name].links[network] for name in topology.members[network]}
    fixed = {name: int(link.ip.ip) - base for name, link in links.items() if link.ip}
    for name, number in fixed.items():
        if pool.first <= number <= pool.last:
            yield f"host number {number} is that of '{name}'", "let the pool begin behind it, or end before"
    dynamic = [name for name, link in links.items() if link.leased and link.ip is None]
    room = pool.last - pool.first + 1
    if room < len(dynamic):
        yield f"the pool has {room} addresses for {len(dynamic)} nodes: {', '.join(dynamic)}", "make it larger"
