"""BGP in a router: bird, which tells its neighbours of the networks that it knows, and takes the best way it hears of.

Between systems this is plain BGP (RFC 4271). Inside a system each router is a member of a confederation (RFC 5065), so
that no router needs a session with any but its neighbours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from lab.kinds.kind import File, Question, Service, Surroundings
from lab.kinds.rendering import rendered
from lab.topology.model import Topology

_CONFIGURATION = "/etc/bgp/bird.conf"
_CONTROL = "/run/bird/bird.ctl"
_FIRST_MEMBER = 4_200_000_000
"""The first of the 4-octet AS numbers for private use (RFC 6996), of which each router has one inside its system."""

_ANSWERED = rb"(\n(0000|[89]\d\d\d) .*){2}"
"""How bird's answers to two commands end: with a code that says that this was all, or that it was wrong."""


@dataclass(frozen=True)
class Peer:
    """A router on the same network, with whom a session is held. Of two one calls, and the other is ``passive``."""

    name: str
    network: str
    own: IPv4Address
    address: IPv4Address
    number: int
    inside: bool
    backup: bool
    passive: bool

    @property
    def session(self) -> str:
        """What the session is called: the two may share several networks."""
        return f"{self.name}-{self.network}"


def peers(name: str, topology: Topology) -> Iterator[Peer]:
    """Yield the neighbours of a router that speak BGP, one for each network that they share."""
    node = topology.nodes[name]
    for network, link in node.links.items():
        for other in topology.members[network]:
            if other != name and topology.speaks_bgp(other):
                inside = topology.nodes[other].system == node.system
                yield Peer(
                    name=other,
                    network=network,
                    own=link.address,
                    address=topology.nodes[other].links[network].address,
                    number=_member(other, topology) if inside else _public(other, topology),
                    inside=inside,
                    backup=topology.networks[network].backup,
                    passive=name > other,
                )


def service(around: Surroundings) -> Service:
    """Return bird for a router that speaks BGP; it is ready when it has heard of every network that it should reach."""
    name, topology = around.name, around.topology
    text = rendered(
        "bird.conf",
        name=name,
        system=topology.nodes[name].system,
        number=_public(name, topology),
        member=_member(name, topology),
        router_id=topology.nodes[name].ip,
        peers=tuple(peers(name, topology)),
    )
    return Service(
        command=("bird", "-f", "-c", _CONFIGURATION, "-s", _CONTROL, "-P", "/run/bird/bird.pid"),
        user="root",
        files=(File(_CONFIGURATION, text),),
        capabilities=frozenset({"NET_ADMIN"}),
        ready=(_converged(around),),
    )


def _public(name: str, topology: Topology) -> int:
    return topology.systems[topology.nodes[name].system or ""].number


def _member(name: str, topology: Topology) -> int:
    speakers = [one for one in topology.nodes if topology.speaks_bgp(one)]
    return _FIRST_MEMBER + speakers.index(name)


def _converged(around: Surroundings) -> Question:
    """Ask bird for its sessions and routes: all sessions hold, and each network is reached by the right neighbour.

    Lines of an answer begin with a code, or with a blank for the same one as before; the order of routes is bird's.
    """
    name, topology = around.name, around.topology
    lines = [rf"{re.escape(peer.session)} +BGP +--- +up +\S+ +Established " for peer in peers(name, topology)]
    for network in topology.networks.values():
        hop = around.roads.towards(network.name).get(name)
        if hop is not None:
            source = f"{hop.via}-{hop.network}" if hop.via else "direct1"
            lines.append(rf"{re.escape(str(network.subnet))} +unicast \[{re.escape(source)} ")
    expect = r"\A0001 BIRD " + "".join(rf"(?=.*\n.{{0,5}}{line})" for line in lines)
    return Question("unix", 0, b"show protocols\nshow route primary\n", expect.encode(), path=_CONTROL, whole=_ANSWERED)
