"""The programs of the node image, as the fake engine runs them."""

import json
from typing import Any

from lab.waiting import until
from lab.wiring import Job, Task
from tests.engine.fake import BASICS, FakeEngine, Process

LAST_WORDS = b"listening\ncannot read the zone: line 3\n"


def switch(process: Process) -> int:
    """Live as long as the maker, until it says "ready"."""
    if next(process.lines(), b"") != b"ready":
        return 1
    process.write(b"ready\n")
    process.killed.wait()
    return 0


def enter(process: Process) -> int:
    """Wait for the wires, then become the service."""
    process.released.wait()
    return 0 if process.killed.is_set() else process.become(process.argv[1:])


def serve(process: Process) -> int:
    """Be a service that stays."""
    process.serving.set()
    process.killed.wait()
    return 0


def dies(process: Process) -> int:
    """Be a service that has something to say, and ends."""
    process.write(LAST_WORDS)
    return 1


class Wiring:
    """Does its jobs by writing them down, and lets the nodes know that they are wired."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []

    def __call__(self, process: Process) -> int:
        for line in process.lines():
            job: Job = json.loads(line)
            self.jobs.append(job)
            process.write(json.dumps(self._answer(process.engine, job)).encode() + b"\n")
        return 0

    def _answer(self, engine: FakeEngine, job: Job) -> dict[str, Any]:
        for number, task in enumerate(job):
            if why := self._trouble(engine, task):
                return {"task": number, "failed": why}
        return {}

    def _trouble(self, engine: FakeEngine, task: Task) -> str:
        """Do a task, or say why it cannot be done."""
        if task["do"] == "ask":
            troubles = (self._asked(engine, question["pid"]) for question in task["questions"])
            return next((trouble for trouble in troubles if trouble), "")
        node = engine.process(task["pid"])
        if node is None:
            return f"no process {task['pid']}"
        if task["do"] == "release":
            node.released.set()
        return ""

    def _asked(self, engine: FakeEngine, pid: int) -> str:
        """Wait for a service to answer, or to die."""
        node = engine.process(pid)
        if node and until(lambda: node.serving.is_set() or node.ended.is_set(), f"process {pid}", within=5):
            return "" if node.serving.is_set() else f"process {pid} died"
        return f"no process {pid}"


def node_engine() -> FakeEngine:
    """Return an engine whose only image is that of the nodes."""
    ours = {"switch": switch, "enter": enter, "wire": Wiring()}
    installed = {f"/usr/lib/wiretale/{name}": program for name, program in ours.items()}
    return FakeEngine({**BASICS, **installed, "python3": serve, "dies": dies})
