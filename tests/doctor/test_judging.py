import json
import math
from dataclasses import replace

import pytest

from lab.bringup import Found
from lab.bringup import State as LabState
from lab.cli.verbs.doctor_verb import as_json
from lab.doctor import judging
from lab.doctor.finding import State, note, ok, trouble, worst
from lab.doctor.judging import FEATURES, GIGABYTE, Folder
from lab.doctor.trial import FEATURES as TRIED
from lab.doctor.trying import MEMORY_MB, PROCESSES, Tried
from lab.engine.brief import LAB
from lab.engine.images import Stock
from lab.engine.protocol import Container
from lab.instance import ROLE, Instance

ALL = 1 << 1 | 1 << 12 | 1 << 13 | 1 << 19 | 1 << 21
NET_ADMIN = 1 << 12

WELL = Tried(
    capabilities=ALL,
    seccomp=True,
    no_new_privileges=True,
    memory=MEMORY_MB << 20,
    processes=PROCESSES,
    free=50 * GIGABYTE,
    packages=(),
    failures=dict.fromkeys(FEATURES, ""),
    entering="",
)


def states(findings: object) -> dict[str, State]:
    return {finding.subject: finding.state for finding in findings}  # type: ignore[attr-defined]


def lab(state: LabState, *containers: Container, name: str = "shop") -> Found:
    return Found(Instance("ada", name), containers, state)


def container(role: str, state: str) -> Container:
    return Container("1", role, {ROLE: role}, state)


def test_the_worst_finding_decides() -> None:
    fine, odd, bad = ok("a", ""), note("b", ""), trouble("c", "", "")
    assert [worst(some) for some in ([], [fine], [odd, fine], [fine, bad, odd])] == [
        State.OK,
        State.OK,
        State.NOTE,
        State.TROUBLE,
    ]


def test_whatever_is_in_trouble_has_a_remedy() -> None:
    broken = replace(WELL, capabilities=0, failures=dict.fromkeys(FEATURES, "no"), entering="no")
    found = [*judging.rights(broken), *judging.kernel(broken.failures), judging.engine_disk(0)]
    bad = [finding for finding in found if finding.state is State.TROUBLE]
    assert len(bad) == 11
    assert all(finding.remedy for finding in bad)


def test_machines_are_told_the_same_as_people() -> None:
    told = json.loads(as_json([ok("veth", "works"), trouble("tbf", "does not", "load it")]))
    assert told == {
        "state": "trouble",
        "findings": [
            {"what": "veth", "state": "ok", "seen": "works", "remedy": ""},
            {"what": "tbf", "state": "trouble", "seen": "does not", "remedy": "load it"},
        ],
    }


def test_an_error_is_what_was_seen_and_its_advice_is_the_remedy() -> None:
    message = "there is an engine at /run/d.sock,\nbut not for you. Join its group:\n    sudo usermod"
    said, advice = "there is an engine at /run/d.sock, but not for you", "Join its group: sudo usermod"
    assert judging.blamed("engine", message) == trouble("engine", said, advice)
    assert judging.blamed("engine", "it died:\n    see its log") == trouble("engine", "it died:", "see its log")
    assert judging.blamed("engine", "it says v1.2 and dies", "restart it").remedy == "restart it"


def test_where_no_engine_runs_it_depends_on_whether_one_could() -> None:
    assert judging.no_engine("", installed=True).state is State.NOTE
    assert judging.no_engine("", installed=False).remedy == "./invoke up --yes"
    assert judging.no_engine("only root can. Do this", installed=True) == trouble("engine", "only root can", "Do this")


def test_the_doctor_knows_what_everything_is_good_for_that_is_tried() -> None:
    assert FEATURES.keys() == TRIED.keys()


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_a_kernel_that_lacks_something_is_in_trouble_unless_it_is_optional(feature: str) -> None:
    found = states(judging.kernel(WELL.failures | {feature: "unknown"}))
    worst = State.NOTE if FEATURES[feature].optional else State.TROUBLE
    assert found.pop(FEATURES[feature].subject) is worst
    assert set(found.values()) == {State.OK}


def test_what_was_not_tried_is_not_said_to_work() -> None:
    assert State.OK not in states(judging.kernel({})).values()
    assert set(states(judging.not_tried("no image", "build it")).values()) == {State.NOTE}


def test_a_missing_capability_is_named() -> None:
    found = next(judging.rights(replace(WELL, capabilities=ALL & ~NET_ADMIN)))
    assert (found.state, found.seen) == (State.TROUBLE, "the engine does not grant NET_ADMIN")
    assert set(states(judging.rights(WELL)).values()) == {State.OK}


def test_nodes_that_the_wiring_may_not_enter_are_in_trouble() -> None:
    assert states(judging.rights(replace(WELL, entering="denied")))["nodes' namespaces"] is State.TROUBLE


@pytest.mark.parametrize(
    ("odd", "subject"),
    [
        (replace(WELL, memory=0), "memory limit"),
        (replace(WELL, processes=0), "process limit"),
        (replace(WELL, seccomp=False), "seccomp"),
    ],
)
def test_a_limit_that_is_not_in_force_is_noted(odd: Tried, subject: str) -> None:
    assert set(states(judging.limits_in_force(WELL)).values()) == {State.OK}
    assert [it for it, state in states(judging.limits_in_force(odd)).items() if state is State.NOTE] == [subject]


@pytest.mark.parametrize(("free", "state"), [(50, State.OK), (2, State.NOTE), (0.1, State.TROUBLE)])
def test_a_disk_fills_up_in_three_steps(free: float, state: State) -> None:
    assert judging.engine_disk(int(free * GIGABYTE)).state is state


def test_a_disk_that_nobody_can_see_is_not_said_to_be_full() -> None:
    assert judging.engine_disk(None).state is State.NOTE


def test_a_state_folder_of_somebody_elses_is_in_trouble() -> None:
    assert judging.state_folder(Folder("/s", writable=True, free=GIGABYTE)).state is State.OK
    assert judging.state_folder(Folder("/s", writable=True, free=1)).state is State.TROUBLE
    assert judging.state_folder(Folder("/s", writable=False, free=GIGABYTE)).state is State.TROUBLE


def test_an_image_is_there_or_stale_or_not_there() -> None:
    there = Stock("node:2", present=True, has_large=True, others={}, dangling=())
    assert states(judging.images(there)) == {"image": State.OK, "large image": State.OK}
    stale = list(judging.images(replace(there, present=False, others={"node:1": 5})))
    assert [it.state for it in stale] == [State.NOTE, State.OK, State.NOTE]
    assert "stale" in stale[0].seen
    assert "docker image rm" in stale[2].remedy
    (large,) = [it for it in judging.images(replace(there, has_large=False)) if it.subject == "large image"]
    assert (large.state, "needs it" in large.seen) == (State.NOTE, True)
    assert "first" in next(judging.images(replace(there, present=False))).seen


def test_a_package_of_another_version_is_named_and_the_others_counted() -> None:
    assert judging.versions(["a=1"], ["a=1"]).state is State.OK
    found = judging.versions(["a=2", "b=2", "c=1"], ["a=1", "b=1", "c=1"])
    assert (found.state, found.seen) == (State.NOTE, "a is 2, the lock file says 1, and 1 more")


def test_leftovers_are_told_apart_and_named() -> None:
    labs = [
        lab(LabState.REMAINS, name="old"),
        lab(LabState.MAKING, name="new"),
        lab(LabState.UNWIRED, name="cut off"),
        lab(LabState.READY, container("wiring", "created"), name="stuck"),
        lab(LabState.READY, container("wiring", "running"), name="busy"),
    ]
    found = list(judging.leftovers(labs, ["sha256:0123456789abcdef"]))
    assert [it.seen for it in found] == ["old", "new", "cut off", "stuck", "0123456789ab"]
    assert {it.state for it in found} == {State.NOTE}
    assert {it.state for it in judging.leftovers([], [])} == {State.OK}


def test_another_doctor_at_work_is_no_leftover_and_a_killed_one_is() -> None:
    working = lab(LabState.REMAINS, container("brief", "running"), name=LAB)
    killed = lab(LabState.REMAINS, container("brief", "created"), name=LAB)
    assert next(judging.leftovers([working], [])).state is State.OK
    assert next(judging.leftovers([killed], [])).state is State.NOTE


@pytest.mark.parametrize(
    ("ahead", "state"),
    [(0.2, State.OK), (-5, State.NOTE), (1.5, State.OK), (7200, State.TROUBLE), (math.nan, State.NOTE)],
)
def test_clocks_may_differ_by_as_much_as_is_not_known(ahead: float, state: State) -> None:
    assert judging.clock(ahead, uncertain=0.8).state is state


def test_a_clock_is_ahead_or_behind() -> None:
    assert "5.0 s behind" in judging.clock(-5, 0).seen
    assert "5.0 s ahead of" in judging.clock(5, 0).seen


def test_a_program_that_labs_do_without_is_only_noted() -> None:
    assert states(judging.programs(["tshark"])) == {"tshark": State.OK, "dot": State.NOTE, "wireshark": State.NOTE}
