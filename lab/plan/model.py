"""What a plan is: every address, MAC, route, file and command of a lab, decided before anything runs. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network

from lab.errors import InputError
from lab.kinds.kind import Setup
from lab.topology.links import link_local
from lab.topology.model import ETHERNET_MTU, UNIMPAIRED, Delays, Impairment, Place, System

Address = IPv4Address | IPv6Address

_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


@dataclass(frozen=True)
class Interface:
    """One end of a wire: it carries the network's name inside the node, and ``port`` is its other end in the switch.

    ``address`` is None where a DHCP server leases one that nobody knows before; ``slaac`` is an IPv6 address that the
    node makes itself. ``more`` are further addresses, for which a NAT answers.
    """

    node: str
    network: str
    address: IPv4Interface | None
    mac: str
    port: str
    mtu: int = ETHERNET_MTU
    leased: bool = False
    address6: IPv6Interface | None = None
    slaac: bool = False
    more: tuple[IPv4Interface, ...] = ()
    impairment: Impairment = UNIMPAIRED

    @property
    def is_delayed(self) -> bool:
        """Whether its frames are on their way for a while."""
        return self.impairment.delay > 0

    @property
    def entry(self) -> str:
        """The port of the bridge by which its frames come in: beyond the wire that delays them, if one does."""
        return f"d{self.port[1:]}" if self.is_delayed else self.port

    @property
    def ip(self) -> str:
        """The IPv4 address without its length, as scapy's patterns want it: "192.168.1.23". Raises ``InputError``."""
        if self.address is None:
            raise InputError(f"{self} leases its address by DHCP, so the plan does not know it")
        return str(self.address.ip)

    @property
    def ip6(self) -> str:
        """The IPv6 address without its length. Raises ``InputError`` where it has none."""
        if self.address6 is None:
            raise InputError(f"{self} has no IPv6 address")
        return str(self.address6.ip)

    @property
    def link_local(self) -> str:
        """The IPv6 address for its own network alone, which it makes of its MAC. Raises ``InputError``."""
        return str(link_local(self.mac)) if self.ip6 else ""

    @property
    def addresses(self) -> tuple[IPv4Interface | IPv6Interface, ...]:
        """All addresses that are known before it is up."""
        return tuple(one for one in (self.address, self.address6, *self.more) if one is not None)

    def __str__(self) -> str:
        return f"{self.node}:{self.network}"


@dataclass(frozen=True)
class Route:
    """Packets to ``to`` leave by the interface ``dev`` towards ``via``."""

    to: IPv4Network | IPv6Network
    via: Address
    dev: str


@dataclass(frozen=True)
class NodePlan:
    """One node, planned to the last byte."""

    name: str
    kind: str
    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...]
    resolver: IPv4Address | None
    setup: Setup
    learns: tuple[Route, ...] = ()
    """The routes that it is expected to learn from its neighbours; ``routes`` are those that it is given."""
    after: tuple[str, ...] = ()
    """The nodes that must be ready before this one begins: those that lease it an address."""
    place: Place | None = None
    system: str | None = None

    def on(self, network: str) -> Interface:
        """Return the node's interface on ``network``; raises ``InputError`` with the networks that it has."""
        for interface in self.interfaces:
            if interface.network == network:
                return interface
        raise InputError(f"{self.name} is not on {network}, but on {', '.join(i.network for i in self.interfaces)}")

    @property
    def ip(self) -> str:
        """The first address: the one that names and records mean."""
        return self.interfaces[0].ip

    @property
    def ip6(self) -> str:
        """The first interface's IPv6 address."""
        return self.interfaces[0].ip6

    @property
    def mac(self) -> str:
        """The MAC of the first interface."""
        return self.interfaces[0].mac

    @property
    def learns_ways(self) -> bool:
        """Whether it learns more from its neighbours than where everything goes."""
        return any(route.to.prefixlen for route in self.learns)

    @property
    def speaks_ipv6(self) -> bool:
        """Whether it has an interface with an IPv6 address."""
        return any(end.address6 for end in self.interfaces)

    @property
    def listens(self) -> bool:
        """Whether it listens to a router, and makes an IPv6 address of what that advertises."""
        return any(end.slaac for end in self.interfaces)


@dataclass(frozen=True)
class Segment:
    """A network as the switch sees it: a bridge with its ports."""

    name: str
    subnet: IPv4Network
    bridge: str
    ports: tuple[Interface, ...]
    ipv6: IPv6Network | None = None
    mtu: int = ETHERNET_MTU

    @property
    def private(self) -> bool:
        """Whether its addresses are for use at home, in as many homes as like (RFC 1918)."""
        return any(self.subnet.subnet_of(private) for private in _PRIVATE)


@dataclass(frozen=True)
class Plan:
    """A whole lab: ``plan["victim"].ip``, ``plan["router"].on("lan").mac``."""

    topology: str
    segments: tuple[Segment, ...]
    nodes: Mapping[str, NodePlan]
    systems: Mapping[str, System] = field(default_factory=dict)
    delays: Delays = "any"

    @cached_property
    def ends(self) -> tuple[Interface, ...]:
        """All ends of wires, network by network."""
        return tuple(port for segment in self.segments for port in segment.ports)

    @cached_property
    def owners(self) -> Mapping[Address, Interface]:
        """The interface that has each address, as far as addresses are known before the lab is up."""
        local: dict[Address, Interface] = {link_local(end.mac): end for end in self.ends if end.address6}
        return {**local, **{address.ip: end for end in self.ends for address in end.addresses}}

    @cached_property
    def talking(self) -> frozenset[str]:
        """The networks on which all are routers that learn their routes from each other."""
        return frozenset(
            segment.name for segment in self.segments if all(self.nodes[end.node].learns_ways for end in segment.ports)
        )

    def __getitem__(self, node: str) -> NodePlan:
        """Return a node; raises ``InputError`` with those that there are."""
        if node not in self.nodes:
            raise InputError(f"the topology '{self.topology}' has no node '{node}'; it has {', '.join(self.nodes)}")
        return self.nodes[node]

    def segment(self, network: str) -> Segment:
        """Return a network; raises ``InputError`` with those that there are."""
        if network not in self._named:
            known = ", ".join(self._named)
            raise InputError(f"the topology '{self.topology}' has no network '{network}'; it has {known}")
        return self._named[network]

    @cached_property
    def _named(self) -> Mapping[str, Segment]:
        return {segment.name: segment for segment in self.segments}
