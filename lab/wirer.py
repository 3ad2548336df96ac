"""The wiring at work: a short-lived container that carries out jobs in the nodes' network namespaces."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from lab.engine.protocol import ContainerSpec, Engine, Session
from lab.errors import EngineError, NameTaken
from lab.instance import ROLE, Instance
from lab.waiting import until
from lab.wiring import Job

CAPABILITIES = frozenset({"NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE", "DAC_OVERRIDE"})
"""To make links, to enter namespaces, to see other users' processes, to write other users' files: as good as root."""


class Wirer:
    """Carries out one job after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said = b""

    def do(self, job: Job) -> None:
        """Carry out a job. Raises ``EngineError`` for the first task that fails; what was done before it stays done."""
        self._session.write(json.dumps(job).encode() + b"\n")
        answer = json.loads(self._line())
        if "failed" in answer:
            task = job[answer["task"]]
            raise EngineError(f"the wiring could not do '{task['do']}': {answer['failed']}")

    def _line(self) -> bytes:
        while b"\n" not in self._said:
            if not (piece := self._session.read()):
                raise EngineError(f"the wiring died: {self._session.finish().stderr.strip() or 'it said nothing'}")
            self._said += piece
        line, self._said = self._said.split(b"\n", 1)
        return line


@contextmanager
def wirer(engine: Engine, instance: Instance, image: str) -> Iterator[Wirer]:
    """Hold a wirer for the lab; its container is gone when the context, or the client, ends. One at a time."""
    spec = ContainerSpec(
        name=instance.wiring,
        image=image,
        command=("/usr/lib/wiretale/wire",),
        labels=instance.labels | {ROLE: "wiring"},
        capabilities=CAPABILITIES,
        sees_host_processes=True,
        keeps_input=True,
        vanishes=True,
    )
    _claim(engine, spec)
    try:
        with engine.attach(spec.name) as session:
            engine.start(spec.name)
            yield Wirer(session)
    finally:
        engine.remove(spec.name)


def _claim(engine: Engine, spec: ContainerSpec) -> None:
    """Create the wiring's container, when the one before it has gone."""

    def claimed() -> bool:
        try:
            engine.create(spec)
        except NameTaken:
            return False
        return True

    until(claimed, f"the end of what somebody else does to this lab (container {spec.name})", within=20)
