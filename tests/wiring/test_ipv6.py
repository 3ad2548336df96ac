"""What the wiring is told to do where nodes speak IPv6: addresses that are given, and addresses that are made."""

import base64
import re

import pytest

from lab import kinds, wiring
from lab.plan import plan
from lab.topology.reading import FOLDER, parse

GOOD = FOLDER.parent / "tests/topology/good/both-families.yml"


@pytest.fixture(scope="module")
def made():
    return plan(parse(GOOD.read_bytes(), GOOD.name, kinds.load()))


@pytest.fixture(scope="module")
def pids(made):
    return {name: number for number, name in enumerate(made.nodes, start=101)}


@pytest.fixture(scope="module")
def names(pids):
    return {pid: name for name, pid in pids.items()}


def batch(job, pid):
    return [line for task in job if (task["do"], task.get("pid")) == ("ip", pid) for line in task["batch"]]


def test_an_address_that_is_given_is_there_at_once(made, pids):
    lines = batch(wiring.wires(made, 100, pids), pids["given"])
    assert "addr add 2001:db8:1::23/64 dev home" in lines
    assert lines.index("addr add 2001:db8:1::23/64 dev home") < lines.index("link set dev home up")
    assert "route add ::/0 via 2001:db8:1::1 dev home" in lines


def test_who_makes_its_address_is_switched_on_later_and_given_no_route_that_it_learns(made, pids):
    lines = batch(wiring.wires(made, 100, pids), pids["made"])
    quiet = "link set dev home addrgenmode none"
    assert lines == ["link set lo up", quiet, "addr add 10.0.1.10/24 broadcast + dev home"]
    later = batch(wiring.releases(made, pids, 1), pids["made"])
    assert "link set dev home up" in later
    assert "route add 0.0.0.0/0 via 10.0.1.1 dev home" in later
    assert [line for line in later if "::" in line] == []


def test_it_is_switched_on_when_the_router_advertises_and_begins_when_its_address_is_there(made, pids, names):
    steps = [
        (task["do"], names.get(task.get("pid")), [one["node"] for one in task.get("questions", ())])
        for task in wiring.releases(made, pids, 1)
    ]
    begins = [("release", name, []) for name in ("gate", "made", "mixed")]
    order = [begins[0], ("ask", None, ["gate"]), ("ip", "made", []), ("ask", None, ["made", "mixed"]), *begins[1:]]
    assert [step for step in steps if step in order] == order


def test_nodes_that_wait_for_nodes_that_wait_begin_last(made, pids):
    router = made["far"]
    waits = {**made.nodes, "far": type(router)(**{**vars(router), "after": ("made",)})}
    job = wiring.releases(type(made)(made.topology, made.segments, waits), pids, 1)
    released = [task["pid"] for task in job if task["do"] == "release"]
    assert released[-1] == pids["far"]
    assert sorted(released) == sorted(pids.values())


def test_no_network_that_speaks_no_ipv6_gets_an_address_of_it(made, pids):
    lines = batch(wiring.wires(made, 100, pids), pids["gate"])
    assert "link set dev old addrgenmode none" in lines
    assert "link set dev home addrgenmode none" not in lines


def test_neighbours_are_not_probed_again_in_either_family(made, pids):
    lines = batch(wiring.wires(made, 100, pids), pids["given"])
    assert "ntable change name arp_cache dev home locktime 0 delay_probe 3600000" in lines
    assert "ntable change name ndisc_cache dev home delay_probe 3600000" in lines


def test_a_port_and_its_wire_carry_what_the_network_carries(made, pids):
    (line,) = [line for line in batch(wiring.wires(made, 100, pids), 100) if "add p2" in line]
    assert re.search(r"p2 mtu 1280 .* peer name thin address \S+ mtu 1280 ", line)


def test_where_ipv6_is_spoken_both_kinds_of_address_are_asked_for(made):
    files = {
        name: {file.path: file.content for file in wiring._own_files(made, made[name])} for name in ("given", "past")
    }
    assert "no-aaaa" not in files["given"]["/etc/resolv.conf"]
    assert "no-aaaa" in files["past"]["/etc/resolv.conf"]


def test_routes_that_were_found_too_narrow_are_forgotten_in_both_families(made, pids):
    told = {task["pid"]: task["ipv6"] for task in wiring.forgets(made, 100, pids) if task["do"] == "forget"}
    assert (told[pids["given"]], told[pids["past"]]) == (True, False)


def test_a_node_that_listens_on_one_network_does_not_on_another():
    text = GOOD.read_text().replace("mixed: {kind: host, links: {old: 5,", "mixed: {kind: host, links: {thin: 5,")
    text = text.replace("10.0.2.0/30", "10.0.2.0/24").replace(
        "ipv6: slaac}}}\n  names", "ipv6: slaac}}, gateway: gate}\n  names"
    )
    made = plan(parse(text.encode(), "mixed.yml", kinds.load()))
    pids = {name: number for number, name in enumerate(made.nodes, start=101)}
    (task,) = [task for task in wiring.wires(made, 100, pids) if task["do"] == "settings"]
    assert task["pid"] == pids["mixed"]
    assert task["values"]["net/ipv6/conf/thin/accept_ra"] == "0"


def test_the_kernel_is_asked_for_the_address_itself(made):
    asked = wiring.question(made["made"].setup.ready[0])
    expect = re.compile(base64.b64decode(asked["expect"]), re.DOTALL)
    line = b"20010db80001000000a227fffe700c2e 02 40 00 %s     home\n"
    other = b"00000000000000000000000000000001 01 80 10 80       lo\n"
    assert (asked["transport"], asked["path"]) == ("kernel", "if_inet6")
    assert expect.search(other + line % b"00" + other)
    assert not expect.search(other + line % b"40")  # tentative
    assert not expect.search(other + line % b"08")  # somebody else has it


def test_in_a_story_an_address_is_made_when_the_port_of_the_switch_lets_the_question_through(made, pids):
    node = made["made"]
    job = wiring.switches_on(node, node.on("home"), pids["made"], 100)
    assert [(task["do"], task["pid"]) for task in job] == [
        ("ip", pids["made"]),
        ("forwards", 100),
        ("settings", pids["made"]),
    ]
    assert job[1]["port"] == node.on("home").port
    assert job[2]["values"] == {"net/ipv6/conf/home/addr_gen_mode": "0"}
