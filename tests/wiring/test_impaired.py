"""What the wiring is told to do for wires that are not perfect."""

import json
from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from types import ModuleType
from typing import Any

import pytest

from lab import impairments, wiring
from lab.impairments import Chosen
from lab.topology.model import Impairment
from tests.wiring.test_wiring import GATE, HOST, JOB, OUTSIDE, PIDS, PLAN, SWITCH

BAD = replace(HOST, impairment=Impairment(loss=3))
SLOW = replace(OUTSIDE, impairment=Impairment(rate=1_000_000))
LONG = replace(GATE, impairment=Impairment(delay=20_000))
LAN, WAN = PLAN.segments
NODES = {
    "host": replace(PLAN["host"], interfaces=(BAD,)),
    "gate": replace(PLAN["gate"], interfaces=(LONG, SLOW)),
}
IMPAIRED = replace(PLAN, segments=(replace(LAN, ports=(BAD, LONG)), replace(WAN, ports=(SLOW,))), nodes=NODES)
LAID = wiring.wires(IMPAIRED, SWITCH, PIDS)
LET_OUT = wiring.lets_out([102], 9)
JOINED = wiring.joins(IMPAIRED, SWITCH, {"gate": 102})


def tasks(job: wiring.Job, do: str) -> list[dict[str, Any]]:
    return [task for task in job if task["do"] == do]


def test_perfect_wires_cost_no_task() -> None:
    assert {task["do"] for task in JOB} == {"in_order", "ip", "offloads", "firewall", "files"}
    assert [task["pid"] for task in tasks(JOB, "firewall")] == [102]


def test_a_long_wire_is_not_plugged_into_the_bridge_but_its_entry_is() -> None:
    batch = tasks(LAID, "ip")[0]["batch"]
    assert "link add p2 type veth peer name lan address 02:00:00:00:00:02 netns 102" in batch
    assert "link add d2 master b1 type veth peer name w2" in batch
    assert {"link set p2 up", "link set d2 up", "link set w2 up"} <= set(batch)


def test_a_long_wire_carries_as_much_as_its_network() -> None:
    small = replace(LONG, mtu=1400)
    lan = replace(LAN, ports=(BAD, small), mtu=1400)
    plan = replace(IMPAIRED, segments=(lan, WAN), nodes={**NODES, "gate": replace(NODES["gate"], interfaces=(small,))})
    batch = tasks(wiring.wires(plan, SWITCH, PIDS), "ip")[0]["batch"]
    assert "link add d2 mtu 1400 master b1 type veth peer name w2 mtu 1400" in batch


def test_delays_are_told_both_as_the_program_and_as_the_kernel_want_them() -> None:
    (delay,) = tasks(LAID, "delay")
    assert delay["pid"] == SWITCH
    assert delay["ways"] == {"p2": ("w2", 20_000), "w2": ("p2", 20_000)}
    assert delay["hubs"][0].startswith("link add h2 type bridge")
    assert [line.split()[3] for line in delay["queues"]] == ["p2", "w2"]


def test_a_rate_is_set_in_the_switch_and_in_the_node() -> None:
    assert [(task["pid"], task["batch"][0].split()[3]) for task in tasks(LAID, "tc")] == [(SWITCH, "p3"), (102, "wan")]


def test_losses_are_loaded_with_the_wires_and_counted_anew_when_all_forget() -> None:
    (loaded,) = [task for task in tasks(LAID, "firewall") if task["pid"] == SWITCH]
    assert 'iifname "p1"' in loaded["script"]
    assert wiring.forgets(IMPAIRED, SWITCH, PIDS)[-1] == loaded


def test_a_node_that_joins_again_gets_its_long_wire_anew_and_nobody_else_does() -> None:
    cut = JOINED[0]
    assert (cut["do"], cut["interfaces"]) == ("cut", ["p2", "d2", "h2", "p3"])
    assert "link add d2 master b1 type veth peer name w2" in tasks(JOINED, "ip")[0]["batch"]
    assert [set(task["ways"]) for task in tasks(JOINED, "delay")] == [{"p2", "w2"}]
    assert tasks(wiring.joins(IMPAIRED, SWITCH, {"host": 101}), "delay") == []


def test_a_node_that_keeps_running_is_slowed_down_again_when_it_gets_new_wires() -> None:
    job = wiring.wires(IMPAIRED, SWITCH, PIDS, furnished={"gate"})
    assert [task["pid"] for task in tasks(job, "tc")] == [SWITCH, 102]


MANGLED = [
    *wiring.mangles(SWITCH, [impairments.mangled("x", "late", Chosen("gate", "udp", on="lan"), LONG)]),
    *wiring.spares(SWITCH, ["x"]),
]


@pytest.mark.parametrize("job", [LAID, JOINED, LET_OUT, MANGLED, wiring.tries_qdisc("netem")])
def test_the_program_knows_every_task_that_it_is_given(program: Callable[[str], ModuleType], job: wiring.Job) -> None:
    known = program("wire").TASKS
    for task in job:
        signature(known[task["do"]]).bind(**{key: value for key, value in task.items() if key != "do"})
    assert "\n" not in json.dumps(job)
