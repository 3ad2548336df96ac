"""What Wiretale asks of a container engine: ten verbs, spoken by the Docker engine and by the fake one of the tests.

Names of containers are unique in an engine; creating one claims its name, atomically. Implementations raise
``NotFound``, ``NameTaken`` and ``EngineError`` of ``lab.errors`` and nothing of their own.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

LONGEST_SILENCE = 60.0
"""Seconds for which a program in a container may say nothing while it is waited for."""


@dataclass(frozen=True)
class ContainerSpec:
    """A container before it exists. It never has a network of the engine's."""

    name: str
    image: str
    command: tuple[str, ...]
    hostname: str = ""
    user: str = "root"
    labels: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    capabilities: frozenset[str] = frozenset()
    sysctls: Mapping[str, str] = field(default_factory=dict)
    sees_host_processes: bool = False
    keeps_input: bool = False
    """Standard input stays open until the one client that attached to it goes away."""
    vanishes: bool = False
    """The engine removes the container when its first process ends."""
    memory_mb: int = 256
    processes: int = 256


@dataclass(frozen=True)
class Container:
    """A container as the engine sees it now; ``state`` is "created", "running" or "exited"."""

    id: str
    name: str
    labels: Mapping[str, str]
    state: str
    pid: int = 0
    """The process id of its first process, as the engine's machine counts; 0 when it does not run."""
    started: str = ""
    """When it was started, RFC 3339; empty when it never was."""
    exit_code: int = 0


@dataclass(frozen=True)
class Completed:
    """A program that ran to its end in a node."""

    argv: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str


class Session(Protocol):
    """A program that runs in a container, with its standard streams at hand. It is told to end by closing its input."""

    def write(self, data: bytes) -> None:
        """Write to its standard input."""

    def read(self) -> bytes:
        """Return some bytes of its standard output, waiting for them; empty at its end."""

    def close_input(self) -> None:
        """End its standard input."""

    def chunk(self) -> tuple[int, bytes]:
        """Return what comes next: 1 and bytes of standard output, or 2 and bytes of errors; no bytes at the end."""

    def resize(self, rows: int, columns: int) -> None:
        """Tell the program how large its terminal is, if it has one."""

    def finish(self) -> Completed:
        """Close its input, wait for its end and return what is left of its output."""


class Engine(Protocol):
    """A container engine."""

    def containers(self, labels: Mapping[str, str]) -> tuple[Container, ...]:
        """Return every container that carries all these labels, whatever its state, by name."""

    def container(self, name: str) -> Container:
        """Return one container. Raises ``NotFound``."""

    def create(self, spec: ContainerSpec) -> None:
        """Create a container and claim its name. Raises ``NameTaken``."""

    def start(self, name: str) -> None:
        """Start a created container."""

    def signal(self, name: str, signal: str) -> None:
        """Send a signal, such as "USR1", to the first process of a container that runs."""

    def remove(self, container: str) -> None:
        """Kill and remove a container, by name or id; one that is not there is fine."""

    def logs(self, name: str, last: int) -> str:
        """Return the last lines that the container printed."""

    def attach(self, name: str) -> AbstractContextManager[Session]:
        """Hold the standard streams of a container's first process, from before its start."""

    def run(self, name: str, argv: Sequence[str], stdin: bytes = b"", *, user: str = "") -> Completed:
        """Run a program in a container to its end, as ``user`` or as the container's own one."""

    def open(
        self,
        name: str,
        argv: Sequence[str],
        *,
        user: str = "",
        terminal: bool = False,
        patience: float | None = LONGEST_SILENCE,
    ) -> AbstractContextManager[Session]:
        """Start a program in a container and hold its streams; leaving the context closes its input.

        It runs as ``user``, or as the container's own one. With a terminal its output and errors come as one. It may be
        silent for ``patience`` seconds; None is for ever.
        """
