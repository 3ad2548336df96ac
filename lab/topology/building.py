"""From a document's plain value to a topology: each network, link and node on its own, and what is wrong with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, NoReturn, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from pydantic_core import PydanticCustomError

from lab.topology import links
from lab.topology.links import LinkOptions
from lab.topology.model import (
    ETHERNET_MTU,
    KEY,
    Complaint,
    Delays,
    Frozen,
    Link,
    Network,
    NetworkName,
    Node,
    NodeName,
    Routing,
    System,
    Topology,
)
from lab.topology.sentences import Path, complaints, found
from lab.topology.words import did_you_mean, nearest

_UNFIT = tuple(map(IPv4Network, ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3")))  # this host, loopback, multicast and up
_FIT6 = tuple(map(IPv6Network, ("2000::/3", "fc00::/7")))  # global unicast, unique local
_LONGEST_PREFIX = 96  # the digits of a host number in a /8 fill 32 bits

LEAST_MTU, LEAST_MTU_IPV6 = 68, 1280
"""What every link must carry: RFC 791 section 3.2, RFC 8200 section 5."""

M = TypeVar("M", bound=BaseModel)


def _subnet(value: object) -> IPv4Network:
    """Return the subnet that a text means; raises the pydantic error that says what is wrong with it."""
    if not isinstance(value, str) or "/" not in value:
        _refuse(f"expected a subnet, found {found(value)}", "write it like 192.168.1.0/24")
    try:
        subnet = IPv4Network(value, strict=False)
    except ValueError:
        _refuse(f"'{value}' is no IPv4 subnet", "write it like 192.168.1.0/24")
    if value.partition("/")[0] != str(subnet.network_address):
        _refuse(f"'{value}' is an address in a subnet, not a subnet", f"did you mean '{subnet}'?")
    if subnet.prefixlen == 32:
        _refuse(f"'{value}' has room for one address only", "a cable needs at least a /31")
    if any(subnet.overlaps(unfit) for unfit in _UNFIT):
        _refuse(f"no host can have an address of '{value}'", "take private addresses, such as 10.0.0.0/8 holds")
    return subnet


def _refuse(what: str, hint: str) -> NoReturn:
    raise PydanticCustomError("subnet", "{what}; {hint}", {"what": what, "hint": hint})


def _prefix(value: object) -> IPv6Network:
    """Return the IPv6 prefix that a text means; raises the pydantic error that says what is wrong with it."""
    if not isinstance(value, str) or "/" not in value:
        _refuse(f"expected an IPv6 prefix, found {found(value)}", "write it like 2001:db8:1::/64")
    try:
        prefix = IPv6Network(value)
    except ValueError:
        _refuse(f"'{value}' is no IPv6 prefix", "write it like 2001:db8:1::/64")
    if prefix.prefixlen > _LONGEST_PREFIX or not any(prefix.subnet_of(fit) for fit in _FIT6):
        _refuse(f"hosts cannot have addresses of '{value}'", "take 2001:db8::/32, which is for examples (RFC 3849)")
    return prefix


Subnet = Annotated[IPv4Network, BeforeValidator(_subnet)]

Prefix = Annotated[IPv6Network, BeforeValidator(_prefix)]


class Outline(Frozen):
    """A lab: networks, and the nodes on them."""

    name: NodeName
    """What the lab is called."""
    routing: Routing = "static"
    """How routers know their ways: `static`, as the plan computes them, or `bgp`, from each other."""
    delays: Delays = "any"
    """What delays frames: the `kernel`, a `program`, which can also reorder and duplicate them, or `any` of the two."""
    systems: Mapping[NodeName, Any] = {}
    """The autonomous systems by name: who runs which routers."""
    networks: Mapping[NetworkName, Any]
    """The networks by name."""
    nodes: Mapping[NodeName, Any]
    """The nodes by name."""


class NetworkOptions(Frozen):
    """A network, written out; the subnet alone means the same."""

    subnet: Subnet
    """The addresses of the network, such as 192.168.1.0/24."""
    ipv6: Prefix | None = None
    """The IPv6 prefix of the network, if it speaks IPv6 too: 2001:db8:1::/64."""
    mtu: Annotated[int, Field(ge=LEAST_MTU, le=ETHERNET_MTU)] = ETHERNET_MTU
    """How many bytes a packet on it may have (IPv6 needs 1280)."""
    backup: bool = False
    """Whether it is used only where no other way leads."""


class Unclear(Node):
    """Stands in for a node that is not understood, so that the rest of the topology can be checked."""

    kind = "unclear"


@dataclass(frozen=True)
class Draft:
    """A topology as far as it is understood; nobody is blamed for what a node in ``unclear`` may be."""

    topology: Topology
    unclear: frozenset[str]
    adrift: frozenset[str]
    """Those of them that miss a link that they should have."""
    complaints: tuple[Complaint, ...]


def build(value: object, kinds: Mapping[str, type[Node]]) -> Draft:
    """Make a topology of a document's value, and complain about everything that is wrong with a part of it."""
    return _Builder(kinds).draft(value)


class _Builder:
    """Turns parts of a document into parts of the model, and keeps the complaints."""

    def __init__(self, kinds: Mapping[str, type[Node]]) -> None:
        self.kinds = kinds
        self.complaints: list[Complaint] = []
        self.networks: dict[str, Network | None] = {}  # None: it is there, but not understood
        self.unclear: set[str] = set()
        self.adrift: set[str] = set()
        self.topology = ""

    def draft(self, value: object) -> Draft:
        self.validated(Outline, value, ())
        outline = value if isinstance(value, dict) else {}
        self.topology = str(outline.get("name"))
        self.networks = {name: self.network(name, options) for name, options in self.entries(outline, "networks")}
        systems = {name: self.system(name, options) for name, options in _entries(outline.get("systems"))}
        nodes = {name: self.node(name, options) for name, options in self.entries(outline, "nodes")}
        known = {name: network for name, network in self.networks.items() if network}
        topology = Topology.model_construct(
            name=self.topology,
            networks=known,
            nodes=nodes,
            systems={name: system for name, system in systems.items() if system},
            routing="bgp" if outline.get("routing") == "bgp" else "static",
            delays=_delays(outline.get("delays")),
        )
        unclear = frozenset(self.unclear | self.adrift)
        return Draft(topology, unclear, frozenset(self.adrift), tuple(self.complaints))

    def entries(self, outline: Mapping[str, Any], key: str) -> Iterable[tuple[str, Any]]:
        if outline.get(key) == {}:
            self.complain((key,), f"there are no {key}")
        return _entries(outline.get(key))

    def complain(self, at: Path, what: str, hint: str = "") -> None:
        self.complaints.append(Complaint(at, what, hint))

    def validated(self, model: type[M], value: object, at: Path) -> M | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            self.complaints += complaints(error, at, model)
            return None

    def network(self, name: str, value: object) -> Network | None:
        written_out = value if isinstance(value, dict) else {"subnet": value}
        options = self.validated(NetworkOptions, written_out, ("networks", name))
        if options and options.ipv6 and options.mtu < LEAST_MTU_IPV6:
            what = f"'{name}' carries {options.mtu} bytes, and IPv6 needs {LEAST_MTU_IPV6}"
            self.complain(("networks", name, "mtu"), what, "RFC 8200, section 5")
        return Network.model_construct(name=name, **dict(options)) if options else None

    def system(self, name: str, value: object) -> System | None:
        written_out = value if isinstance(value, dict) else {"number": value}
        return self.validated(System, written_out, ("systems", name))

    def node(self, name: str, value: object) -> Node:
        before = len(self.complaints)
        node = self.understood(name, value)
        if len(self.complaints) > before:
            self.unclear.add(name)
        return node

    def understood(self, name: str, value: object) -> Node:
        """Return the node without the options that are wrong, or what stands in for it when too little is left."""
        at = ("nodes", name)
        if not isinstance(value, dict):
            self.complain(
                at, f"expected a mapping, found {found(value)}", "write it like {kind: host, links: {lan: 23}}"
            )
            return Unclear.model_construct(links={})
        links = self.links(name, value)
        kind = self.kind(at, value)
        if kind is None:
            return Unclear.model_construct(links=links)
        options = {key: option for key, option in value.items() if key != "kind"} | {"links": links}
        try:
            return kind.model_validate(options)
        except ValidationError as error:
            self.complaints += complaints(error, at, kind, also=("kind",))
            return _repaired(kind, options, error) or Unclear.model_construct(links=links)

    def kind(self, at: Path, value: Mapping[str, Any]) -> type[Node] | None:
        kinds = f"the kinds are {', '.join(sorted(self.kinds))}"
        if "kind" not in value:
            self.complain((*at, KEY), "key 'kind' is missing", kinds)
            return None
        kind = value["kind"]
        if not isinstance(kind, str):
            self.complain((*at, "kind"), f"expected a kind of node, found {found(kind)}")
        elif kind not in self.kinds:
            hint = f"{nearest(kind, self.kinds)} {kinds}".strip()
            self.complain((*at, "kind"), f"kind '{kind}' does not exist", hint)
        return self.kinds.get(kind) if isinstance(kind, str) else None

    def links(self, name: str, value: Mapping[str, Any]) -> dict[str, Link]:
        """Return the links that are understood; a node that has not all of its links is adrift."""
        written, at = value.get("links"), ("nodes", name, "links")
        if "links" not in value:
            self.complain(("nodes", name, KEY), "key 'links' is missing", "a node needs a link to a network")
        elif not isinstance(written, dict):
            self.complain(at, f"expected a mapping, found {found(written)}", "write it like {lan: 23}")
        elif not written:
            self.complain(at, f"'{name}' has no link", "a node needs a link to a network")
        read = {network: self.link(name, network, link) for network, link in _entries(written)}
        if None in read.values() or not read:
            self.adrift.add(name)
        return {network: link for network, link in read.items() if link}

    def link(self, node: str, network: str, value: object) -> Link | None:
        at = ("nodes", node, "links", network)
        options = self.link_options(at, value, self.networks.get(network))
        if network not in self.networks:
            self.complain((*at, KEY), f"network '{network}' does not exist", did_you_mean(network, self.networks))
        place = self.networks.get(network)
        if options is None or place is None:
            return None
        misfits = tuple(links.misfits(options, place))
        self.complaints += [Complaint((*at, *misfit.at), misfit.what, misfit.hint) for misfit in misfits]
        return None if misfits else links.link(self.topology, node, place, options)

    def link_options(self, at: Path, value: object, network: Network | None) -> LinkOptions | None:
        match value:
            case dict():
                return self.validated(LinkOptions, value, at)
            case int() if not isinstance(value, bool):
                return LinkOptions(host=value)
            case "dhcp":
                return LinkOptions(dhcp=True)
            case _:
                what = f"expected a host number, found {found(value)}"
                self.complain(at, what, links.number_hint(value, network) or "write it like 23")
                return None


def _delays(value: object) -> Delays:
    """Return what was said, if it is one of the words."""
    said: Iterable[Delays] = get_args(Delays)
    return next((word for word in said if word == value), "any")


def _entries(value: object) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _repaired(kind: type[Node], options: dict[str, Any], error: ValidationError) -> Node | None:
    """Return the node without the values that ``error`` is about, or None when it cannot be without them."""
    wrong = [tuple(step for step in details["loc"] if step != KEY) for details in error.errors(include_url=False)]
    try:
        return kind.model_validate(_without(options, wrong))
    except ValidationError:
        return None


def _without(value: Any, paths: list[tuple[int | str, ...]]) -> Any:
    if not isinstance(value, dict):
        return value
    gone = {path[0] for path in paths if len(path) == 1}
    return {
        key: _without(part, [path[1:] for path in paths if len(path) > 1 and path[0] == key])
        for key, part in value.items()
        if key not in gone
    }
