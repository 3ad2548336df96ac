"""The programs of the node image, as the fake engine runs them."""

import json
from collections import defaultdict
from dataclasses import dataclass
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


def ask(process: Process) -> int:
    """Ask the service of the node whether it is there."""
    node = process.engine.process(process.around)
    return 0 if node and node.serving.is_set() else 1


@dataclass
class Link:
    """An interface in a switch: the process at its other end, 0 for a bridge, and what is written on it."""

    peer: int = 0
    alias: str = ""


class Wiring:
    """Does its jobs by writing them down, and lets the nodes know that they are wired; the kernel may lack netem.

    Of the interfaces it keeps those in the switches: by the switch's process and by name.
    """

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.links: dict[int, dict[str, Link]] = defaultdict(dict)
        self.lacks = ""

    def __call__(self, process: Process) -> int:
        for line in process.lines():
            job: Job = json.loads(line)
            self.jobs.append(job)
            process.write(json.dumps(self._answer(process.engine, job)).encode() + b"\n")
        return 0

    def _answer(self, engine: FakeEngine, job: Job) -> dict[str, Any]:
        for number, task in enumerate(job):
            if task["do"] == "waiting":
                nodes = {pid: engine.process(pid) for pid in task["pids"]}
                return {"said": [pid for pid, node in nodes.items() if node and not node.released.is_set()]}
            if task["do"] == "try_qdisc":
                return {"said": [self.lacks]}
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
        for interface in task.get("interfaces", ()) if task["do"] == "cut" else ():
            self.links[task["pid"]].pop(interface, None)
        for line in task.get("batch", ()):
            self._linked(task["pid"], line.split())
        return ""

    def _linked(self, pid: int, words: list[str]) -> None:
        """Do one line of a batch to the interfaces of a switch."""
        match words:
            case ["link", "add", name, *rest]:
                assert name not in self.links[pid], f"{name} exists"
                self.links[pid][name] = Link(int(rest[-1]) if "netns" in rest else 0)
            case ["link", "set", name, "alias", alias]:
                self.links[pid][name].alias = alias

    def show(self, process: Process) -> int:
        """Be ``ip -j link`` in a switch: a port goes with the node at its other end."""
        links = self.links[process.around].items()
        there = [(name, link) for name, link in links if not link.peer or process.engine.process(link.peer)]
        shown = [{"ifname": name, **({"ifalias": link.alias} if link.alias else {})} for name, link in there]
        process.write(json.dumps(shown).encode())
        return 0

    def _asked(self, engine: FakeEngine, pid: int) -> str:
        """Wait for a service to answer, or to die."""
        node = engine.process(pid)
        if node and until(lambda: node.serving.is_set() or node.ended.is_set(), f"process {pid}", within=5):
            return "" if node.serving.is_set() else f"process {pid} died"
        return f"no process {pid}"


def node_engine() -> FakeEngine:
    """Return an engine whose only image is that of the nodes."""
    wiring = Wiring()
    ours = {"switch": switch, "enter": enter, "serve": enter, "wire": wiring, "ask": ask}
    installed = {f"/usr/lib/wiretale/{name}": program for name, program in ours.items()}
    return FakeEngine({**BASICS, **installed, "ip": wiring.show, "python3": serve, "dies": dies})
