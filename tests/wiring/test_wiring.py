"""What the wiring is told to do for a plan, word for word."""

import base64
import json
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any

import pytest

from lab import wiring
from lab.kinds.kind import File, Question, Setup
from lab.plan.model import Interface, NodePlan, Plan, Route, Segment

SWITCH = 100
PIDS = {"host": 101, "gate": 102}


def end(node: str, network: str, address: str, port: str) -> Interface:
    return Interface(node, network, IPv4Interface(address), f"02:00:00:00:00:0{port[1]}", port)


HOST = end("host", "lan", "10.0.0.2/24", "p1")
GATE, OUTSIDE = end("gate", "lan", "10.0.0.1/24", "p2"), end("gate", "wan", "198.18.0.1/30", "p3")
ASKED = Question("udp", 53, b"\x00\xff who?", rb"\x80")
MASQUERADE = "table ip nat {\n}\n"
PLAN = Plan(
    "pair",
    (
        Segment("lan", IPv4Network("10.0.0.0/24"), "b1", (HOST, GATE)),
        Segment("wan", IPv4Network("198.18.0.0/30"), "b2", (OUTSIDE,)),
    ),
    {
        "host": NodePlan(
            "host",
            "host",
            (HOST,),
            (Route(IPv4Network("0.0.0.0/0"), IPv4Address("10.0.0.1"), "lan"),),
            IPv4Address("10.0.0.1"),
            Setup(),
        ),
        "gate": NodePlan(
            "gate",
            "dns",
            (GATE, OUTSIDE),
            (),
            None,
            Setup(files=(File("/etc/zone", "ü\n", 0o600),), firewall=MASQUERADE, ready=(ASKED,)),
        ),
    },
)
JOB = wiring.wires(PLAN, SWITCH, PIDS)
LAID = 4
"""How many tasks it takes until all wires are laid."""


def tasks(do: str, pid: int) -> list[dict[str, Any]]:
    return [task for task in JOB if (task["do"], task["pid"]) == (do, pid)]


def batch(pid: int) -> list[str]:
    (task,) = tasks("ip", pid)
    return list(task["batch"])


def files(pid: int) -> dict[str, tuple[int, str]]:
    (task,) = tasks("files", pid)
    return {file["path"]: (file["mode"], base64.b64decode(file["content"]).decode()) for file in task["files"]}


def test_the_switch_gets_a_silent_bridge_for_each_network() -> None:
    bridges = [line for line in batch(SWITCH) if "type bridge" in line]
    assert bridges == [
        f"link add {name} type bridge stp_state 0 mcast_snooping 0 forward_delay 0" for name in ("b1", "b2")
    ]


def test_each_wire_goes_from_a_port_of_its_bridge_straight_into_its_node() -> None:
    assert [line for line in batch(SWITCH) if "veth" in line] == [
        "link add p1 master b1 type veth peer name lan address 02:00:00:00:00:01 netns 101",
        "link add p2 master b1 type veth peer name lan address 02:00:00:00:00:02 netns 102",
        "link add p3 master b2 type veth peer name wan address 02:00:00:00:00:03 netns 102",
    ]


def test_each_port_says_whose_it_is_and_everything_is_up() -> None:
    assert "link set p3 alias gate:wan@102" in batch(SWITCH)
    up = {line.split()[2] for line in batch(SWITCH) if " up" in line}
    assert up == {"lo", "b1", "b2", "p1", "p2", "p3"}


def test_nodes_that_join_get_wires_of_their_own_and_old_ports_go_first() -> None:
    joining = wiring.joins(PLAN, SWITCH, {"gate": 202})
    assert joining[0] == {"do": "cut", "pid": SWITCH, "interfaces": ["p2", "p3"]}
    assert joining[1] == {"do": "in_order", "pid": 202}
    assert [line.split()[2] for line in joining[2]["batch"] if "veth" in line] == ["p2", "p3"]
    assert {task["pid"] for task in joining[3:]} == {202}
    assert not any("alias" in line for line in joining[2]["batch"])
    assert wiring.signs(PLAN, SWITCH, {"gate": 202})[0]["batch"] == [
        "link set p2 alias gate:lan@202",
        "link set p3 alias gate:wan@202",
    ]


def test_a_node_that_is_furnished_gets_wires_and_nothing_else() -> None:
    rewired = wiring.wires(PLAN, SWITCH, PIDS, furnished={"gate"})
    assert rewired[0] == {"do": "cut", "pid": 102, "interfaces": ["lan", "wan"]}
    assert rewired[1 : 1 + LAID] == JOB[:LAID]
    behind = rewired[1 + LAID :]
    assert [task["do"] for task in behind if task["pid"] == 102] == ["ip", "offloads"]
    assert [task for task in behind if task["pid"] == 101] == [task for task in JOB[LAID:] if task["pid"] == 101]


def test_order_is_kept_on_every_wire_and_all_wires_are_laid_before_anything_is_addressed() -> None:
    assert [(task["do"], task["pid"]) for task in JOB[:LAID]] == [
        ("in_order", SWITCH),
        ("in_order", 101),
        ("in_order", 102),
        ("ip", SWITCH),
    ]


def test_a_node_gets_its_address_its_quiet_neighbours_and_its_routes_in_this_order() -> None:
    assert batch(101) == [
        "link set lo up",
        "addr add 10.0.0.2/24 broadcast + dev lan",
        "link set dev lan up",
        "ntable change name arp_cache dev lan locktime 0 delay_probe 3600000",
        "route add 0.0.0.0/0 via 10.0.0.1 dev lan",
    ]


def test_a_node_with_two_interfaces_gets_both() -> None:
    assert [line.split()[2] for line in batch(102) if line.startswith("addr")] == ["10.0.0.1/24", "198.18.0.1/30"]


def test_offloads_are_switched_off_on_every_interface() -> None:
    assert [task["interfaces"] for pid in (101, 102) for task in tasks("offloads", pid)] == [["lan"], ["lan", "wan"]]


def test_only_a_node_with_a_firewall_gets_one() -> None:
    assert tasks("firewall", 101) == []
    assert [task["script"] for task in tasks("firewall", 102)] == [MASQUERADE]


def test_files_travel_whole_with_their_mode() -> None:
    assert files(102)["/etc/zone"] == (0o600, "ü\n")


def test_a_node_knows_its_own_name_and_no_other() -> None:
    assert files(101)["/etc/hosts"] == (0o644, "127.0.0.1 localhost\n10.0.0.2 host\n")


def test_a_node_asks_its_resolver_once_and_for_one_kind_of_address() -> None:
    assert files(101)["/etc/resolv.conf"][1] == "nameserver 10.0.0.1\noptions timeout:1 attempts:1 no-aaaa\n"


def test_a_node_without_a_resolver_asks_nobody() -> None:
    lines = files(102)["/etc/resolv.conf"][1].splitlines()
    assert all(line.startswith("#") for line in lines)


def test_a_node_finds_the_mark_that_it_is_in_a_lab() -> None:
    written = json.loads(files(102)[wiring.MARKER_FILE][1])
    networks = {"lan": "10.0.0.0/24", "wan": "198.18.0.0/30"}
    assert written == {"topology": "pair", "node": "gate", "networks": networks}


def test_every_node_is_released() -> None:
    assert wiring.releases(PLAN, PIDS, 1) == [{"do": "release", "pid": 101}, {"do": "release", "pid": 102}]


def test_only_services_are_asked_and_with_any_bytes() -> None:
    (ask,) = wiring.questions(PLAN, PIDS, 7.5)
    (asked,) = ask["questions"]
    assert (ask["do"], ask["within"], asked["node"], asked["pid"]) == ("ask", 7.5, "gate", 102)
    question = asked["question"]
    assert (question["transport"], question["port"]) == ("udp", 53)
    assert base64.b64decode(question["send"]) == ASKED.send
    assert base64.b64decode(question["expect"]) == ASKED.expect


def test_to_forget_goes_to_the_switch_and_to_every_node() -> None:
    job = wiring.forgets(PLAN, SWITCH, PIDS)
    assert job[0]["batch"] == [f"link set {name} type bridge fdb_flush" for name in ("b1", "b2")]
    forgetting = [task for task in job if task["do"] == "forget"]
    assert [(task["pid"], task["conntrack"]) for task in forgetting] == [(101, False), (102, True)]
    assert [task["interfaces"] for task in forgetting] == [["lan"], ["lan", "wan"]]


def test_to_forget_is_to_load_firewalls_anew_before_connections_are_forgotten() -> None:
    job = wiring.forgets(PLAN, SWITCH, PIDS)
    firewall = {"do": "firewall", "pid": 102, "script": MASQUERADE}
    forgetting = next(task for task in job if task["do"] == "forget" and task["pid"] == 102)
    assert job.index(firewall) < job.index(forgetting)


@pytest.mark.parametrize(
    "job", [JOB, wiring.releases(PLAN, PIDS, 1), wiring.questions(PLAN, PIDS, 1), wiring.forgets(PLAN, SWITCH, PIDS)]
)
def test_a_job_is_one_line_of_json(job: wiring.Job) -> None:
    assert "\n" not in json.dumps(job)
    assert json.loads(json.dumps(job)) == job
