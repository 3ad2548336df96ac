"""What is there of a lab becomes what is planned, by changing what differs and no more, on the fake engine."""

import os
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from lab.bringup import Blueprint, State, down, find
from lab.converging import Changes
from lab.engine.protocol import ContainerSpec
from lab.errors import EngineError, InputError
from lab.instance import NODE, ROLE
from lab.kinds.kind import Setup
from lab.plan.model import Plan
from lab.progress import Nobody
from lab.upkeep import up
from lab.waiting import until
from lab.wirer import wirer
from tests.bringup.bench import EVERYTHING, OURS, Ear, bring_up, leaves_nothing, names, paused, threads, trouble_of
from tests.bringup.programs import node_engine
from tests.bringup.small import SETUPS, blueprint, small_plan
from tests.engine.fake import Call, FakeEngine

WEB = OURS.container("web")
OTHER_WEB = replace(SETUPS["web"], command=("python3", "-m", "http.server", "80"))
SERVES = blueprint(digest="two", plan=small_plan(web=OTHER_WEB))


@pytest.fixture(autouse=True)
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deaths are known at once in an engine in memory."""
    monkeypatch.setattr("lab.bringup.DEATHS_WITHIN", 0.0)


@pytest.fixture
def engine() -> FakeEngine:
    """Give an engine with the small lab up."""
    engine = node_engine()
    bring_up(engine)
    return engine


def ids(engine: FakeEngine) -> Mapping[str, str]:
    return {one.name.split(".")[-1]: one.id for one in engine.containers(EVERYTHING)}


def die(engine: FakeEngine, name: str) -> None:
    """Kill the first process of a container."""
    process = engine.process(engine.container(OURS.container(name)).pid)
    assert process
    process.kill()
    until(lambda: engine.container(OURS.container(name)).state == "exited", f"the end of {name}", within=5)


def is_gone(engine: FakeEngine) -> None:
    engine.remove(WEB)


def has_died(engine: FakeEngine) -> None:
    die(engine, "web")


def was_restarted(engine: FakeEngine) -> None:
    """Its network namespace is another one, so its port has gone."""
    engine.programs["/usr/lib/wiretale/wire"].links[engine.container(OURS.switch).pid].pop("p3")


def was_left_half_made(engine: FakeEngine) -> None:
    """Whoever made it anew was killed: it waits for its wires."""
    labels = engine.container(WEB).labels
    engine.remove(WEB)
    engine.create(ContainerSpec(WEB, "any", ("/usr/lib/wiretale/enter", "python3"), labels=labels))
    engine.start(WEB)


def is_mute(engine: FakeEngine) -> None:
    """Its service was killed, and whoever did it was killed before he had it begin again."""
    process = engine.process(engine.container(WEB).pid)
    assert process
    process.serving.clear()


TROUBLES = {
    is_gone: "web: it was not there; made",
    has_died: "web: it had ended; made anew",
    was_restarted: "web: it had lost its wires; made anew",
    was_left_half_made: "web: it had lost its wires; made anew",
    is_mute: "web: it did not answer; made anew",
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_node_in_trouble_is_made_anew_and_no_other(engine: FakeEngine, trouble: Callable[[FakeEngine], None]) -> None:
    well = ids(engine)
    trouble(engine)
    ill, ear = ids(engine).get("web"), Ear()
    assert up(engine, OURS, blueprint(), ear)
    after = ids(engine)
    assert after.pop("web") not in {well.pop("web"), ill}
    assert after == well
    assert ear.heard == [TROUBLES[trouble], "unchanged: a, b"]
    assert not bring_up(engine)


def test_who_does_not_answer_may_only_miss_another_and_is_made_anew_when_all_others_are_well(
    engine: FakeEngine,
) -> None:
    """A router is not ready while its neighbour is dead, for example."""
    is_mute(engine)
    die(engine, "a")
    for said in ("a: it had ended; made anew", "web: it did not answer; made anew"):
        ear = Ear()
        up(engine, OURS, blueprint(), ear)
        assert [line for line in ear.heard if "unchanged" not in line] == [said]
    assert not bring_up(engine)


def test_only_the_wires_of_a_node_that_is_made_anew_are_laid(engine: FakeEngine) -> None:
    has_died(engine)
    jobs = engine.programs["/usr/lib/wiretale/wire"].jobs
    jobs.clear()
    bring_up(engine)
    laid = [line.split()[2] for job in jobs for task in job for line in task.get("batch", ()) if "veth" in line]
    assert laid == ["p3"]
    assert sum(task["do"] == "release" for job in jobs for task in job) == 1


def test_a_port_is_signed_when_all_is_well_with_its_node(engine: FakeEngine) -> None:
    has_died(engine)
    jobs = engine.programs["/usr/lib/wiretale/wire"].jobs
    jobs.clear()
    bring_up(engine)
    assert [task["do"] for task in jobs[-1]] == ["ask", "ip"]
    assert "alias" in jobs[-1][-1]["batch"][0]


def test_a_node_that_is_not_planned_is_removed(engine: FakeEngine) -> None:
    labels = OURS.labels | {ROLE: "node", NODE: "stray"}
    engine.create(ContainerSpec(OURS.container("stray"), "any", ("sleep",), labels=labels))
    ear = Ear()
    assert up(engine, OURS, blueprint(), ear)
    assert "stray: it is not planned any more; removed" in ear.heard
    assert "stray" not in names(engine)


def test_a_switch_that_died_is_made_anew_and_the_nodes_get_new_wires(engine: FakeEngine) -> None:
    before, ear = ids(engine), Ear()
    die(engine, "_switch")
    assert find(engine, OURS).state is State.UNWIRED
    assert up(engine, OURS, blueprint(), ear)
    after = ids(engine)
    assert {name for name in after if after[name] != before[name]} == {"_switch"}
    assert ear.heard == ["wires: the switch had died; laid anew", "unchanged: a, b, web"]
    assert find(engine, OURS).state is State.READY
    assert not bring_up(engine)


def test_a_switch_that_was_restarted_has_no_wires_and_is_made_anew(engine: FakeEngine) -> None:
    engine.programs["/usr/lib/wiretale/wire"].links.clear()
    ear = Ear()
    assert up(engine, OURS, blueprint(), ear)
    assert ear.heard == ["wires: the switch was restarted; laid anew", "unchanged: a, b, web"]


def test_a_node_that_died_with_the_switch_is_made_anew(engine: FakeEngine) -> None:
    before, ear = ids(engine), Ear()
    for name in ("a", "_switch"):
        die(engine, name)
    up(engine, OURS, blueprint(), ear)
    after = ids(engine)
    assert {name for name in after if after[name] != before[name]} == {"a", "_switch"}
    assert ear.heard[0] == "a: it had ended; made anew"


def test_when_all_have_died_all_is_made_anew(engine: FakeEngine) -> None:
    """As after a restart of the engine."""
    before = ids(engine)
    for name in ("a", "b", "web", "_switch"):
        die(engine, name)
    assert bring_up(engine)
    assert not set(before.values()) & set(ids(engine).values())


def test_a_node_that_keeps_running_is_wired_and_neither_furnished_nor_released(engine: FakeEngine) -> None:
    die(engine, "_switch")
    pid = engine.container(WEB).pid
    jobs = engine.programs["/usr/lib/wiretale/wire"].jobs
    jobs.clear()
    bring_up(engine)
    assert [task["do"] for job in jobs for task in job if task.get("pid") == pid] == [
        "cut",
        "in_order",
        "ip",
        "offloads",
    ]


def test_a_waiting_node_is_not_kept_when_the_switch_dies(engine: FakeEngine) -> None:
    was_left_half_made(engine)
    die(engine, "_switch")
    ear = Ear()
    assert up(engine, OURS, blueprint(), ear)
    assert ear.heard[0] == "web: it had lost its wires; made anew"


def test_a_service_that_may_hold_on_to_its_interfaces_is_not_kept_when_the_switch_dies() -> None:
    """A DHCP client, for example, has a socket on an interface that is not there any more."""
    engine, ear = node_engine(), Ear()
    plan = small_plan(web=replace(SETUPS["web"], capabilities=frozenset({"NET_RAW"})))
    up(engine, OURS, blueprint(plan=plan), ear)
    die(engine, "_switch")
    up(engine, OURS, blueprint(plan=plan), ear)
    assert ear.heard[0] == "web: its service would have held on to its old wires; made anew"


def test_of_a_topology_that_changed_only_what_differs_is_made_anew(engine: FakeEngine) -> None:
    before, ear = ids(engine), Ear()
    assert up(engine, OURS, SERVES, ear)
    after = ids(engine)
    assert {name for name in after if after[name] != before[name]} == {"web", "_switch"}
    assert ear.heard == [
        "web: its command changed; made anew",
        "wires: the topology changed; laid anew",
        "unchanged: a, b",
    ]
    assert find(engine, OURS).digest == "two"


def test_what_changed_is_said_in_the_words_of_the_topology(engine: FakeEngine) -> None:
    ear = Ear()
    up(engine, OURS, blueprint(digest="two", plan=small_plan(web=OTHER_WEB), web="Hello!"), ear)
    assert ear.heard[0] == "web: its words changed; made anew"


def test_words_that_change_nothing_change_nothing(engine: FakeEngine) -> None:
    before = ids(engine)
    assert not up(engine, OURS, blueprint(web="Hello!"), Nobody())
    assert ids(engine) == before


def without(node: str) -> Plan:
    plan = small_plan()
    (lan,) = plan.segments
    ports = tuple(replace(end, port=f"p{end.port}") for end in lan.ports if end.node != node)
    nodes = {name: one for name, one in plan.nodes.items() if name != node}
    return Plan("small", (replace(lan, ports=ports),), nodes)


def test_nodes_come_and_go_with_the_topology_and_other_ports_change_no_node(engine: FakeEngine) -> None:
    before, ear = ids(engine), Ear()
    fewer = without("a")
    up(engine, OURS, blueprint(digest="two", plan=fewer), ear)
    assert ear.heard[0] == "a: it is not planned any more; removed"
    assert ids(engine).keys() == {"_switch", "b", "web"}
    assert ids(engine)["web"] == before["web"]
    up(engine, OURS, blueprint(), ear)
    assert "a: it was not there; made" in ear.heard
    assert ids(engine)["web"] == before["web"]


def test_a_lab_of_another_topology_is_not_converted(engine: FakeEngine) -> None:
    before = ids(engine)
    other = blueprint(plan=replace(small_plan(), topology="large"))
    with pytest.raises(InputError, match="runs already, of the topology 'small'"):
        up(engine, OURS, other, Nobody())
    assert ids(engine) == before


def test_a_lab_without_recipes_is_made_anew(engine: FakeEngine) -> None:
    for name in ("a", "b", "web"):
        engine.remove(OURS.container(name))
        labels = OURS.labels | {ROLE: "node", NODE: name}
        engine.create(ContainerSpec(OURS.container(name), "any", ("sleep",), labels=labels))
        engine.start(OURS.container(name))
    ear = Ear()
    up(engine, OURS, blueprint(), ear)
    assert ear.heard[0] == "a: it was made by another Wiretale; made anew"


def test_who_finds_nothing_to_do_does_not_wait_for_a_story_that_is_told(engine: FakeEngine) -> None:
    with wirer(engine, OURS, "any"):
        assert not bring_up(engine)


def test_a_repair_waits_for_a_story_that_is_told(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.wirer.PATIENCE", 0.05)
    has_died(engine)
    before = ids(engine)
    with wirer(engine, OURS, "any"), pytest.raises(EngineError, match="somebody else's work on this lab"):
        bring_up(engine)
    until(lambda: "_wiring" not in names(engine), "the wiring to be gone", within=5)
    assert ids(engine) == before


@pytest.mark.parametrize("wanted", [blueprint(), SERVES], ids=["the-same", "another"])
def test_of_many_who_repair_at_once_one_does_it(engine: FakeEngine, wanted: Blueprint) -> None:
    has_died(engine)
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(lambda: bool(up(engine, OURS, wanted, Nobody()))) for _ in range(8)]
        assert sum(one.result(30) for one in done) == 1
    until(lambda: names(engine) == ["_switch", "a", "b", "web"], "the wiring to be gone", within=5)


def test_a_lab_that_is_taken_down_while_it_is_looked_at_is_made(engine: FakeEngine) -> None:
    at = lambda call: call.verb == "open" and call.name == OURS.switch  # noqa: E731
    with ThreadPoolExecutor(1) as pool, paused(engine, at) as (came, go):
        looking = pool.submit(bring_up, engine)
        assert came.wait(5)
        down(engine, find(engine, OURS))
        go.set()
        assert looking.result(10)
    assert find(engine, OURS).state is State.READY


def test_who_claims_the_name_of_a_lab_that_is_just_changed_makes_it(engine: FakeEngine) -> None:
    """The old switch has gone and the new one is not there yet: whoever comes now is first, and the other finds it."""
    created: list[str] = []

    def at(call: Call) -> bool:
        if (call.verb, call.name, call.done) == ("create", OURS.switch, False):
            created.append(call.name)
        return len(created) == 2  # the first was refused, since there was a lab

    ear = Ear()
    with ThreadPoolExecutor(1) as pool, paused(engine, at) as (came, go):
        slow = pool.submit(up, engine, OURS, SERVES, ear)
        assert came.wait(5)
        assert up(engine, OURS, SERVES, Nobody()).first
        made = ids(engine)
        go.set()
        assert not slow.result(20)
    until(lambda: ids(engine) == made, "the lab of the first to be all that is there", within=5)
    assert "The lab could not be changed, and is down." not in ear.heard


def two_die(engine: FakeEngine) -> None:
    die(engine, "web")
    engine.remove(OURS.container("b"))


def the_switch_dies(engine: FakeEngine) -> None:
    die(engine, "web")
    die(engine, "_switch")


def nothing_happens(engine: FakeEngine) -> None: ...


WORK = {two_die: blueprint(), the_switch_dies: blueprint(), nothing_happens: SERVES}


def calls_of(trouble: Callable[[FakeEngine], None]) -> range:
    """Return the numbers of the calls that repair a lab after some trouble."""
    engine = node_engine()
    bring_up(engine)
    trouble(engine)
    before = len(engine.calls)
    up(engine, OURS, WORK[trouble], Nobody())
    return range(len(engine.calls) - before)


MOMENTS = [(trouble, number, done) for trouble in WORK for number in calls_of(trouble) for done in (False, True)]


def is_whole_or_as_it_was(engine: FakeEngine, trouble: Callable[[FakeEngine], None], before: Mapping[str, str]) -> None:
    """Assert what is promised of a lab whose change failed: what was well still is, or all of it is gone."""
    until(lambda: "_wiring" not in names(engine), "the wiring to be gone", within=5)
    after = ids(engine)
    if trouble is two_die:
        assert [(name, after[name]) for name in ("_switch", "a")] == [(name, before[name]) for name in ("_switch", "a")]
    elif after:
        assert after == before
    assert up(engine, OURS, WORK[trouble], Nobody())
    assert find(engine, OURS).state is State.READY
    assert names(engine) == ["_switch", "a", "b", "web"]
    assert not up(engine, OURS, WORK[trouble], Nobody())


@pytest.mark.parametrize(("trouble", "number", "done"), MOMENTS)
def test_a_failure_at_any_call_of_a_repair_leaves_what_was_well_or_nothing(
    engine: FakeEngine, trouble: Callable[[FakeEngine], None], number: int, done: bool
) -> None:
    trouble(engine)
    before, first = ids(engine), len(engine.calls)

    def fail(call: Call) -> None:
        if (call.number - first - 1, call.done) == (number, done):
            raise EngineError(f"trouble at call {number}")

    engine.disturb = fail
    failed = trouble_of(lambda: up(engine, OURS, WORK[trouble], Nobody()))
    engine.disturb = lambda call: None
    assert failed is None or f"trouble at call {number}" in str(failed)
    if failed is not None:
        is_whole_or_as_it_was(engine, trouble, before)
    assert not threads()


@pytest.mark.parametrize(("trouble", "number", "done"), MOMENTS[::3])
def test_an_interrupt_at_any_call_of_a_repair_leaves_what_was_well_or_nothing(
    engine: FakeEngine, trouble: Callable[[FakeEngine], None], number: int, done: bool
) -> None:
    trouble(engine)
    before, first = ids(engine), len(engine.calls)

    def interrupt(call: Call) -> None:
        if (call.number - first - 1, call.done) == (number, done):
            os.kill(os.getpid(), signal.SIGINT)

    engine.disturb = interrupt
    failed = trouble_of(lambda: up(engine, OURS, WORK[trouble], Nobody()))
    engine.disturb = lambda call: None
    if failed is not None:
        assert isinstance(failed, KeyboardInterrupt)
        is_whole_or_as_it_was(engine, trouble, before)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not threads()


def test_a_change_that_fails_says_that_the_lab_is_taken_down(engine: FakeEngine) -> None:
    ear = Ear()
    broken = small_plan(web=Setup(command=("dies",), ready=SETUPS["web"].ready))
    with pytest.raises(EngineError, match="node 'web' died"):
        up(engine, OURS, blueprint(digest="two", plan=broken), ear)
    assert ear.heard[-1] == "The lab could not be changed, and is down."
    leaves_nothing(engine)


def test_nothing_to_do_is_no_change() -> None:
    assert not Changes()
    assert Changes(first=True)
