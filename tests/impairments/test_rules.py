"""What makes wires bad on purpose, word for word: the rules, the queues, and the wires with delay."""

from ipaddress import IPv4Interface

import pytest

from lab import impairments
from lab.errors import InputError
from lab.impairments import Chosen, Wire
from lab.kinds.kind import Setup
from lab.plan.model import Interface, NodePlan
from lab.topology.model import UNIMPAIRED, Impairment


def end(number, impairment=UNIMPAIRED, mtu=1500):
    address, mac = IPv4Interface(f"10.0.0.{number}/24"), f"02:00:00:00:00:0{number}"
    return Interface(f"n{number}", "lan", address, mac, f"p{number}", mtu=mtu, impairment=impairment)


def node(one):
    return NodePlan(one.node, "host", (one,), (), None, Setup())


PERFECT, LOSSY, LONG = end(1), end(2, Impairment(loss=3)), end(3, Impairment(delay=20_000))


# Loss


def test_every_nth_packet_that_a_node_sends_is_lost_and_arp_is_none():
    assert (
        '\t\tiifname "p2" meta protocol { ip, ip6 } numgen inc mod 3 == 2 drop comment "n2:lan"\n'
        in impairments.losses([PERFECT, LOSSY])
    )
    assert '"p1"' not in impairments.losses([PERFECT, LOSSY])


def test_ipv6_may_ask_for_its_neighbours_before_anything_is_counted():
    lines = impairments.losses([LOSSY]).splitlines()
    asked = next(number for number, line in enumerate(lines) if "nd-neighbor-solicit" in line and "accept" in line)
    assert asked < next(number for number, line in enumerate(lines) if "numgen" in line)


def test_losses_that_are_loaded_again_replace_what_was_counted():
    first, second, third, *_ = impairments.losses([LOSSY]).splitlines()
    assert (first, second, third) == ("table bridge loss", "delete table bridge loss", "table bridge loss {")


def test_where_nothing_is_lost_there_is_no_rule():
    assert impairments.losses([PERFECT, LONG]) == ""


def test_what_a_long_wire_brings_is_lost_where_it_enters_the_bridge():
    assert 'iifname "d4"' in impairments.losses([end(4, Impairment(loss=2, delay=5))])


def rules(*doomed, at=PERFECT):
    script = impairments.dooms("x", [(one, at) for one in doomed])
    return [line.strip() for line in script.splitlines() if line.startswith("\t\t")]


@pytest.mark.parametrize(
    ("doomed", "rule"),
    [
        (Chosen("n1", "icmp", nth=2), "meta l4proto { icmp, icmpv6 } numgen inc mod 4294967295 == 1 drop"),
        (Chosen("n1", "udp", dport=53), "meta l4proto udp udp dport 53 numgen inc mod 4294967295 == 0 drop"),
        (
            Chosen("n1", "tcp", sport=80, flags="SA"),
            "meta l4proto tcp tcp sport 80 tcp flags & (fin|syn|rst|psh|ack|urg) == syn|ack "
            "numgen inc mod 4294967295 == 0 drop",
        ),
        (Chosen("n1", "tcp", nth=4, data=True), "meta l4proto tcp @ih,0,8 0-255 numgen inc mod 4294967295 == 3 drop"),
    ],
)
def test_a_frame_is_doomed_by_what_it_is_and_by_its_number(doomed, rule):
    hook, doom = rules(doomed)
    assert hook == "type filter hook prerouting priority filter; policy accept;"
    assert doom == f'iifname "p1" {rule} comment "number {doomed.nth}"'


def test_segments_with_data_are_let_go_before_those_without_are_counted():
    _, spared, doom = rules(Chosen("n1", "tcp", flags="A", data=False))
    assert spared.endswith("@ih,0,8 0-255 accept")
    assert "numgen" in doom
    assert spared.removesuffix(" @ih,0,8 0-255 accept") in doom


def test_what_a_node_receives_is_lost_on_its_way_out():
    hook, doom = rules(Chosen("n3", "icmp", received=True), at=LONG)
    assert "hook postrouting" in hook
    assert doom.startswith('oifname "d3"')


def test_several_frames_are_doomed_apart_and_spared_together():
    script = impairments.dooms("x", [(Chosen("n1", "icmp"), PERFECT), (Chosen("n2", "icmp"), LOSSY)])
    assert [line for line in script.splitlines() if line.startswith("table")] == [
        "table bridge x1 {",
        "table bridge x2 {",
    ]
    assert impairments.ends_dooms("x", 2) == "delete table bridge x1\ndelete table bridge x2\n"


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"protocol": "tcp", "nth": 0}, "counted from 1"),
        ({"protocol": "tcp", "flags": "SX"}, "no flag 'X'"),
        ({"protocol": "udp", "flags": "S"}, "asked of TCP, not of UDP"),
        ({"protocol": "udp", "data": False}, "asked of TCP, not of UDP"),
        ({"protocol": "icmp", "dport": 7}, "ICMP has no ports"),
    ],
)
def test_a_frame_that_cannot_be_is_refused(wrong, why):
    with pytest.raises(InputError, match=why):
        Chosen("n1", **wrong)


# Rate


def test_a_rate_is_kept_at_both_ends_of_the_wire():
    slow = end(2, Impairment(rate=1_000_000))
    tail = "root tbf rate 1000000bit burst 1518 limit 262144"
    assert impairments.queues_of_switch([PERFECT, slow]) == [f"qdisc add dev p2 {tail}"]
    assert impairments.queues_of_node(node(slow)) == [f"qdisc add dev lan {tail}"]
    assert impairments.queues_of_node(node(PERFECT)) == []


def test_a_slow_and_long_wire_is_slow_before_it_is_long():
    (queue,) = impairments.queues_of_switch([end(2, Impairment(rate=8_000, delay=1))])
    assert queue.startswith("qdisc add dev d2 ")


def test_a_fast_wire_may_let_out_what_passes_in_a_millisecond():
    (queue,) = impairments.queues_of_switch([end(2, Impairment(rate=10_000_000_000))])
    assert "burst 1250000 limit 2500000" in queue


# Delay


def test_a_long_wire_leads_from_the_nodes_port_over_a_helper_to_the_bridge():
    assert impairments.wires([PERFECT, LONG]) == (Wire("p3", "d3", "w3", "h3", 20_000),)
    assert (PERFECT.entry, LONG.entry) == ("p1", "d3")


def test_the_program_is_told_both_directions():
    assert impairments.ways(impairments.wires([LONG])) == {"p3": ("w3", 20_000), "w3": ("p3", 20_000)}


def test_the_program_is_told_which_frame_it_shall_treat_badly_and_where_it_comes_in():
    chosen = Chosen("n3", "tcp", nth=2, dport=80, data=True, received=True)
    assert impairments.mangled("x", "twice", chosen, LONG) == {
        "name": "x",
        "into": "w3",
        "does": "twice",
        "nth": 2,
        "protocol": "tcp",
        "sport": None,
        "dport": 80,
        "flags": "",
        "data": True,
    }
    assert impairments.mangled("x", "late", Chosen("n3", "udp"), LONG)["into"] == "p3"


def test_only_a_wire_with_delay_can_treat_a_frame_badly():
    with pytest.raises(InputError, match="'n1:lan' has no delay"):
        impairments.mangled("x", "late", Chosen("n1", "udp"), PERFECT)


def test_a_wire_duplicates_what_a_node_receives_and_nothing_else():
    with pytest.raises(InputError, match="received=True"):
        impairments.mangled("x", "twice", Chosen("n3", "udp"), LONG)


def test_in_the_kernel_a_hub_joins_the_wire_and_delays_what_leaves_it_on_either_side():
    wires = impairments.wires([LONG])
    assert impairments.hubs(wires) == [
        "link add h3 type bridge stp_state 0 mcast_snooping 0 forward_delay 0 ageing_time 0",
        "link set h3 up",
        "link set p3 master h3",
        "link set w3 master h3",
    ]
    assert impairments.netems(wires) == [
        "qdisc add dev p3 root netem delay 20000us limit 100000",
        "qdisc add dev w3 root netem delay 20000us limit 100000",
    ]
