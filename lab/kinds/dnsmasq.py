"""dnsmasq: one small daemon that leases addresses, passes requests for them on, and forwards questions for names."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from lab.kinds import questions
from lab.kinds.kind import File, Service
from lab.kinds.rendering import rendered
from lab.topology.model import Node, Pool, Topology
from lab.topology.roads import Resolvers, Roads

_CONFIGURATION = "/etc/dnsmasq/lab.conf"
LEASES = "/run/dnsmasq.leases"
"""Where the server writes down who has which address until when."""

_DHCP_PORT = 67  # RFC 2131, section 4.1


@dataclass(frozen=True)
class Range:
    """The addresses that are leased on a network, what is told with them, and who has which one kept (name, MAC)."""

    network: str
    first: IPv4Address
    last: IPv4Address
    mask: IPv4Address
    seconds: int
    router: IPv4Address | None
    resolver: IPv4Address | None
    kept: tuple[tuple[str, str, IPv4Address], ...]


@dataclass(frozen=True)
class Names:
    """What is known of names: a domain of its own, the addresses in it, and the resolver that knows all others."""

    domain: str
    addresses: Mapping[str, IPv4Address]
    upstream: IPv4Address


def ranges(node: Node, topology: Topology, resolver: IPv4Address | None = None) -> Iterator[Range]:
    """Yield what a node leases; its clients are told ``resolver``, or else the nearest one."""
    roads = Roads(topology)
    resolvers = Resolvers(roads)
    for network, pool in node.pools.items():
        yield _range(network, pool, topology, roads, resolver or _nearest(network, topology, resolvers))


def _range(network: str, pool: Pool, topology: Topology, roads: Roads, resolver: IPv4Address | None) -> Range:
    subnet = topology.networks[network].subnet
    links = {name: topology.nodes[name].links[network] for name in topology.members[network]}
    gateway = next((gateway for name in links if links[name].leased and (gateway := roads.gateway(name))), None)
    return Range(
        network=network,
        first=subnet[pool.first],
        last=subnet[pool.last],
        mask=subnet.netmask,
        seconds=pool.lease,
        router=links[gateway].address if gateway in links else None,
        resolver=resolver,
        kept=tuple((name, link.mac, link.address) for name, link in links.items() if link.leased and link.ip),
    )


def _nearest(network: str, topology: Topology, resolvers: Resolvers) -> IPv4Address | None:
    """Return the resolver that is nearest to those on a network who lease their addresses."""
    leasing = (name for name in topology.members[network] if topology.nodes[name].links[network].leased)
    seat = next((seat for name in leasing if (seat := resolvers.of(name))), None)
    return topology.nodes[seat.name].links[seat.network].address if seat else None


def service(
    leased: Sequence[Range], relays: Sequence[tuple[IPv4Address, IPv4Address]] = (), names: Names | None = None
) -> Service:
    """Return dnsmasq in the foreground. ``relays`` are pairs: the address on the clients' network, and the server."""
    text = rendered("dnsmasq.conf", ranges=leased, relays=relays, names=names, leases=LEASES)
    return Service(
        command=("dnsmasq", "--no-daemon", f"--conf-file={_CONFIGURATION}"),
        user="root",
        files=(File(_CONFIGURATION, text),),
        capabilities=frozenset({"NET_ADMIN", "NET_RAW"} if relays else {"NET_ADMIN"}),
        ready=(questions.resolver() if names else questions.listens_on_udp(_DHCP_PORT),),
    )
