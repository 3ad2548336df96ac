"""The trial at work: two short-lived containers, one as a node, and one that tries all with the wiring's rights."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lab.engine.brief import brief
from lab.engine.protocol import ContainerSpec, Engine, Session
from lab.errors import EngineError
from lab.wirer import CAPABILITIES

WANTED = CAPABILITIES | {"NET_RAW"}
"""What the wiring may do, and the tap."""

MEMORY_MB, PROCESSES = 128, 64

_PROGRAM = Path(__file__).with_name("trial.py")


@dataclass(frozen=True)
class Tried:
    """What a trial found out."""

    capabilities: int
    """The capabilities in force, as capability(7) numbers its bits."""
    seccomp: bool
    no_new_privileges: bool
    memory: int
    """The limit in force, in bytes; 0 where there is none."""
    processes: int
    free: int
    """Bytes that are free on the disk where the engine keeps its containers."""
    packages: tuple[str, ...]
    failures: Mapping[str, str]
    """For each feature of the kernel why it failed; empty where it did not."""
    entering: str
    """Why the wiring may not enter a node; empty when it may."""


def tried(engine: Engine, owner: str, image: str, rights: frozenset[str] = WANTED) -> Tried:
    """Try everything on this engine, with any image of ours, and leave nothing. Raises ``EngineError``."""
    program = ("python3", "-IS", "-c", _PROGRAM.read_text())
    node = ContainerSpec("", image, ("cat",), "node", memory_mb=MEMORY_MB, processes=PROCESSES)
    wiring = replace(node, command=program, hostname="trial", capabilities=rights, sees_host_processes=True)
    with brief(engine, node, owner) as neighbour, brief(engine, wiring, owner) as trial:
        trial.session.write(json.dumps({"node": engine.container(neighbour.name).pid}).encode() + b"\n")
        return _read(trial.session)


def _read(session: Session) -> Tried:
    said = b""
    while b"\n" not in said:
        if not (piece := session.read()):
            raise EngineError(f"the trial died: {session.finish().stderr.strip() or 'it said nothing'}")
        said += piece
    answer = json.loads(said)
    return Tried(**{**answer, "packages": tuple(answer["packages"])})
