"""Bringing a plan up as a lab, and taking it down again: all of it or nothing.

The switch is made first, and its name is the lock: of many clients that bring the same lab up, one makes it and the
others wait. The switch lives only as long as that client until it is told "ready"; so a lab in the making has a running
switch that did not say "ready", and remains have none that runs.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar
from uuid import uuid4

from lab import wiring
from lab.engine.protocol import Container, ContainerSpec, Engine, Session
from lab.errors import EngineError, InputError, NameTaken, NotFound, TimedOut
from lab.instance import DIGEST, IMAGE, LAB, MAKER, NODE, OWNER, ROLE, SOURCE, TOPOLOGY, Instance
from lab.interrupts import one_interrupt, unbroken
from lab.plan.model import NodePlan, Plan
from lab.progress import Listener
from lab.waiting import until
from lab.wirer import wirer

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

NO_IPV6 = {"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1"}


@dataclass(frozen=True)
class Blueprint:
    """What a lab is made from: the plan, and the text of the topology, which the lab carries as a label."""

    plan: Plan
    source: str
    digest: str
    image: str

    @property
    def labels(self) -> dict[str, str]:
        """What the switch carries, so that the lab can be read back from it."""
        return {TOPOLOGY: self.plan.topology, SOURCE: self.source, DIGEST: self.digest, IMAGE: self.image}


class State(Enum):
    """What is there of an instance."""

    NOTHING = "nothing"
    MAKING = "being brought up"
    READY = "ready"
    REMAINS = "remains"


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
        if engine.container(switch.id).state != "running":
            return State.REMAINS
        return State.READY if "ready" in engine.logs(switch.id, last=1) else State.MAKING
    except (NotFound, TimedOut):
        return State.REMAINS


def _switch_of(containers: Iterable[Container]) -> Container | None:
    return next((one for one in containers if one.labels.get(ROLE) == "switch"), None)


def up(engine: Engine, instance: Instance, blueprint: Blueprint, listener: Listener) -> bool:
    """Bring a lab up and return whether there was anything to do. On any failure, what was made is removed again."""
    labels = instance.labels | {MAKER: uuid4().hex}
    with one_interrupt(), _all_or_nothing(engine, labels, listener):
        while not _claimed(engine, _switch_spec(instance, blueprint, labels)):
            found = _settled(engine, instance, listener)
            if _is(found, blueprint):
                return False
            down(engine, found)
        _make(engine, instance, blueprint, labels, listener)
    return True


@contextmanager
def _all_or_nothing(engine: Engine, labels: Mapping[str, str], listener: Listener) -> Iterator[None]:
    """Where the making fails, remove what it made, and only that: the name may be somebody else's by now."""
    try:
        yield
    except BaseException:
        try:
            _remove_all(engine, engine.containers(labels))
        except EngineError as error:  # why the making failed is more important
            listener.say(f"What was made could not be removed: {error}")
        raise


def _claimed(engine: Engine, switch: ContainerSpec) -> bool:
    try:
        with unbroken():
            engine.create(switch)
    except NameTaken:
        return False
    return True


def _settled(engine: Engine, instance: Instance, listener: Listener) -> Found:
    """Return what is there of an instance, after waiting for whoever is bringing it up."""
    found = find(engine, instance)
    if found.state is State.MAKING:
        listener.say(f"'{instance.name}' is being brought up by another process; waiting for it.")
        until(lambda: find(engine, instance).state is not State.MAKING, f"'{instance.name}' to be ready", within=120)
        found = find(engine, instance)
    return found


def _is(found: Found, blueprint: Blueprint) -> bool:
    """Tell whether a whole, ready lab is there as planned. Raises ``InputError`` when it is another one."""
    if found.state is not State.READY or found.switch is None:
        return False
    if found.switch.labels[DIGEST] != blueprint.digest:
        raise InputError(
            f"a lab called '{found.instance.name}' runs already, and not as this topology says; "
            "take it down first, or give this one a name of its own with name=…"
        )
    return {name for name, node in found.nodes.items() if node.state == "running"} == set(blueprint.plan.nodes)


def _make(
    engine: Engine, instance: Instance, blueprint: Blueprint, labels: Mapping[str, str], listener: Listener
) -> None:
    """Fill a claimed instance: containers, wires, services."""
    plan = blueprint.plan
    _remove_all(engine, [one for one in engine.containers(instance.labels) if one.name != instance.switch])
    specs = [_node_spec(instance, blueprint, labels, node) for node in plan.nodes.values()]
    with ExitStack() as held:
        with listener.step("containers"):
            maker = held.enter_context(engine.attach(instance.switch))
            switches = held.enter_context(_begun(engine.start, [instance.switch]))
            nodes = held.enter_context(_begun(lambda spec: _started(engine, spec), specs))
            hands = held.enter_context(wirer(engine, instance, blueprint.image))
            list(switches)
            pids = {container.labels[NODE]: container.pid for container in nodes}
        with listener.step("wires"), _blaming_the_dead(engine, instance, pids):
            switch = engine.container(instance.switch).pid
            hands.do(wiring.wires(plan, switch, pids) + wiring.releases(pids))
        with listener.step("services"), _blaming_the_dead(engine, instance, pids):
            hands.do(wiring.questions(plan, pids, SERVICES_WITHIN))
        _tell_ready(engine, instance, maker)


def _tell_ready(engine: Engine, instance: Instance, maker: Session) -> None:
    maker.write(b"ready\n")
    if maker.read().strip() != b"ready":
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
def _begun(work: Callable[[T], U], items: Iterable[T]) -> Iterator[Iterator[U]]:
    """Begin to do the same to many, some at a time, and give the results in order; leaving ends what has begun."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            with unbroken():
                results = pool.map(work, items)
            yield results
        finally:
            pool.shutdown(cancel_futures=True)


def _switch_spec(instance: Instance, blueprint: Blueprint, labels: Mapping[str, str]) -> ContainerSpec:
    return ContainerSpec(
        name=instance.switch,
        image=blueprint.image,
        command=("/usr/lib/wiretale/switch",),
        hostname="switch",
        labels={**labels, ROLE: "switch", **blueprint.labels},
        capabilities=frozenset({"NET_RAW"}),
        sysctls=NO_IPV6,
        keeps_input=True,
    )


def _node_spec(instance: Instance, blueprint: Blueprint, labels: Mapping[str, str], node: NodePlan) -> ContainerSpec:
    setup = node.setup
    return ContainerSpec(
        name=instance.container(node.name),
        image=blueprint.image,
        command=("/usr/lib/wiretale/enter", *(setup.command or ("sleep", "infinity"))),
        hostname=node.name,
        user=setup.user,
        labels={**labels, ROLE: "node", NODE: node.name},
        capabilities=setup.capabilities,
        sysctls=NO_IPV6 | dict(setup.sysctls),
    )
