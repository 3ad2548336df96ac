"""What a topology is: networks, and nodes of some kind that are linked to them. Frozen values, no I/O."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


@dataclass(frozen=True)
class Spelling:
    """How a word of the language is spelt: what it is called, its pattern, and how to write one."""

    called: str
    pattern: str
    advice: str

    def checked(self, word: str) -> str:
        """Return ``word``; raises the pydantic error that the checker turns into a problem with its place."""
        if re.fullmatch(self.pattern, word):
            return word
        told = {"what": f"'{word}' is no {self.called}", "hint": self.advice}
        raise PydanticCustomError("spelling", "{what}; {hint}", told)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.checked, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), "pattern": f"^({self.pattern})$"}


NodeName = Annotated[
    str,
    Spelling(
        "host name",
        r"(?!localhost$)[a-z]([a-z0-9-]{0,61}[a-z0-9])?",
        "use up to 63 lower-case letters, digits and inner hyphens, a letter first",
    ),
]
"""A host name: one label of RFC 1123 section 2.1, in lower case."""

NetworkName = Annotated[
    str,
    Spelling(
        "network name",
        r"(?!(lo|all|default)$)[a-z]([a-z0-9-]{0,13}[a-z0-9])?",
        "use up to 15 lower-case letters, digits and inner hyphens, a letter first, but not lo, all or default",
    ),
]
"""Also the name of the interface on that network, and Linux allows an interface 15 characters.

``lo`` is every node's own; ``all`` and ``default`` stand for every interface in the kernel's settings.
"""


class Frozen(BaseModel):
    """A value that never changes, and that takes no key it does not know; docstrings describe its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, use_attribute_docstrings=True)


class Network(Frozen):
    """A broadcast domain: a switch with one port per linked interface; with two ports it is a cable."""

    name: NetworkName
    subnet: IPv4Network


class Link(Frozen):
    """A node's place on a network; ``ip`` is its address with the length of the subnet, as in 192.168.1.23/24."""

    network: str
    ip: IPv4Interface
    mac: str


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a value of a topology: where (keys from the root of the document), what, and what to do.

    A place that ends with ``KEY`` means the last key itself instead of the value behind it.
    """

    at: tuple[str | int, ...]
    what: str
    hint: str = ""


KEY = "[key]"
"""pydantic's own mark for "the key, not its value"."""


class Node(Frozen):
    """What all kinds of node have in common; a kind (``lab.kinds``) adds its own options as fields."""

    kind: ClassVar[str]

    links: Mapping[str, Link]
    """The networks that the node is on, each with its host number there."""
    gateway: NodeName | None = None
    """The router that gets the packets for everywhere else; needed where there are several."""
    resolver: NodeName | None = None
    """The name server to ask, when it is not to be the nearest."""

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
        members: dict[str, list[str]] = {network: [] for network in self.networks}
        for name, node in self.nodes.items():
            for network in node.links:
                members[network].append(name)
        return {network: tuple(names) for network, names in members.items()}
