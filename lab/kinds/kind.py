"""What a kind of node is: a topology's node that knows how to set itself up. One kind, one file in this folder."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface
from typing import ClassVar

from lab.errors import InputError
from lab.topology.model import Node, Topology
from lab.topology.roads import Roads


@dataclass(frozen=True)
class File:
    """A file that the wiring writes into a node before its service starts; owned by root, readable by all."""

    path: str
    content: str
    mode: int = 0o644


@dataclass(frozen=True)
class Question:
    """What proves that a service is ready: ``send`` these bytes to the loopback port, and the answer fits ``expect``.

    ``transport`` is "udp" or "tcp", or "unix" for the socket at ``path``, or "file" for what stands in the file at
    ``path``, or "kernel" for the kernel's table ``path`` about the node's network (proc(5), /proc/net); ``expect`` is a
    regular expression over bytes (re.DOTALL), searched in the answer.
    """

    transport: str
    port: int
    send: bytes
    expect: bytes
    path: str = ""
    whole: bytes = b""
    """What an answer looks like that is at its end, for a service that keeps the connection open after it."""


@dataclass(frozen=True)
class Setup:
    """What a kind makes of its node: the daemon's command (none: the node only waits), its files and its needs."""

    command: tuple[str, ...] = ()
    user: str = "nobody"
    login: str = ""
    """Who runs what is started in the node later, if not ``user``: where only few programs need what root may do."""
    files: tuple[File, ...] = ()
    capabilities: frozenset[str] = frozenset()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    firewall: str = ""
    """An nftables script for the node's own network namespace; loaded again, it replaces what it loaded before."""
    more_addresses: Mapping[str, tuple[IPv4Interface, ...]] = field(default_factory=dict)
    """For a network, the addresses there that the node answers for beside its own."""
    ready: tuple[Question, ...] = ()
    forgets: tuple[Question, ...] = ()
    """What has its services forget all that they learnt, and their answers then."""
    answers: str = ""
    """What a user finds there, for the table after ``up``: "DNS on port 53"."""


@dataclass(frozen=True)
class Service:
    """A daemon, for a node that may have several of them: they share its user, who is root if any of them needs it."""

    command: tuple[str, ...]
    user: str = "nobody"
    files: tuple[File, ...] = ()
    capabilities: frozenset[str] = frozenset()
    ready: tuple[Question, ...] = ()
    forgets: Question | None = None


def with_services(setup: Setup, services: Sequence[Service]) -> Setup:
    """Return a setup that runs these daemons as well; the end of one of them is the end of the node."""
    if not services:
        return setup
    commands = [service.command for service in services]
    several = ("/usr/lib/wiretale/several", *(word for command in commands for word in (*command, "--")))
    users = {service.user for service in services}
    return replace(
        setup,
        command=commands[0] if len(commands) == 1 else several,
        user=users.pop() if len(users) == 1 else "root",
        login=setup.login or setup.user,
        files=(*setup.files, *(file for service in services for file in service.files)),
        capabilities=setup.capabilities.union(*(service.capabilities for service in services)),
        ready=(*setup.ready, *(question for service in services for question in service.ready)),
        forgets=(*setup.forgets, *(service.forgets for service in services if service.forgets)),
    )


@dataclass(frozen=True)
class Surroundings:
    """What a node may know when it is set up: its own name, the whole topology, and the ways through it."""

    name: str
    topology: Topology
    known_roads: Roads | None = None

    @property
    def roads(self) -> Roads:
        """The ways through the topology; many nodes may share them."""
        return self.known_roads or Roads(self.topology)


class Kind(Node):
    """Subclass it in a file of ``lab/kinds`` and the fields become the options of the YAML mapping.

    ``class Dns(Kind, name="dns")`` registers itself under that name. Raises ``InputError`` when the name is taken.
    """

    registry: ClassVar[dict[str, type["Kind"]]] = {}
    packages: ClassVar[tuple[str, ...]] = ()
    """Debian packages that the kind's programs come from; a node image holds the packages of many kinds."""
    is_large: ClassVar[bool] = False
    """Whether these packages are in the large image alone, which is made when the first lab needs it."""

    def __init_subclass__(cls, *, name: str, **options: object) -> None:
        super().__init_subclass__(**options)  # type: ignore[arg-type]
        taken = Kind.registry.setdefault(name, cls)
        if taken is not cls:
            raise InputError(f"two kinds are called '{name}': {_place(taken)} and {_place(cls)}; rename one of them")
        cls.kind = name

    def setup(self, around: Surroundings) -> Setup:
        """Return what this kind makes of its node. Pure: the same surroundings, the same setup."""
        return Setup()


def _place(kind: type[Kind]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
