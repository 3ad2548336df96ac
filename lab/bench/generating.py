"""Topologies of any size, as text: chains of routers, campuses of hosts, and two hosts on a wire."""

from collections.abc import Iterator
from math import isqrt

WIRE = """\
name: bench-wire
networks: {wire: 10.0.0.0/24}
nodes:
  sender: {kind: attacker, links: {wire: 1}}
  receiver: {kind: host, links: {wire: 2}}
"""
"""The least topology: one who sends frames of any making, and one who gets them."""


def chain(nodes: int) -> str:
    """Return a chain: a host at each end, and routers between them, each on a cable with the next one."""
    cables = [f"  c{number}: {_subnet(number)}" for number in range(nodes - 1)]
    return _topology(f"chain-{nodes}", cables, list(_links_of_a_chain(nodes)))


def _links_of_a_chain(nodes: int) -> Iterator[str]:
    last = nodes - 1
    yield "  n0: {kind: host, links: {c0: 1}}"
    for number in range(1, last):
        yield f"  n{number}: {{kind: router, links: {{c{number - 1}: 2, c{number}: 1}}}}"
    yield f"  n{last}: {{kind: host, links: {{c{last - 1}: 2}}}}"


def campus(nodes: int) -> str:
    """Return a campus: a backbone with a router for each building, and in the buildings about as many hosts each."""
    buildings = isqrt(nodes)
    networks = ["  backbone: 10.255.0.0/16", *(f"  b{number}: 10.0.{number}.0/24" for number in range(buildings))]
    routers = [f"  r{at}: {{kind: router, links: {{backbone: {at + 1}, b{at}: 1}}}}" for at in range(buildings)]
    hosts = [
        f"  h{number}: {{kind: host, links: {{b{number % buildings}: {number // buildings + 2}}}}}"
        for number in range(nodes - buildings)
    ]
    return _topology(f"campus-{nodes}", networks, [*routers, *hosts])


def _subnet(number: int) -> str:
    return f"10.{number >> 14}.{number >> 6 & 255}.{(number & 63) * 4}/30"


def _topology(name: str, networks: list[str], nodes: list[str]) -> str:
    return "\n".join([f"name: {name}", "networks:", *networks, "nodes:", *nodes, ""])
