"""What a kind of node is: a topology's node that knows how to set itself up. One kind, one file in this folder."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from lab.errors import InputError
from lab.topology.model import Node, Topology


@dataclass(frozen=True)
class File:
    """A file that the wiring writes into a node before its service starts; owned by root, readable by all."""

    path: str
    content: str
    mode: int = 0o644


@dataclass(frozen=True)
class Question:
    """What proves that a service is ready: ``send`` these bytes to the loopback port, and the answer fits ``expect``.

    ``transport`` is "udp" or "tcp"; ``expect`` is a regular expression over bytes (re.DOTALL), searched in the answer.
    """

    transport: str
    port: int
    send: bytes
    expect: bytes


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
    """An nftables script for the node's own network namespace."""
    ready: Question | None = None
    answers: str = ""
    """What a user finds there, for the table after ``up``: "DNS on port 53"."""


@dataclass(frozen=True)
class Surroundings:
    """What a node may know when it is set up: its own name and the whole topology."""

    name: str
    topology: Topology


class Kind(Node):
    """Subclass it in a file of ``lab/kinds`` and the fields become the options of the YAML mapping.

    ``class Dns(Kind, name="dns")`` registers itself under that name. Raises ``InputError`` when the name is taken.
    """

    registry: ClassVar[dict[str, type["Kind"]]] = {}
    packages: ClassVar[tuple[str, ...]] = ()
    """Debian packages that the kind's programs come from; the node image holds the packages of all kinds."""

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
