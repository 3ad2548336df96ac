"""What labs may leave behind on a machine: containers, processes, namespaces, mounts, image tags, interfaces.

Others may be at work on the same engine: what belongs to a container of theirs is theirs, and what comes and goes while
we look is nobody's residue.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import docker

from lab.errors import TimedOut
from lab.instance import OWNER
from lab.waiting import until

PROC = Path("/proc")
_ID = re.compile(rb"[0-9a-f]{64}")
_ENGINE = re.compile(rb"([^\0]*/)?(dockerd|containerd)\0")
_CONTENT = re.compile(r"wiretale/(base|node):[0-9a-f]{16}")
"""What a built image is called: it stays, on purpose, until a user removes it."""

GOES_WITHIN = 20.0
"""Seconds; a shim outlives its container by up to one, more on a busy machine."""


@dataclass(frozen=True)
class Machine:
    """A machine on which an engine runs, as far as somebody's labs have left their marks on it."""

    engine: docker.DockerClient
    owner: str
    neighbours: tuple[docker.DockerClient, ...] = ()
    """Other engines of this machine."""
    before: frozenset[str] = field(default=frozenset())

    @classmethod
    def as_it_is(cls, engine: docker.DockerClient, owner: str, *neighbours: docker.DockerClient) -> "Machine":
        """Look at a machine before anything is done to it."""
        return cls(engine, owner, neighbours, frozenset(cls(engine, owner, neighbours).marks()))

    def assert_clean(self) -> None:
        """Assert that nothing stays which was not there before; what is on its way out is given the time to go."""
        left = self.left()

        def still_there() -> set[str]:
            left.intersection_update(self.marks())
            return left

        try:
            until(lambda: not still_there(), "all that was made to be gone", within=GOES_WITHIN)
        except TimedOut:
            raise AssertionError(told(left)) from None

    def left(self) -> set[str]:
        """Return what is there now, in words, and was not before."""
        return set(self.marks()) - self.before

    def marks(self) -> Iterator[str]:
        """Yield what is there, in words, that does not belong to a container of somebody else."""
        known = self.engine.api.containers(all=True)
        others = {one["Id"].encode() for one in known if one["Labels"].get(OWNER) != self.owner}
        yield from (f"container {one['Names'][0]}" for one in known if one["Id"].encode() not in others)
        others |= {one["Id"].encode() for engine in self.neighbours for one in engine.api.containers(all=True)}
        yield from self._of_processes(others)
        yield from self._mounts(others)
        tags = {tag for image in self.engine.images.list() for tag in image.tags}
        yield from (f"image {tag}" for tag in tags if not _CONTENT.fullmatch(tag))
        yield from (f"interface {link}" for link in names(Path("/sys/class/net")))

    def _of_processes(self, others: set[bytes]) -> Iterator[str]:
        """Yield the processes of containers that are no one's, those of our own commands, and network namespaces."""
        for process in (PROC / name for name in names(PROC) if name.isdigit()):
            command, cgroup = _read(process / "cmdline"), _read(process / "cgroup")
            ids = {*_ID.findall(command), *_ID.findall(cgroup)}
            if ids & others:
                continue
            is_ours = f"LOGNAME={self.owner}".encode() in _read(process / "environ").split(b"\0")
            if ids or (is_ours and not _ENGINE.match(command)):
                yield f"process {process.name}: {command.replace(bytes(1), b' ').decode(errors='replace')}"
            yield f"namespace {_link(process / 'ns/net')}"

    def _mounts(self, others: set[bytes]) -> Iterator[str]:
        """Yield the mounts of containers that are no one's, and of namespaces; a container's files are a layer."""
        theirs = set(others)
        for engine, one in ((engine, one) for engine in (self.engine, *self.neighbours) for one in others):
            with suppress(docker.errors.NotFound):
                layers = engine.api.inspect_container(one.decode())["GraphDriver"]["Data"]
                theirs |= set(_ID.findall(str(layers).encode()))
        for line in _read(PROC / "self/mounts").splitlines():
            _, place, kind, *_ = line.split()
            ids = set(_ID.findall(place))
            if (ids or kind == b"nsfs") and not ids & theirs:
                yield f"mount {place.decode(errors='replace')}"


def told(left: set[str]) -> str:
    """Say what is left, a line for each thing."""
    return "\n".join(["this is left:", *sorted(left)])


def names(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir()]


def _read(file: Path) -> bytes:
    """Return what is in a file of a process; nothing when it has ended."""
    try:
        return file.read_bytes()
    except OSError:
        return b""


def _link(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:
        return "of nobody"
