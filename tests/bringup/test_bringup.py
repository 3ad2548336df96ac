"""Labs come up whole or not at all, whoever else is at work and whatever goes wrong, on the fake engine."""

import os
import signal
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from lab.bringup import Found, State, down, find, labs
from lab.client import Client
from lab.engine.protocol import Container, ContainerSpec
from lab.errors import EngineError, InputError
from lab.instance import LAB, MAKER, NODE, OWNER, ROLE, Instance
from lab.kinds.kind import Setup
from lab.progress import Nobody
from lab.topology.model import Impairment
from lab.upkeep import up
from lab.waiting import until
from lab.wirer import wirer
from lab.wiring import Task
from tests.bringup.bench import EVERYTHING, OURS, Ear, bring_up, leaves_nothing, names, paused, threads, trouble_of
from tests.bringup.programs import LAST_WORDS, node_engine
from tests.bringup.small import ASKED, blueprint, small_plan
from tests.engine.fake import Call, FakeEngine, Process


@pytest.fixture(autouse=True)
def no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deaths are known at once in an engine in memory."""
    monkeypatch.setattr("lab.bringup.DEATHS_WITHIN", 0.0)


@pytest.fixture
def engine() -> FakeEngine:
    return node_engine()


def starts(name: str) -> Callable[[Call], bool]:
    return lambda call: (call.verb, call.name, call.done) == ("start", OURS.container(name), False)


def remain(engine: FakeEngine, node: str, **more: object) -> None:
    """Leave a container of a lab behind."""
    role = {ROLE: "switch"} if node == "_switch" else {ROLE: "node", NODE: node}
    spec = ContainerSpec(OURS.container(node), "any", ("sleep",), labels=OURS.labels | role)
    engine.create(replace(spec, **more))


def test_a_lab_is_its_switch_and_its_nodes(engine: FakeEngine) -> None:
    assert bring_up(engine)
    found = find(engine, OURS)
    assert names(engine) == ["_switch", "a", "b", "web"]
    assert found.state is State.READY
    assert {node: one.state for node, one in found.nodes.items()} == dict.fromkeys(["a", "b", "web"], "running")


def test_a_lab_can_be_read_back_from_its_switch(engine: FakeEngine) -> None:
    bring_up(engine, image="node:7")
    found = find(engine, OURS)
    assert (found.topology, found.source, found.image) == ("small", "name: small\n", "node:7")


def test_the_switch_is_made_before_all_else(engine: FakeEngine) -> None:
    bring_up(engine)
    created = [call.name for call in engine.calls if call.verb == "create"]
    assert created[0] == OURS.switch


def test_wires_come_before_releases_and_releases_before_questions(engine: FakeEngine) -> None:
    bring_up(engine)
    done = [task["do"] for job in engine.programs["/usr/lib/wiretale/wire"].jobs for task in job]
    assert done.index("ip") < done.index("offloads")
    assert set(done[: done.index("ip")]) == {"in_order"}
    assert done[-4:] == ["release", "release", "release", "ask"]
    assert "release" not in done[:-4]


LONG = {"b": Impairment(delay=20_000)}


def told_to_do(engine: FakeEngine, what: str) -> list[Task]:
    jobs = engine.programs["/usr/lib/wiretale/wire"].jobs
    return [task for job in jobs for task in job if task["do"] == what]


def test_a_lab_without_delay_asks_for_no_netem_and_its_switch_for_nothing(engine: FakeEngine) -> None:
    bring_up(engine)
    assert told_to_do(engine, "try_qdisc") == []
    assert engine.logs(OURS.switch, last=10) == "ready\n"


def test_where_the_kernel_can_delay_it_does(engine: FakeEngine) -> None:
    up(engine, OURS, blueprint(plan=small_plan(LONG)), Nobody())
    (delay,) = told_to_do(engine, "delay")
    assert "netem delay 20000us" in delay["queues"][0]
    assert engine.logs(OURS.switch, last=10) == "ready\n"


def test_where_the_kernel_cannot_delay_a_program_begins_before_the_wires_are_laid(
    engine: FakeEngine,
) -> None:
    engine.programs["/usr/lib/wiretale/wire"].lacks = "unknown"
    heard: list[tuple[bytes, list[Task]]] = []
    switch = engine.programs["/usr/lib/wiretale/switch"]

    def watched(process: Process) -> int:
        heard.append((next(process.lines()), told_to_do(engine, "ip")))
        process.write(b"delaying\n")
        return switch(process)

    engine.programs["/usr/lib/wiretale/switch"] = watched
    up(engine, OURS, blueprint(plan=small_plan(LONG)), Nobody())
    assert heard == [(b"delays", [])]
    assert [task["ways"] for task in told_to_do(engine, "delay")] == [{"p2": ["w2", 20000], "w2": ["p2", 20000]}]
    assert engine.logs(OURS.switch, last=10) == "delaying\nready\n"


def test_where_a_program_shall_delay_the_kernel_is_not_asked(engine: FakeEngine) -> None:
    heard: list[bytes] = []
    switch = engine.programs["/usr/lib/wiretale/switch"]

    def watched(process: Process) -> int:
        heard.append(next(process.lines()))
        process.write(b"delaying\n")
        return switch(process)

    engine.programs["/usr/lib/wiretale/switch"] = watched
    up(engine, OURS, blueprint(plan=small_plan(LONG, delays="program")), Nobody())
    assert heard == [b"delays"]
    assert told_to_do(engine, "try_qdisc") == []


def test_where_only_the_kernel_may_delay_and_cannot_nothing_comes_up(engine: FakeEngine) -> None:
    engine.programs["/usr/lib/wiretale/wire"].lacks = "Specified qdisc kind is unknown."
    with pytest.raises(EngineError, match=r"cannot delay frames \(Specified .*load the module sch_netem") as caught:
        up(engine, OURS, blueprint(plan=small_plan(LONG, delays="kernel")), Nobody())
    assert caught.value.exit_code == 3
    leaves_nothing(engine)


def test_where_only_the_kernel_may_delay_and_nothing_is_to_be_delayed_it_is_not_asked(engine: FakeEngine) -> None:
    engine.programs["/usr/lib/wiretale/wire"].lacks = "Specified qdisc kind is unknown."
    assert up(engine, OURS, blueprint(plan=small_plan(delays="kernel")), Nobody())


def test_a_lab_is_ready_only_when_its_services_have_answered(engine: FakeEngine) -> None:
    states: list[State] = []
    wire = engine.programs["/usr/lib/wiretale/wire"]
    engine.programs["/usr/lib/wiretale/wire"] = lambda process: states.append(find(engine, OURS).state) or wire(process)
    bring_up(engine)
    assert states == [State.MAKING]


def test_a_second_up_changes_nothing(engine: FakeEngine) -> None:
    bring_up(engine)
    before = engine.containers(EVERYTHING)
    assert not bring_up(engine)
    assert engine.containers(EVERYTHING) == before


def test_labs_of_two_names_and_two_owners_stand_side_by_side(engine: FakeEngine) -> None:
    others = [Instance("ada", "b"), Instance("ben", "small"), OURS]
    assert all(bring_up(engine, instance) for instance in others)
    assert [found.instance for found in labs(engine, "ada")] == [Instance("ada", "b"), OURS]
    down(engine, find(engine, OURS))
    assert find(engine, Instance("ben", "small")).state is State.READY


def test_of_two_ups_at_once_one_makes_the_lab_and_the_other_finds_it(engine: FakeEngine) -> None:
    ear = Ear()
    with ThreadPoolExecutor(2) as pool, paused(engine, starts("web")) as (came, go):
        first = pool.submit(bring_up, engine)
        came.wait(5)
        second = pool.submit(lambda: bool(up(engine, OURS, blueprint(), ear)))
        until(lambda: ear.heard, "the second to wait", within=5)
        assert not second.done()
        go.set()
        assert (first.result(10), second.result(10)) == (True, False)
    assert "another process" in ear.heard[0]


def test_of_many_ups_at_once_one_makes_the_lab(engine: FakeEngine) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = [pool.submit(bring_up, engine) for _ in range(8)]
        assert sum(one.result(20) for one in made) == 1
    assert names(engine) == ["_switch", "a", "b", "web"]


def judges(verb: str, done: bool) -> Callable[[Call], bool]:
    """Fit the calls of one who judges a lab: it asks for the switch by its id."""
    return lambda call: (call.verb, call.done) == (verb, done) and not call.name.startswith("wiretale.")


def test_a_lab_that_becomes_ready_while_it_is_looked_at_is_a_whole_one(engine: FakeEngine) -> None:
    looked, ready = threading.Event(), threading.Event()

    def hold(call: Call) -> None:
        if starts("web")(call):
            looked.wait(5)
        elif judges("container", done=False)(call):
            looked.set()
            ready.wait(5)

    engine.disturb = hold
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(bring_up, engine)
        until(lambda: any(starts("web")(call) for call in engine.calls), "the maker's work", within=5)
        second = pool.submit(bring_up, engine)
        assert first.result(10)
        ready.set()
        assert not second.result(10)


def test_a_lab_that_is_replaced_while_it_is_looked_at_is_the_new_one(engine: FakeEngine) -> None:
    bring_up(engine)
    old = find(engine, OURS)
    with ThreadPoolExecutor(1) as pool, paused(engine, judges("logs", done=True)) as (came, go):
        judged = pool.submit(find, engine, OURS)
        came.wait(5)
        down(engine, old)
        remain(engine, "_switch", command=("/usr/lib/wiretale/switch",), keeps_input=True)
        with engine.attach(OURS.switch):
            engine.start(OURS.switch)
            go.set()
            assert judged.result(10).state is State.MAKING


def test_a_switch_that_is_about_to_start_is_a_lab_in_the_making(engine: FakeEngine) -> None:
    with ThreadPoolExecutor(2) as pool, paused(engine, starts("_switch")) as (came, go):
        first = pool.submit(bring_up, engine)
        came.wait(5)
        judged = pool.submit(find, engine, OURS)
        second = pool.submit(bring_up, engine)
        go.set()
        assert judged.result(10).state in (State.MAKING, State.READY)
        assert (first.result(10), second.result(10)) == (True, False)


def test_who_waits_for_a_maker_that_is_killed_makes_the_lab_itself(engine: FakeEngine) -> None:
    ear = Ear()
    remain(engine, "_switch", command=("/usr/lib/wiretale/switch",), keeps_input=True)
    with ThreadPoolExecutor(1) as pool:
        with engine.attach(OURS.switch):
            engine.start(OURS.switch)
            waiting = pool.submit(up, engine, OURS, blueprint(), ear)
            until(lambda: ear.heard, "the other one to wait", within=5)
        assert waiting.result(10)
    assert find(engine, OURS).state is State.READY


def a_switch_that_exited(engine: FakeEngine) -> None:
    remain(engine, "_switch", command=("true",))
    remain(engine, "a")
    for node in ("_switch", "a"):
        engine.start(OURS.container(node))
    until(lambda: engine.container(OURS.switch).state == "exited", "the end of the switch", within=5)


def nodes_without_a_switch(engine: FakeEngine) -> None:
    for node in ("a", "long-gone"):
        remain(engine, node)
        engine.start(OURS.container(node))


def a_wiring_that_was_never_started(engine: FakeEngine) -> None:
    engine.create(ContainerSpec(OURS.wiring, "any", ("sleep",), labels=OURS.labels | {ROLE: "wiring"}))


@pytest.mark.parametrize("leave", [a_switch_that_exited, nodes_without_a_switch, a_wiring_that_was_never_started])
def test_the_remains_of_a_killed_client_are_removed_by_the_next_up(
    engine: FakeEngine, leave: Callable[[FakeEngine], None]
) -> None:
    leave(engine)
    assert find(engine, OURS).state is State.REMAINS
    assert bring_up(engine)
    assert names(engine) == ["_switch", "a", "b", "web"]


def test_a_switch_that_nobody_starts_is_what_remained_of_a_lab(
    engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.bringup.STARTS_WITHIN", 0.05)
    remain(engine, "_switch")
    assert find(engine, OURS).state is State.REMAINS
    assert bring_up(engine)


def test_nothing_is_found_where_nothing_is(engine: FakeEngine) -> None:
    assert find(engine, OURS) == Found(OURS, (), State.NOTHING)


def test_down_removes_only_what_was_found(engine: FakeEngine) -> None:
    bring_up(engine)
    old = find(engine, OURS)
    down(engine, old)
    bring_up(engine)
    down(engine, old)
    assert find(engine, OURS).state is State.READY


def test_down_removes_the_switch_last(engine: FakeEngine) -> None:
    bring_up(engine)
    switch = engine.container(OURS.switch).id
    down(engine, find(engine, OURS))
    assert [call.name for call in engine.calls if call.verb == "remove"][-1] == switch
    leaves_nothing(engine)


def test_what_cannot_be_removed_does_not_keep_the_rest_but_the_lock(engine: FakeEngine) -> None:
    bring_up(engine)
    stubborn = engine.container(OURS.container("a")).id

    def refuse(call: Call) -> None:
        if (call.verb, call.name, call.done) == ("remove", stubborn, False):
            raise EngineError("it is busy")

    engine.disturb = refuse
    with pytest.raises(EngineError, match="busy"):
        down(engine, find(engine, OURS))
    assert names(engine) == ["_switch", "a"]


def test_the_lab_that_is_meant_runs_and_else_may_be_what_is_left_of_one(engine: FakeEngine) -> None:
    client = Client(engine, lambda nodes: "any", Nobody(), owner="r")
    for name in ("b", "c"):
        left = Instance("r", name)
        engine.create(ContainerSpec(left.container("a"), "any", ("sleep",), labels=left.labels))
    with pytest.raises(InputError, match="no lab is running"):
        client.the_lab()
    with pytest.raises(InputError, match=r"say which: name=b .*; name=c"):
        client.the_lab(or_remains=True)
    assert client.the_lab(name="b", or_remains=True).instance.name == "b"
    bring_up(engine, Instance("r", "a"))
    assert client.the_lab(or_remains=True).instance.name == "a"


@pytest.mark.parametrize("name", ["two words", "../up", "-x", "a/b", "x" * 64])
def test_a_lab_is_not_called_what_no_container_can_be_called(engine: FakeEngine, name: str) -> None:
    with pytest.raises(InputError, match="a lab is called by letters"):
        Client(engine, lambda nodes: "any", Nobody(), owner="r").up("home-lan", name)


def test_clean_removes_labs_and_remains_but_none_in_the_making(engine: FakeEngine) -> None:
    ready, remains, making, neighbours = (Instance(*who) for who in ("ra", "rb", "rc", "nd"))
    for instance in (ready, neighbours):
        bring_up(engine, instance)
    engine.create(ContainerSpec(remains.container("a"), "any", ("sleep",), labels=remains.labels))
    client = Client(engine, lambda nodes: "any", Nobody(), owner="r")
    at = lambda call: (call.verb, call.name) == ("create", making.container("web"))  # noqa: E731
    with ThreadPoolExecutor(1) as pool, paused(engine, at) as (came, go):
        made = pool.submit(bring_up, engine, making)
        came.wait(5)
        assert client.clean() == ((ready, remains), (making,))
        go.set()
        assert made.result(10)
    left = {(one.labels[OWNER], one.labels[LAB]) for one in engine.containers(EVERYTHING)}
    assert left == {("r", "c"), ("n", "d")}


def test_a_node_that_died_is_named_with_its_last_words(engine: FakeEngine) -> None:
    plan = small_plan(web=Setup(command=("dies",), ready=(ASKED,)))
    with pytest.raises(EngineError) as caught:
        up(engine, OURS, blueprint(plan=plan), Nobody())
    assert "'web' died" in str(caught.value)
    assert LAST_WORDS.decode().strip() in str(caught.value)
    leaves_nothing(engine)


def test_a_node_that_dies_without_a_word_is_said_to(engine: FakeEngine) -> None:
    engine.programs["/usr/lib/wiretale/serve"] = engine.programs["true"]
    with pytest.raises(EngineError, match=r"'web' died; it printed nothing"):
        bring_up(engine)
    leaves_nothing(engine)


def test_a_node_that_cannot_start_is_named(engine: FakeEngine) -> None:
    def refuse(call: Call) -> None:
        if starts("b")(call):
            raise EngineError("no such user")

    engine.disturb = refuse
    with pytest.raises(EngineError, match="node 'b' does not start: no such user"):
        bring_up(engine)
    leaves_nothing(engine)


def test_a_wiring_that_dies_is_told_with_its_words(engine: FakeEngine) -> None:
    def broken(process: Process) -> int:
        process.write(b"nft is not installed\n", 2)
        return 1

    engine.programs["/usr/lib/wiretale/wire"] = broken
    with pytest.raises(EngineError, match="wiring died: nft is not installed"):
        bring_up(engine)
    leaves_nothing(engine)


def test_a_switch_that_dies_takes_the_lab_along(engine: FakeEngine) -> None:
    def broken(process: Process) -> int:
        next(process.lines())
        process.write(b"I cannot\n")
        return 1

    engine.programs["/usr/lib/wiretale/switch"] = broken
    with pytest.raises(EngineError, match=r"switch died.*I cannot"):
        bring_up(engine)
    leaves_nothing(engine)


def test_a_lab_that_is_taken_down_while_it_is_made_leaves_nothing(engine: FakeEngine) -> None:
    with ThreadPoolExecutor(1) as pool, paused(engine, starts("web")) as (came, go):
        made = pool.submit(bring_up, engine)
        came.wait(5)
        down(engine, find(engine, OURS))
        go.set()
        with pytest.raises(EngineError):
            made.result(10)
    leaves_nothing(engine)


def test_who_fails_removes_nothing_of_who_took_over(engine: FakeEngine) -> None:
    with ThreadPoolExecutor(2) as pool, paused(engine, starts("web")) as (came, go):
        first = pool.submit(bring_up, engine)
        came.wait(5)
        until(lambda: "_wiring" in names(engine), "the wiring", within=5)
        engine.disturb = lambda call: None
        down(engine, find(engine, OURS))
        assert bring_up(engine)
        go.set()
        with pytest.raises(EngineError):
            first.result(10)
    assert find(engine, OURS).state is State.READY
    assert names(engine) == ["_switch", "a", "b", "web"]


def test_a_wiring_that_nobody_starts_is_replaced(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.wirer.PATIENCE", 0.05)
    bring_up(engine)
    a_wiring_that_was_never_started(engine)
    with wirer(engine, OURS, "any") as hands:
        hands.do([])


def test_a_wiring_at_work_is_waited_for_and_left_alone(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.wirer.PATIENCE", 0.05)
    bring_up(engine)
    with wirer(engine, OURS, "any") as hands:
        with pytest.raises(EngineError, match="somebody else"), wirer(engine, OURS, "any"):
            pass
        hands.do([])


def calls_of_an_up() -> int:
    engine = node_engine()
    bring_up(engine)
    return len(engine.calls)


CALLS = calls_of_an_up()
MOMENTS = [(number, done) for number in range(CALLS + 3) for done in (False, True)]


@pytest.mark.parametrize(("number", "done"), MOMENTS)
def test_a_failure_at_any_call_leaves_a_whole_lab_or_nothing(engine: FakeEngine, number: int, done: bool) -> None:
    def fail(call: Call) -> None:
        if (call.number, call.done) == (number, done):
            raise EngineError(f"trouble at call {number}")

    engine.disturb = fail
    trouble = trouble_of(lambda: bring_up(engine))
    assert (trouble is None) == (number >= CALLS)
    if trouble:
        assert f"trouble at call {number}" in str(trouble)
        leaves_nothing(engine)
    assert not threads()


@pytest.mark.parametrize("presses", [1, 1000], ids=["once", "on-and-on"])
@pytest.mark.parametrize(("number", "done"), MOMENTS)
def test_an_interrupt_at_any_call_leaves_nothing(engine: FakeEngine, number: int, done: bool, presses: int) -> None:
    def interrupt(call: Call) -> None:
        if number <= call.number < number + presses and call.done is done:
            os.kill(os.getpid(), signal.SIGINT)

    engine.disturb = interrupt
    trouble = trouble_of(lambda: bring_up(engine))
    engine.disturb = lambda call: None
    assert isinstance(trouble, KeyboardInterrupt) == (number < CALLS)
    if trouble:
        leaves_nothing(engine)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert not threads()


class Distant(FakeEngine):
    """An engine that is slow to create, and does so whether or not somebody still waits; Ctrl-C comes meanwhile."""

    def __init__(self) -> None:
        super().__init__(node_engine().programs)
        self._given_up = threading.Event()
        self.requests: list[threading.Thread] = []

    def create(self, spec: ContainerSpec) -> None:
        def carry_out() -> None:
            os.kill(os.getpid(), signal.SIGINT)
            self._given_up.wait(0.2)
            super(Distant, self).create(spec)

        request = threading.Thread(target=carry_out)
        self.requests.append(request)
        request.start()
        request.join()

    def containers(self, labels: Mapping[str, str]) -> tuple[Container, ...]:
        found = super().containers(labels)
        if MAKER in labels:  # whoever tidies up has looked
            self._given_up.set()
        return found


def test_an_interrupt_waits_for_the_request_that_is_under_way() -> None:
    distant = Distant()
    assert isinstance(trouble_of(lambda: bring_up(distant)), KeyboardInterrupt)
    for request in distant.requests:
        request.join(5)
    leaves_nothing(distant)


def test_an_engine_that_goes_away_is_told_as_it_was_seen_first(engine: FakeEngine) -> None:
    def gone(call: Call) -> None:
        if call.number >= 8:
            raise EngineError(f"no answer to call {call.number}")

    ear = Ear()
    engine.disturb = gone
    with pytest.raises(EngineError, match="no answer to call"):
        up(engine, OURS, blueprint(), ear)
    assert "could not be removed" in ear.heard[0]
