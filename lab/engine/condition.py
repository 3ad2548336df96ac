"""The condition of an engine: what it says of itself, its clock beside ours, and which of our images it has."""

import re
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lab.engine import discovery, images
from lab.engine.discovery import Address
from lab.engine.docker import DockerEngine
from lab.engine.images import Recipe, Stock
from lab.engine.protocol import Engine

if TYPE_CHECKING:
    import docker


@dataclass(frozen=True)
class Condition:
    """What an engine says of itself."""

    version: str
    api: str
    system: str
    """Its machine: operating system, kernel, architecture."""
    root: str
    """The folder of its state, on its own machine."""
    limits_memory: bool
    limits_processes: bool
    seccomp: bool
    ahead: float
    """How many seconds its clock is ahead of ours; negative when it is behind."""
    uncertain: float
    """By how many seconds ``ahead`` may be wrong: half of the time that the answer took."""


@contextmanager
def asked(where: Address, recipes: tuple[Recipe, Recipe], patience: int) -> Iterator[tuple[Condition, Stock, Engine]]:
    """Ask an engine how it is and what it has of our images, the small and the large one, and hold it for more.

    Raises ``EngineError`` when it does not answer within ``patience`` seconds, or not as an engine does.
    """
    with closing(discovery.client(where, patience)) as client:
        with discovery.translated(where):
            condition, stock = _condition(client), images.stock(client, *recipes)
        yield condition, stock, DockerEngine(client)


def _condition(client: "docker.DockerClient") -> Condition:
    before = time.time()
    info: dict[str, Any] = client.info()
    after = time.time()
    return Condition(
        version=str(info.get("ServerVersion", "unknown")),
        api=str(client.api.api_version),
        system=", ".join(str(info.get(key, "unknown")) for key in ("OperatingSystem", "KernelVersion", "Architecture")),
        root=str(info.get("DockerRootDir", "")),
        limits_memory=bool(info.get("MemoryLimit")),
        limits_processes=bool(info.get("PidsLimit")),
        seccomp=any("name=seccomp" in option for option in info.get("SecurityOptions") or ()),
        ahead=seconds(str(info.get("SystemTime", ""))) - (before + after) / 2,
        uncertain=(after - before) / 2,
    )


def seconds(stamp: str) -> float:
    """Return an engine's time, RFC 3339 with up to nine digits, as seconds since 1970; NaN for no time. Pure."""
    try:
        return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", stamp)).timestamp()
    except ValueError:
        return float("nan")
