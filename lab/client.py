"""One user of one engine: brings labs up from topologies, finds them again, enters them, and takes them down."""

import getpass
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab import bringup, kinds, upkeep
from lab.bringup import Blueprint, Found, State
from lab.converging import Changes, recipes
from lab.engine.docker import DockerEngine
from lab.engine.protocol import Engine, Session
from lab.errors import InputError, NotFound
from lab.instance import Instance
from lab.plan import NodePlan, Plan, plan
from lab.plan.show import as_json
from lab.progress import Listener
from lab.topology.model import Node, Topology
from lab.topology.reading import find, parse, read

if TYPE_CHECKING:  # scapy comes with these; they are imported when frames are asked for
    from lab.audience import Audience
    from lab.recorder import Batch
    from lab.running import Lab


NO_LAB = "no lab is running; bring one up with: ./invoke up topology=home-lan"

_NO_MORE = (State.UNWIRED, State.REMAINS)

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
"""What a lab may be called: its containers' names hold it, and Docker takes nothing else there."""


@dataclass(frozen=True)
class Health:
    """How a node is: in words, and since when it runs (RFC 3339, empty if it never did)."""

    words: str
    started: str = ""


class Client:
    """``image`` is asked for the name of the image of these nodes when a lab is to be made, and may build it."""

    def __init__(
        self, engine: Engine, image: Callable[[Iterable[Node]], str], listener: Listener, owner: str = ""
    ) -> None:
        self._engine = engine
        self._image = image
        self._listener = listener
        self.owner = owner or getpass.getuser()

    @classmethod
    def connected(cls, listener: Listener) -> "Client":
        """Find the engine, or start one, and return its client. Raises ``EngineError`` with what to do."""
        from lab.engine import discovery, images

        docker = discovery.connect(listener)
        return cls(DockerEngine(docker), lambda nodes: images.ensure(docker, listener, kinds.sharing(nodes)), listener)

    @classmethod
    def of_running_engine(cls, listener: Listener) -> "Client | None":
        """Return the client of the engine that runs; None where none does, and so no lab either."""
        from lab.engine import discovery

        return cls.connected(listener) if discovery.find() else None

    def labs(self) -> tuple[Found, ...]:
        """Return this user's labs, and what is left of some."""
        return bringup.labs(self._engine, self.owner)

    def up(self, topology: str, name: str = "") -> tuple[Found, Changes]:
        """Bring a topology up, by name or path, under its own name or ``name``; tell what was to do.

        Where that lab runs already, it becomes what the file says now, and what is broken in it is repaired.
        """
        file = find(topology)
        drawn = read(file, kinds.load())
        planned = plan(drawn)
        if name and not _NAME.fullmatch(name):
            raise InputError(f"name={name}: a lab is called by letters and digits, with dots, hyphens and underscores")
        instance = Instance(self.owner, name or planned.topology)
        image = self._image(drawn.nodes.values())
        source = file.read_text(encoding="utf-8")
        blueprint = Blueprint(planned, source, _digest(planned, image), image, recipes(drawn.nodes, planned, image))
        changes = upkeep.up(self._engine, instance, blueprint, self._listener)
        return bringup.find(self._engine, instance), changes

    def some_lab(self, topology: str, name: str = "") -> tuple[Found, Changes]:
        """Return the lab of a topology that runs, or bring one up; tell what was to do."""
        planned = plan(read(find(topology), kinds.load()))
        there = [found for found in self.labs() if found.state is State.READY and found.topology == planned.topology]
        if not name and len(there) == 1 and there[0].instance.name != planned.topology:
            return there[0], Changes()
        return self.up(topology, name)

    def the_lab(self, topology: str = "", name: str = "", *, or_remains: bool = False) -> Found:
        """Return the one lab that is meant: by name, by topology, or because no other runs.

        Where none fits, ``or_remains`` takes what a killed client has left of one. Raises ``InputError`` with the labs
        that there are when none or several fit.
        """
        wanted = topology and plan(read(find(topology), kinds.load())).topology
        labs = self.labs()
        running = [found for found in labs if found.state is State.READY]
        fitting = [found for found in running if _is_meant(found, wanted, name)]
        if or_remains and not fitting:
            fitting = [found for found in labs if found.state in _NO_MORE and _is_meant(found, wanted, name)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise InputError(f"several labs are there; say which: {_listed(fitting)}")
        raise InputError(f"no such lab is running; there is {_listed(running)}" if running else NO_LAB)

    def plan_of(self, found: Found) -> Plan:
        """Return the plan that a running lab was made from."""
        return plan(self.topology_of(found))

    def topology_of(self, found: Found) -> Topology:
        """Return the topology that a running lab was made from, read back from its labels."""
        return parse(found.source.encode(), f"{found.topology}.yml", kinds.load())

    @contextmanager
    def entered(self, found: Found, audience: "Audience | None" = None) -> "Iterator[Lab]":
        """Enter a running lab, to tell stories to it and record its wires."""
        from lab import running
        from lab.audience import Nobody

        with running.entered(self._engine, found, self.plan_of(found), audience or Nobody()) as lab:
            yield lab

    @contextmanager
    def watched(self, found: Found) -> "Iterator[Iterator[Batch]]":
        """Watch the wires of a running lab: frames in batches, as they come, until the context ends."""
        from lab import running
        from lab.recorder import live
        from lab.tap import tapping

        with tapping(self._engine, found.instance) as tap:
            planned = self.plan_of(found)
            yield live(tap, running.ports(planned), running.entries(planned))

    def open(self, found: Found, node: str, argv: Sequence[str], terminal: bool) -> AbstractContextManager[Session]:
        """Start a program in a node, as its user would, and hold its streams."""
        login = self.plan_of(found)[node].setup.login
        return self._engine.open(found.nodes[node].name, argv, user=login, terminal=terminal, patience=None)

    @contextmanager
    def shell(self, found: Found, node: str) -> "Iterator[Session]":
        """Start a shell with a terminal in a node, as its user would; it ends with the context, whoever goes away.

        Raises ``InputError`` for a node that is not there.
        """
        from lab import shells

        user = self.plan_of(found)[node].setup.login
        with shells.shell(self._engine, found.instance.container(node), user) as program:
            yield program

    def health(self, found: Found, planned: Plan) -> Mapping[str, Health]:
        """Tell of each node whether it runs, since when, and whether its service answers."""
        with ThreadPoolExecutor(bringup.AT_ONCE) as pool:
            told = pool.map(lambda node: self._health(found, node), planned.nodes.values())
            return dict(zip(planned.nodes, told, strict=True))

    def _health(self, found: Found, node: NodePlan) -> Health:
        try:
            container = self._engine.container(found.instance.container(node.name))
        except NotFound:
            return Health("gone")
        if container.state != "running":
            return Health(f"exited with {container.exit_code}", container.started)
        if not node.setup.ready:
            return Health("running", container.started)
        answers = bringup.answers(self._engine, container.name, node)
        return Health("answers" if answers else "does not answer", container.started)

    def down(self, found: Found) -> None:
        """Take a lab down: remove everything that was found of it."""
        bringup.down(self._engine, found)

    def clean(self) -> tuple[tuple[Instance, ...], tuple[Instance, ...]]:
        """Remove this user's labs and remains; return what was removed, and what somebody is bringing up now."""
        found = self.labs()
        busy = [one for one in found if one.state is State.MAKING]
        removed = [one for one in found if one not in busy]
        for one in removed:
            self.down(one)
        return tuple(one.instance for one in removed), tuple(one.instance for one in busy)


def _is_meant(found: Found, topology: str, name: str) -> bool:
    """Tell whether words, of which any may be empty, mean a lab; remains without a switch are known by name only."""
    return name in ("", found.instance.name) and topology in ("", found.topology or found.instance.name)


def _listed(labs: Iterable[Found]) -> str:
    return "; ".join(f"name={found.instance.name} (topology {found.topology or 'unknown'})" for found in labs)


def _digest(planned: Plan, image: str) -> str:
    text = json.dumps([as_json(planned), image], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
