"""What a topology is: networks, and nodes of some kind that are linked to them. Frozen values, no I/O."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Interface, IPv6Network
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from lab.errors import InputError


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

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, use_attribute_docstrings=True, defer_build=True
    )


ETHERNET_MTU = 1500
"""What a frame carries at most, unless a network says less (RFC 894)."""


class Network(Frozen):
    """A broadcast domain: a switch with one port per linked interface; with two ports it is a cable."""

    name: NetworkName
    subnet: IPv4Network
    ipv6: IPv6Network | None = None
    mtu: int = ETHERNET_MTU
    backup: bool = False
    """Whether it is used only where no other way leads."""


class Impairment(Frozen):
    """What a wire does to the frames on it; zero is for what it does not do.

    ``delay`` and ``rate`` hold for both directions, ``loss`` for what the node sends.
    """

    delay: int = 0
    """Microseconds that each frame is on its way."""
    rate: int = 0
    """Bits that pass in a second."""
    loss: int = 0
    """Every how-manieth IP packet is lost: 3 is the third, the sixth and so on."""


UNIMPAIRED = Impairment()


class Link(Frozen):
    """A node's place on a network; ``ip`` is its address with the length of the subnet, as in 192.168.1.23/24.

    ``leased`` is an address that a DHCP server hands out; without a reservation nobody knows it before: ``ip`` is None.
    ``slaac`` is an IPv6 address that the node makes itself of what its router advertises (RFC 4862).
    """

    network: str
    ip: IPv4Interface | None
    mac: str
    leased: bool = False
    ip6: IPv6Interface | None = None
    slaac: bool = False
    impairment: Impairment = UNIMPAIRED

    @property
    def address(self) -> IPv4Address:
        """The address alone. Raises ``InputError`` for one that nobody knows before it is leased."""
        if self.ip is None:
            raise InputError(f"the address on '{self.network}' is leased by DHCP, so nobody knows it before")
        return self.ip.ip


PlaceName = Annotated[
    str, Spelling("name of a place", r"[^\W\d_]([\w .,'’()-]{0,60}[\w.)])?", "use up to 62 letters, spaces, dots")
]

TimeZone = Annotated[
    str, Spelling("time zone", r"[A-Z][A-Za-z_]*(/[A-Z][A-Za-z0-9_+-]*){0,2}", "write it like America/New_York")
]


class Place(Frozen):
    """Where a node stands."""

    city: PlaceName
    """The city, as people call it."""
    country: PlaceName
    """The country, as people call it."""
    at: tuple[Annotated[float, Field(ge=-90, le=90)], Annotated[float, Field(ge=-180, le=180)]]
    """Latitude and longitude in degrees, north and east counted up (WGS 84)."""
    zone: TimeZone
    """The time zone's name in the tz database: America/New_York."""


DomainName = Annotated[
    str,
    Spelling(
        "domain name",
        r"(?!.{254})[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*",
        "write it in lower case without a last dot: python.org",
    ),
]
"""A domain name, RFC 1123 section 2.1."""


class System(Frozen):
    """An autonomous system: the part of an internet that one provider runs (RFC 1930)."""

    number: Annotated[int, Field(ge=1, le=4_294_967_294)]
    """Its number, the same for all of its routers."""
    domain: DomainName | None = None
    """The domain below which its routers have their names."""


Number = Annotated[int, Field(ge=1)]


class Pool(Frozen):
    """The host numbers that a DHCP server hands out on a network, first and last included."""

    first: Number
    """The first host number."""
    last: Number
    """The last host number."""
    lease: Annotated[int, Field(ge=120, le=2_592_000)] = 43_200
    """Seconds for which an address is leased; after half of them the client asks again (RFC 2131, 4.4.5)."""


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
    place: Place | None = None
    """Where it stands."""
    system: NodeName | None = None
    """The provider that runs it: one of the topology's systems."""

    @property
    def forwards(self) -> bool:
        """Whether packets that are not for this node are passed on, as a router does."""
        return False

    @property
    def nat_networks(self) -> frozenset[str]:
        """The networks towards which this node hides what is behind it."""
        return frozenset()

    @property
    def more_numbers(self) -> Mapping[str, tuple[range, ...]]:
        """For a network, the host numbers there that this node answers for beside its own."""
        return {}

    @property
    def resolves(self) -> bool:
        """Whether hosts may take this node as their resolver."""
        return False

    @property
    def has_names(self) -> bool:
        """Whether its interfaces have names, where the provider that runs it has a domain: those of routers do."""
        return False

    @property
    def may_lease(self) -> bool:
        """Whether it may ask for its address by DHCP; a server is found by an address that stays."""
        return False

    @property
    def pools(self) -> Mapping[str, Pool]:
        """For each network, the addresses that it leases there by DHCP."""
        return {}

    @property
    def relays(self) -> Mapping[str, str]:
        """For each network whose DHCP requests it passes on, the server that gets them."""
        return {}

    @property
    def preferences(self) -> Mapping[str, str]:
        """For a network, the next router that gets the packets for it, whatever is shortest."""
        return {}

    @property
    def first(self) -> Link:
        """The first link: the one that other nodes' names and records mean."""
        return next(iter(self.links.values()))

    @property
    def stays(self) -> bool:
        """Whether its first address is known before it is up, so that a name can mean it."""
        return not self.links or self.first.ip is not None

    @property
    def ip(self) -> IPv4Address:
        """The first address. Raises ``InputError`` for one that nobody knows before it is leased."""
        return self.first.address

    @property
    def speaks_ipv6(self) -> bool:
        """Whether it has an IPv6 address."""
        return any(link.ip6 for link in self.links.values())

    def complaints(self, name: str, topology: "Topology") -> Iterator[Complaint]:
        """Yield what is wrong with the options of this node, called ``name``; places start at the node's mapping."""
        yield from ()


Routing = Literal["static", "bgp"]
"""How routers know their ways: by what the plan computes, or by what they tell each other."""


Delays = Literal["any", "kernel", "program"]
"""What may delay frames: the kernel where it can and else a program, or one of them alone."""


class Topology(Frozen):
    """A lab on paper: ``networks`` and ``nodes`` by name, in the order of the file."""

    name: NodeName
    networks: Mapping[str, Network]
    nodes: Mapping[str, Node]
    systems: Mapping[str, System] = {}
    routing: Routing = "static"
    delays: Delays = "any"

    @property
    def with_ipv6(self) -> Self:
        """The part of it that speaks IPv6: those networks, and all nodes with their links to them."""
        networks = {name: network for name, network in self.networks.items() if network.ipv6}
        nodes = {
            name: node.model_copy(update={"links": {at: link for at, link in node.links.items() if link.ip6}})
            for name, node in self.nodes.items()
        }
        return self.model_copy(update={"networks": networks, "nodes": nodes})

    def speaks_bgp(self, name: str) -> bool:
        """Tell whether a node learns its routes from its neighbours: a provider's router, where the routing is BGP."""
        node = self.nodes[name]
        return self.routing == "bgp" and node.forwards and node.system is not None

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the nodes on each network, in the order of the file."""
        members: dict[str, list[str]] = {network: [] for network in self.networks}
        for name, node in self.nodes.items():
            for network in node.links:
                members[network].append(name)
        return {network: tuple(names) for network, names in members.items()}
