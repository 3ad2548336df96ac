"""The wiring at work: a short-lived container that carries out jobs in the nodes' network namespaces."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from lab.engine.protocol import ContainerSpec, Engine, Session
from lab.errors import EngineError, NameTaken, TimedOut
from lab.instance import MAKER, ROLE, Instance
from lab.interrupts import unbroken
from lab.waiting import until
from lab.wiring import Job

CAPABILITIES = frozenset({"NET_ADMIN", "SYS_ADMIN", "SYS_PTRACE", "DAC_OVERRIDE"})
"""To make links, to enter namespaces, to see other users' processes, to write other users' files: as good as root."""

PATIENCE = 20.0
"""Seconds to wait for somebody else's wirer of the same lab to go."""


class Wirer:
    """Carries out one job after the other."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._said = b""

    def do(self, job: Job) -> None:
        """Carry out a job. Raises ``EngineError`` for the first task that fails; what was done before it stays done."""
        self.asked(job)

    def asked(self, job: Job) -> list[Any]:
        """Carry out a job, as ``do`` does, and return what its tasks have to say, one after the other."""
        try:
            self._session.write(json.dumps(job).encode() + b"\n")
        except EngineError as error:
            raise self._death(str(error)) from error
        answer = json.loads(self._line())
        if "failed" in answer:
            task = job[answer["task"]]
            raise EngineError(f"the wiring could not do '{task['do']}': {answer['failed']}")
        return list(answer.get("said", ()))

    def _line(self) -> bytes:
        while b"\n" not in self._said:
            if not (piece := self._session.read()):
                raise self._death("it said nothing")
            self._said += piece
        line, self._said = self._said.split(b"\n", 1)
        return line

    def _death(self, otherwise: str) -> EngineError:
        return EngineError(f"the wiring died: {self._session.finish().stderr.strip() or otherwise}")


@contextmanager
def wirer(engine: Engine, instance: Instance, image: str) -> Iterator[Wirer]:
    """Hold a wirer for the lab; its container is gone when the context, or the client, ends. One at a time."""
    maker = {MAKER: uuid4().hex}
    spec = ContainerSpec(
        name=instance.wiring,
        image=image,
        command=("/usr/lib/wiretale/wire",),
        labels={**instance.labels, ROLE: "wiring", **maker},
        capabilities=CAPABILITIES,
        sees_host_processes=True,
        keeps_input=True,
        vanishes=True,
    )
    try:
        _claim(engine, spec)
        with engine.attach(spec.name) as session:
            engine.start(spec.name)
            yield Wirer(session)
    finally:
        for container in engine.containers(maker):
            engine.remove(container.id)


def _claim(engine: Engine, spec: ContainerSpec) -> None:
    """Create the wiring's container, when the one before it has gone; one that nobody starts in all that time, goes."""
    try:
        until(lambda: _claimed(engine, spec), f"somebody else's work on this lab to end ({spec.name})", within=PATIENCE)
    except TimedOut:
        before = engine.container(spec.name)
        if before.state != "created":
            raise
        engine.remove(before.id)
        engine.create(spec)


def _claimed(engine: Engine, spec: ContainerSpec) -> bool:
    try:
        with unbroken():
            engine.create(spec)
    except NameTaken:
        return False
    return True
