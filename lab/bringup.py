"""Bringing a plan up as a lab, and taking it down again: all of it or nothing.

The switch is made first, and its name is the lock: of many clients that bring the same lab up, one makes it and the
others wait. The switch lives only as long as that client until it is told "ready"; so a lab in the making has a running
switch that did not say "ready", and remains have none that runs.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar
from uuid import uuid4

from lab import impairments, wiring
from lab.converging import Recipe
from lab.engine.protocol import Container, ContainerSpec, Engine, Session
from lab.errors import EngineError, NameTaken, NotFound, TimedOut
from lab.instance import DIGEST, IMAGE, LAB, MAKER, NODE, OWNER, RECIPE, ROLE, SOURCE, TOPOLOGY, Instance
from lab.interrupts import unbroken
from lab.plan import ipv6
from lab.plan.model import NodePlan, Plan
from lab.progress import Listener
from lab.waiting import until
from lab.wirer import Wirer, wirer

T = TypeVar("T")
U = TypeVar("U")

AT_ONCE = 8
"""Requests to the engine at a time; more gain nothing."""

STARTS_WITHIN = 10.0
"""Seconds within which a switch that was created is started, unless its maker was killed in between."""

DEATHS_WITHIN = 0.5
"""Seconds within which the engine has heard of the end of a node."""

SERVICES_WITHIN = 30.0
"""Seconds that the services of a lab may take to answer."""


_IDLE = ("/usr/lib/wiretale/enter", "sleep", "infinity")

# A node that gets no processor for some milliseconds is no lost segment: without tail loss probes (RFC 8985, section 7)
# the other end waits 200 ms before it sends again. Seen at a load of 17: one FIN of 11 tellings was sent twice.
_PATIENT = {"net.ipv4.tcp_early_retrans": "0"}


@dataclass(frozen=True)
class Blueprint:
    """What a lab is made from: the plan, the text of the topology, the recipe of each node. Labels tell it again."""

    plan: Plan
    source: str
    digest: str
    image: str
    recipes: Mapping[str, Recipe]

    @property
    def labels(self) -> dict[str, str]:
        """What the switch carries, so that the lab can be read back from it."""
        return {TOPOLOGY: self.plan.topology, SOURCE: self.source, DIGEST: self.digest, IMAGE: self.image}


class State(Enum):
    """What is there of an instance."""

    NOTHING = "nothing"
    MAKING = "being brought up"
    READY = "ready"
    UNWIRED = "its switch died"
    """It was ready once: its nodes may be whole."""
    REMAINS = "remains"


_STATES = {
    (True, True): State.READY,
    (True, False): State.MAKING,
    (False, True): State.UNWIRED,
    (False, False): State.REMAINS,
}
"""A lab's state, by whether its switch runs, and whether it was ever told that all is ready."""


@dataclass(frozen=True)
class Found:
    """An instance as it was at one moment. Whoever removes it removes just these containers, never newer ones."""

    instance: Instance
    containers: tuple[Container, ...]
    state: State

    @property
    def switch(self) -> Container | None:
        """The switch, if it is still there."""
        return _switch_of(self.containers)

    @property
    def image(self) -> str:
        """The image that the lab was made from; a lab with a switch has one."""
        return self._label(IMAGE)

    @property
    def source(self) -> str:
        """The text of the lab's topology."""
        return self._label(SOURCE)

    @property
    def topology(self) -> str:
        """The name of the lab's topology; empty for remains without a switch."""
        return self.switch.labels[TOPOLOGY] if self.switch else ""

    @property
    def digest(self) -> str:
        """The digest of what the lab was made from."""
        return self._label(DIGEST)

    def _label(self, label: str) -> str:
        if self.switch is None:
            raise EngineError(f"of '{self.instance.name}' only remains are left; 'clean' removes them")
        return self.switch.labels[label]

    @property
    def nodes(self) -> Mapping[str, Container]:
        """The nodes' containers by the nodes' names."""
        return {one.labels[NODE]: one for one in self.containers if NODE in one.labels}


def labs(engine: Engine, owner: str) -> tuple[Found, ...]:
    """Return every instance of ``owner``'s that the engine holds something of, by name."""
    sorted_out: dict[Instance, list[Container]] = defaultdict(list)
    for one in engine.containers({OWNER: owner}):
        sorted_out[Instance(owner, one.labels[LAB])].append(one)
    return tuple(_judged(engine, instance, containers) for instance, containers in sorted(sorted_out.items()))


def find(engine: Engine, instance: Instance) -> Found:
    """Return what is there of one instance."""
    return _judged(engine, instance, engine.containers(instance.labels))


def _judged(engine: Engine, instance: Instance, containers: Iterable[Container]) -> Found:
    """Judge by the switch. A lab that is ready is looked at again: before it was, it may have had fewer nodes."""
    found = tuple(containers)
    switch = _switch_of(found)
    state = _state(engine, switch) if found else State.NOTHING
    if state is not State.READY:
        return Found(instance, found, state)
    now = engine.containers(instance.labels)
    after = _switch_of(now)
    if after is None or switch is None or after.id != switch.id:
        return _judged(engine, instance, now)
    return Found(instance, now, state)


def _state(engine: Engine, switch: Container | None) -> State:
    """Judge a switch; one that was created this moment is given the time to start."""
    if switch is None:
        return State.REMAINS
    try:
        until(lambda: engine.container(switch.id).state != "created", f"{switch.name} to start", STARTS_WITHIN)
        runs, was_ready = engine.container(switch.id).state == "running", "ready" in engine.logs(switch.id, last=1)
        return _STATES[runs, was_ready]
    except (NotFound, TimedOut):
        return State.REMAINS


def _switch_of(containers: Iterable[Container]) -> Container | None:
    return next((one for one in containers if one.labels.get(ROLE) == "switch"), None)


@dataclass(frozen=True)
class Making:
    """One attempt at a lab: of which instance, from what, and the labels by which its containers are known."""

    instance: Instance
    blueprint: Blueprint
    labels: Mapping[str, str]

    @classmethod
    def of(cls, instance: Instance, blueprint: Blueprint) -> "Making":
        """Begin an attempt that no other is mistaken for."""
        return cls(instance, blueprint, instance.labels | {MAKER: uuid4().hex})


@contextmanager
def all_or_nothing(engine: Engine, labels: Mapping[str, str], listener: Listener) -> Iterator[list[Container]]:
    """Where the making fails, remove what it made, and only that: the name may be somebody else's by now.

    It gives a list for what else goes then: containers that are nothing worth any more without what was to be made.
    """
    stake: list[Container] = []
    try:
        yield stake
    except BaseException:
        try:
            _remove_all(engine, (*engine.containers(labels), *stake))
        except EngineError as error:  # why the making failed is more important
            listener.say(f"What was made could not be removed: {error}")
        if stake:
            listener.say("The lab could not be changed, and is down.")
        raise


def claimed(engine: Engine, making: Making) -> bool:
    """Create the switch, and with it claim the lab's name; return whether it was free."""
    try:
        with unbroken():
            engine.create(_switch_spec(making))
    except NameTaken:
        return False
    return True


def settled(engine: Engine, instance: Instance, listener: Listener) -> Found:
    """Return what is there of an instance, after waiting for whoever is bringing it up."""
    found = find(engine, instance)
    if found.state is State.MAKING:
        listener.say(f"'{instance.name}' is being brought up by another process; waiting for it.")
        until(lambda: find(engine, instance).state is not State.MAKING, f"'{instance.name}' to be ready", within=120)
        found = find(engine, instance)
    return found


@dataclass(frozen=True)
class Kept:
    """What stays of a lab that gets a new switch: nodes, by the ids of their first processes, and the wirer at work."""

    hands: Wirer
    pids: Mapping[str, int]


def make(engine: Engine, making: Making, listener: Listener, kept: Kept | None = None) -> None:
    """Fill a claimed instance: containers, wires, services. What is not kept of an earlier lab is removed."""
    instance, plan = making.instance, making.blueprint.plan
    pids = dict(kept.pids) if kept else {}
    _remove_strays(engine, instance, {*pids, instance.wiring} if kept else ())
    with ExitStack() as held:
        with listener.step("containers"):
            maker = held.enter_context(engine.attach(instance.switch))
            switches = held.enter_context(begun(engine.start, [instance.switch]))
            fresh = held.enter_context(_nodes(engine, making, plan.nodes.keys() - pids))
            hands = kept.hands if kept else held.enter_context(wirer(engine, instance, making.blueprint.image))
            list(switches)
            released = {container.labels[NODE]: container.pid for container in fresh}
        pids |= released
        with listener.step("wires"), _blaming_the_dead(engine, instance, pids):
            switch = engine.container(instance.switch).pid
            if impairments.wires(plan.ends):
                _choose_delays(engine, making, hands, maker)
            stay = kept.pids if kept else {}
            hands.do(wiring.wires(plan, switch, pids, stay) + wiring.releases(plan, released, SERVICES_WITHIN))
            hands.do(wiring.makes_addresses(plan, stay, SERVICES_WITHIN))
        with listener.step("services"), _blaming_the_dead(engine, instance, pids):
            hands.do(wiring.questions(plan, pids, SERVICES_WITHIN))
        _tell(engine, maker, instance, "ready", hears="ready")


def add(engine: Engine, making: Making, hands: Wirer, nodes: Collection[str], listener: Listener) -> None:
    """Make nodes in a lab that is ready, beside those that it has; their ports are signed when all is well."""
    instance, plan = making.instance, making.blueprint.plan
    with ExitStack() as held:
        with listener.step("containers"):
            fresh = held.enter_context(_nodes(engine, making, nodes))
            pids = {container.labels[NODE]: container.pid for container in fresh}
        with listener.step("wires"), _blaming_the_dead(engine, instance, pids):
            switch = engine.container(instance.switch).pid
            hands.do(wiring.joins(plan, switch, pids) + wiring.releases(plan, pids, SERVICES_WITHIN))
        with listener.step("services"), _blaming_the_dead(engine, instance, pids):
            hands.do(wiring.questions(plan, pids, SERVICES_WITHIN) + wiring.signs(plan, switch, pids))


def _remove_strays(engine: Engine, instance: Instance, kept: Collection[str]) -> None:
    """Remove what carries the instance's name but its switch, and what is kept: nodes, or containers, by name."""
    there = [one for one in engine.containers(instance.labels) if one.name != instance.switch]
    _remove_all(engine, [one for one in there if not {one.name, one.labels.get(NODE)} & set(kept)])


def _nodes(engine: Engine, making: Making, names: Collection[str]) -> AbstractContextManager[Iterator[Container]]:
    """Begin to make nodes, and give them, in the plan's order, when they run."""
    specs = [_node_spec(making, node) for node in making.blueprint.plan.nodes.values() if node.name in names]
    return begun(lambda spec: _started(engine, spec), specs)


def _choose_delays(engine: Engine, making: Making, hands: Wirer, maker: Session) -> None:
    """Where the kernel cannot delay frames, or shall not, have the switch run a program. Raises ``EngineError``.

    It is an error where the topology wants no program.
    """
    plan = making.blueprint.plan
    lacks = "" if plan.delays == "program" else hands.asked(wiring.tries_qdisc("netem"))[0]
    if lacks and plan.delays == "kernel":
        raise EngineError(
            f"the kernel of the engine's machine cannot delay frames ({lacks}), and '{plan.topology}' says "
            "'delays: kernel'; load the module sch_netem there, or leave that key out: then a program delays them"
        )
    if lacks or plan.delays == "program":
        _tell(engine, maker, making.instance, "delays", hears="delaying")


def _tell(engine: Engine, maker: Session, instance: Instance, word: str, hears: str) -> None:
    """Tell the switch a word, which it confirms with another."""
    maker.write(f"{word}\n".encode())
    if maker.read().decode().strip() != hears:
        raise EngineError(f"the switch died: {engine.logs(instance.switch, last=10)}")


def _started(engine: Engine, spec: ContainerSpec) -> Container:
    try:
        engine.create(spec)
        engine.start(spec.name)
        return engine.container(spec.name)
    except EngineError as error:
        raise EngineError(f"node '{spec.hostname}' does not start: {error}") from error


@contextmanager
def _blaming_the_dead(engine: Engine, instance: Instance, nodes: Iterable[str]) -> Iterator[None]:
    """Where something fails because a node died, say which, and its last words."""
    try:
        yield
    except EngineError as error:
        if not (dead := _first_dead(engine, instance, nodes)):
            raise
        raise EngineError(f"node '{dead}' died; {_last_words(engine, instance.container(dead))}") from error


def _first_dead(engine: Engine, instance: Instance, nodes: Iterable[str]) -> str:
    """Return a node that does not run, or nothing; the engine may hear of an end later than the wiring."""

    def dead() -> str:
        running = {one.labels.get(NODE) for one in engine.containers(instance.labels) if one.state == "running"}
        return next((node for node in nodes if node not in running), "")

    try:
        return until(dead, "a node that died", DEATHS_WITHIN)
    except TimedOut:
        return ""


def _last_words(engine: Engine, container: str) -> str:
    try:
        words = engine.logs(container, last=10).strip()
    except NotFound:
        return "somebody has removed its container"
    return f"its last lines:\n{words}" if words else "it printed nothing"


def answers(engine: Engine, container: str, node: NodePlan) -> bool:
    """Whether all services of a node answer now, as they are asked from inside it; a node without any does."""
    if not node.setup.ready:
        return True
    asked = json.dumps([wiring.question(one) for one in node.setup.ready]).encode()
    done = engine.run(container, ["/usr/lib/wiretale/ask"], asked)
    return not done.exit_code


def down(engine: Engine, found: Found) -> None:
    """Remove what was found of an instance."""
    _remove_all(engine, found.containers)


def _remove_all(engine: Engine, containers: Iterable[Container]) -> None:
    """Remove as many as can be removed; a switch, the lock of its lab, goes last and stays if anything else does."""
    containers = tuple(containers)
    switch = _switch_of(containers)
    with ThreadPoolExecutor(AT_ONCE) as pool, unbroken():
        removals = [pool.submit(engine.remove, one.id) for one in containers if one is not switch]
    for removal in removals:
        removal.result()
    if switch:
        engine.remove(switch.id)


@contextmanager
def begun(work: Callable[[T], U], items: Iterable[T]) -> Iterator[Iterator[U]]:
    """Begin to do the same to many, some at a time, and give the results in order; leaving ends what has begun."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            with unbroken():
                results = pool.map(work, items)
            yield results
        finally:
            pool.shutdown(cancel_futures=True)


def _switch_spec(making: Making) -> ContainerSpec:
    return ContainerSpec(
        name=making.instance.switch,
        image=making.blueprint.image,
        command=("/usr/lib/wiretale/switch",),
        hostname="switch",
        labels={**making.labels, ROLE: "switch", **making.blueprint.labels},
        capabilities=frozenset({"NET_RAW"}),
        sysctls=ipv6.OFF,
        keeps_input=True,
    )


def _node_spec(making: Making, node: NodePlan) -> ContainerSpec:
    setup = node.setup
    return ContainerSpec(
        name=making.instance.container(node.name),
        image=making.blueprint.image,
        command=("/usr/lib/wiretale/serve", *setup.command) if setup.command else _IDLE,
        hostname=node.name,
        user=setup.user,
        labels={**making.labels, ROLE: "node", NODE: node.name, RECIPE: making.blueprint.recipes[node.name].label},
        capabilities=setup.capabilities,
        sysctls={**_PATIENT, **ipv6.sysctls(node), **setup.sysctls},
    )
