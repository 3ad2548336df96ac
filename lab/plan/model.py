"""What a plan is: every address, MAC, route, file and command of a lab, decided before anything runs. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from lab.errors import InputError
from lab.kinds.kind import Setup


@dataclass(frozen=True)
class Interface:
    """One end of a wire: it carries the network's name inside the node, and ``port`` is its other end in the switch."""

    node: str
    network: str
    address: IPv4Interface
    mac: str
    port: str

    @property
    def ip(self) -> str:
        """The address without its length, as scapy's patterns want it: "192.168.1.23"."""
        return str(self.address.ip)

    def __str__(self) -> str:
        return f"{self.node}:{self.network}"


@dataclass(frozen=True)
class Route:
    """Packets to ``to`` leave by the interface ``dev`` towards ``via``."""

    to: IPv4Network
    via: IPv4Address
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
    def mac(self) -> str:
        """The MAC of the first interface."""
        return self.interfaces[0].mac


@dataclass(frozen=True)
class Segment:
    """A network as the switch sees it: a bridge with its ports."""

    name: str
    subnet: IPv4Network
    bridge: str
    ports: tuple[Interface, ...]


@dataclass(frozen=True)
class Plan:
    """A whole lab: ``plan["victim"].ip``, ``plan["router"].on("lan").mac``."""

    topology: str
    segments: tuple[Segment, ...]
    nodes: Mapping[str, NodePlan]

    @cached_property
    def owners(self) -> Mapping[IPv4Address, Interface]:
        """The interface that has each address."""
        return {port.address.ip: port for segment in self.segments for port in segment.ports}

    def __getitem__(self, node: str) -> NodePlan:
        """Return a node; raises ``InputError`` with those that there are."""
        if node not in self.nodes:
            raise InputError(f"the topology '{self.topology}' has no node '{node}'; it has {', '.join(self.nodes)}")
        return self.nodes[node]

    def segment(self, network: str) -> Segment:
        """Return a network; raises ``InputError`` with those that there are."""
        named = {segment.name: segment for segment in self.segments}
        if network not in named:
            raise InputError(f"the topology '{self.topology}' has no network '{network}'; it has {', '.join(named)}")
        return named[network]
