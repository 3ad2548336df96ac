"""Packets on paper: the least number of hops, found without routes; a packet and its answer, sent by the routes."""

from collections import deque
from collections.abc import Iterator
from ipaddress import IPv4Address

from lab.plan import Interface, Plan
from lab.plan.routes import next_step
from lab.topology.model import Node, Topology


def least_hops(topology: Topology, made: Plan, source: str, goal: str) -> int:
    """Return how many hops ``source`` needs to the network ``goal`` at least, 0 when no way leads there."""
    node = topology.nodes[source]
    if goal in node.links:
        return 1
    if node.forwards:
        return _from_router(topology, source, goal)
    if not made[source].routes:
        return 0
    beyond = _from_router(topology, made.owners[made[source].routes[0].via].node, goal)
    return 1 + beyond if beyond else 0


def _from_router(topology: Topology, start: str, goal: str) -> int:
    waiting, seen = deque([(start, "", 1)]), set()
    while waiting:
        router, entrance, hops = waiting.popleft()
        ways = [network for network in topology.nodes[router].links if _open(topology.nodes[router], entrance, network)]
        if goal in ways:
            return hops
        for step in ((other, network) for network in ways for other in topology.members[network]):
            if topology.nodes[step[0]].forwards and step not in seen:
                seen.add(step)
                waiting.append((*step, hops + 1))
    return 0


def _open(router: Node, entrance: str, way_out: str) -> bool:
    return entrance not in router.nat_networks or way_out in router.nat_networks


def answered(topology: Topology, made: Plan, source: str, goal: IPv4Address) -> bool:
    """Tell whether a packet gets to ``goal`` and its answer comes back, through every address translation."""
    senders: list[IPv4Address] = []
    for node, way_out in _sendings(made, source, goal):
        if node == source or way_out.network in topology.nodes[node].nat_networks:
            senders.append(way_out.address.ip)
    legs = [goal, *reversed(senders)]  # the answer goes to each sender's address, and from there to the one before
    starts = [source, *(made.owners[address].node for address in legs)]
    return all(_arrives(made, start, address) for start, address in zip(starts, legs, strict=False))


def _arrives(made: Plan, start: str, goal: IPv4Address) -> bool:
    ends = [start, *(made.owners[next_step(made[node], goal)].node for node, _ in _sendings(made, start, goal))]
    return ends[-1] == made.owners[goal].node


def _sendings(made: Plan, start: str, goal: IPv4Address) -> Iterator[tuple[str, Interface]]:
    """Yield each node that sends the packet, with the interface that it leaves by."""
    at = start
    for _ in range(50):
        step = next_step(made[at], goal)
        if at == made.owners[goal].node or step not in made.owners:
            return
        yield at, made[at].on(made.owners[step].network)
        at = made.owners[step].node
