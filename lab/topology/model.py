"""What a topology is: networks, and nodes of some kind that are linked to them. Frozen values, no I/O."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, StringConstraints

NodeName = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
"""A host name: one label of RFC 1123 section 2.1, in lower case."""

NetworkName = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,13}[a-z0-9])?$")]
"""Also the name of the interface on that network, and Linux allows an interface 15 characters."""


class Frozen(BaseModel):
    """A value that never changes, and that takes no key it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Network(Frozen):
    """A broadcast domain: a switch with one port per linked interface; with two ports it is a cable."""

    name: NetworkName
    subnet: IPv4Network


class Link(Frozen):
    """A node's place on a network; ``ip`` is its address with the length of the subnet, as in 192.168.1.23/24."""

    network: NetworkName
    ip: IPv4Interface
    mac: str


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a value of a topology: where (keys from the root of the document), what, and what to do."""

    at: tuple[str | int, ...]
    what: str
    hint: str = ""


class Node(Frozen):
    """What all kinds of node have in common; a kind (``lab.kinds``) adds its own options as fields."""

    kind: ClassVar[str]

    links: Mapping[NetworkName, Link]
    gateway: NodeName | None = None
    resolver: NodeName | None = None

    @property
    def forwards(self) -> bool:
        """Whether packets that are not for this node are passed on, as a router does."""
        return False

    @property
    def nat_networks(self) -> frozenset[str]:
        """The networks towards which this node hides what is behind it."""
        return frozenset()

    @property
    def resolves(self) -> bool:
        """Whether hosts may take this node as their resolver."""
        return False

    @property
    def ip(self) -> IPv4Address:
        """The first address: the one that other nodes' names and records mean."""
        return next(iter(self.links.values())).ip.ip

    def complaints(self, name: str, topology: "Topology") -> Iterator[Complaint]:
        """Yield what is wrong with the options of this node, called ``name``; places start at the node's mapping."""
        yield from ()


class Topology(Frozen):
    """A lab on paper: ``networks`` and ``nodes`` by name, in the order of the file."""

    name: NodeName
    networks: Mapping[str, Network]
    nodes: Mapping[str, Node]

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the nodes on each network, in the order of the file."""
        return {
            network: tuple(name for name, node in self.nodes.items() if network in node.links)
            for network in self.networks
        }
