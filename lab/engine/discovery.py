"""Which Docker engine is used: the one that the environment names, if it answers, else the embedded one."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from lab.engine import host
from lab.engine.embedded import EmbeddedEngine
from lab.errors import EngineError, TimedOut
from lab.progress import Listener
from lab.waiting import until

if TYPE_CHECKING:
    import docker

_PATIENCE = 5.0
"""Seconds within which a packaged daemon that systemd has just started answers."""

_USUAL_PATIENCE = 60
"""Seconds that the SDK waits for an answer by itself."""


@dataclass(frozen=True)
class Address:
    """Where an engine is said to be, and who says so ("DOCKER_HOST", "the Docker context 'default'", ...)."""

    url: str
    source: str
    tls: Any = None
    """What the SDK takes as ``tls``; None without TLS or a context of its own."""

    @property
    def socket(self) -> Path | None:
        """The Unix socket of a local engine; None for one that is elsewhere."""
        parts = urlsplit(self.url)
        return Path(parts.path) if parts.scheme == "unix" else None


def connect(listener: Listener) -> "docker.DockerClient":
    """Return a client for the engine, the API version negotiated; an embedded engine is started when there is no other.

    Raises ``EngineError`` with what to do where no engine can be had.
    """
    return client(address(listener))


@dataclass(frozen=True)
class About:
    """What an engine says of itself; ``root`` is the folder of its state, on its own machine."""

    version: str
    api: str
    root: str


def about(where: Address) -> About:
    """Ask an engine what it is. Raises ``EngineError`` when it does not answer."""
    with closing(client(where)) as asked, translated(where):
        version = asked.version()
        return About(version["Version"], asked.api.api_version, asked.info()["DockerRootDir"])


def address(listener: Listener) -> Address:
    """Return where the engine is, once it serves its socket; starts the embedded one as ``connect`` does."""
    found = find()
    if found is None:
        if named := os.environ.get("DOCKER_HOST"):
            listener.say(f"DOCKER_HOST names {named}, where nobody answers; an engine of our own is used instead")
        _provide(listener)
        found = find() or _embedded_address(EmbeddedEngine.of_this_user())
    return found


def find() -> Address | None:
    """Return where the engine is that would be used now; None when one has to be started first.

    Raises ``EngineError`` when we may not use the engine that is there, or when a remote one was named.
    """
    named = _named(os.environ)
    if named.socket is None or _serves(named.socket):
        return named
    embedded = EmbeddedEngine.of_this_user()
    return _embedded_address(embedded) if embedded.answers() else None


def _named(environment: Mapping[str, str]) -> Address:
    """Return what DOCKER_HOST or the current Docker context names."""
    if url := environment.get("DOCKER_HOST"):
        return Address(url, "DOCKER_HOST")
    from docker.constants import DEFAULT_UNIX_SOCKET
    from docker.context import ContextAPI
    from docker.errors import ContextNotFound

    wanted = environment.get("DOCKER_CONTEXT")
    try:
        context = ContextAPI.get_context(wanted) if wanted else ContextAPI.get_current_context()
    except ContextNotFound:
        context = None
    if context is None:
        raise EngineError(f"there is no Docker context '{wanted or 'that is current'}'; `docker context ls` lists them")
    default = DEFAULT_UNIX_SOCKET.replace("http+unix:", "unix:")
    url = (context.Host or default).replace("http+unix:", "unix:")
    return Address(url, f"the Docker context '{context.Name}'", context.TLSConfig)


def _serves(path: Path) -> bool:
    """Return whether an engine that we may use serves this socket. Raises ``EngineError`` when we may not."""
    with socket.socket(socket.AF_UNIX) as end:
        try:
            end.connect(str(path))
        except PermissionError as error:
            raise EngineError(_NOT_ALLOWED.format(path=path)) from error
        except OSError:
            return False
    return True


_NOT_ALLOWED = """\
there is a Docker engine at {path}, but you may not use it. Join its group, then log in again (or run `newgrp docker`):
    sudo usermod -aG docker $USER"""

_NO_ENGINE = """\
no Docker engine answers, and only root can start one. Either start the one of this machine:
    sudo systemctl start docker
or install it, join its group and log in again:
    sudo apt-get install --no-install-recommends docker.io && sudo usermod -aG docker $USER"""

_RIVAL = """\
another Docker engine runs on this machine (process {pid}) and does not answer at the usual place; starting one of our
own beside it would remove its network. Say where it answers:
    export DOCKER_HOST=unix:///path/to/its/docker.sock"""


def _provide(listener: Listener) -> None:
    """See to it that an engine runs: install the package, which may start one itself, else start the embedded one."""
    if not host.is_root():
        raise EngineError(_NO_ENGINE)
    if not host.program("dockerd"):
        host.install(("docker.io",), "No Docker engine is installed", listener)
        if _started_by_the_package():
            return
    if why := obstacle():
        raise EngineError(why)
    with listener.step("starting the embedded engine"):
        EmbeddedEngine.of_this_user().start()


def obstacle() -> str:
    """Return why no engine of our own can be started here, and what to do; empty when one can."""
    if not host.is_root():
        return _NO_ENGINE
    rival = next(iter(rivals()), None)
    return _RIVAL.format(pid=rival) if rival else ""


def _started_by_the_package() -> bool:
    """Return whether systemd runs here and brings the packaged daemon up."""
    if not Path("/run/systemd/system").exists():
        return False
    try:
        until(find, "the packaged Docker engine's answer", within=_PATIENCE)
    except TimedOut:
        return False
    return True


def rivals(proc: Path = Path("/proc")) -> tuple[int, ...]:
    """Return the ids of daemons whose bridge an embedded engine would delete as it starts.

    ``--bridge=none`` deletes docker0; so every dockerd of our network namespace counts that was not told to do without.
    """
    ours = (proc / "self/ns/net").readlink()
    return tuple(sorted(int(it.name) for it in proc.iterdir() if it.name.isdigit() and _is_rival(it, ours)))


def _is_rival(process: Path, namespace: Path) -> bool:
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
        if Path(os.fsdecode(words[0])).name != "dockerd" or b"--bridge=none" in words:
            return False
        return (process / "ns/net").readlink() == namespace
    except OSError:  # it ended while we looked, or is not ours to look at
        return False


def _embedded_address(embedded: EmbeddedEngine) -> Address:
    return Address(embedded.url, "the embedded engine")


def client(where: Address, patience: int = _USUAL_PATIENCE) -> "docker.DockerClient":
    """Return a client for the engine at an address; it waits ``patience`` seconds for an answer.

    Raises ``EngineError`` when the engine does not answer.
    """
    import docker

    with translated(where):
        if where.source == "DOCKER_HOST":  # with DOCKER_CERT_PATH and DOCKER_TLS_VERIFY
            return docker.from_env(version="auto", timeout=patience)
        return docker.DockerClient(base_url=where.url, version="auto", tls=where.tls or False, timeout=patience)


@contextmanager
def translated(where: Address) -> Iterator[None]:
    """Turn the errors of the SDK into ours, which say what engine it is that does not answer."""
    import requests.exceptions
    from docker.errors import DockerException

    try:
        yield
    except (DockerException, requests.exceptions.RequestException) as error:
        raise EngineError(f"the Docker engine at {where.url} ({where.source}) does not answer: {error}") from error
