"""What routers tell each other, and pings that run beside it: in words, folded, and the same whatever chance did."""

from itertools import pairwise

import pytest
from scapy.contrib.bgp import (
    BGPHeader,
    BGPKeepAlive,
    BGPNLRI_IPv4,
    BGPNotification,
    BGPOpen,
    BGPPAAS4BytesPath,
    BGPPathAttr,
    BGPUpdate,
)
from scapy.layers.inet import ICMP, IP, TCP

from lab import kinds
from lab.capture import bgp_messages
from lab.ladder import as_text, ladder, normalised
from lab.plan import plan
from lab.running import ports
from lab.topology.reading import FOLDER, parse
from tests.capture.build import capture, sent
from tests.ladder.traffic import Told, asks, claim, wire

ADA, WEB, EAST, NORTH, WEST = "ada", "web", "east", "north", "west"
RIGHT, CABLE = "198.18.2.0/24", "198.18.0.0/30"


@pytest.fixture(scope="module")
def triangle():
    return plan(parse((FOLDER / "triangle.yml").read_bytes(), "triangle.yml", kinds.load()))


@pytest.fixture(scope="module")
def at(triangle):
    """The ends of the wire between two nodes."""
    known = {(port.node, port.network): port for port in ports(triangle).values()}

    def ends(one, other):
        (network,) = {end.network for end in triangle[one].interfaces} & {
            end.network for end in triangle[other].interfaces
        }
        return known[one, network], known[other, network]

    return ends


def withdraws(*networks):
    return BGPHeader() / BGPUpdate(withdrawn_routes=[BGPNLRI_IPv4(prefix=one) for one in networks])


def announces(path, *networks):
    segment = BGPPAAS4BytesPath.ASPathSegment(segment_type=2, segment_value=path)
    attribute = BGPPathAttr(type_flags="Transitive", type_code=2, attribute=BGPPAAS4BytesPath(segments=[segment]))
    return BGPHeader() / BGPUpdate(path_attr=[attribute], nlri=[BGPNLRI_IPv4(prefix=one) for one in networks])


@pytest.fixture(scope="module")
def told(at):
    """A segment of a session between two routers, the first of whom sends it."""

    def by(one, other, message, **header):
        source, target = at(one, other)
        tcp = TCP(**{"sport": 40001, "dport": 179, "flags": "PA", **header})
        return wire(IP(src=source.ip, dst=target.ip, ttl=1) / tcp / message, source, target)

    return by


@pytest.fixture(scope="module")
def pings(at):
    """Echo requests that go by some nodes, with their answers the same way back."""

    def by(way, numbers):
        return [frame for number in numbers for frame in one(way, number)]

    def one(way, number):
        there = list(pairwise(way))
        back = [(other, node) for node, other in reversed(there)]
        yield from trip(there, ICMP(type=8, id=5, seq=number), ends=(way[0], way[-1]), number=number)
        yield from trip(back, ICMP(type=0, id=5, seq=number), ends=(way[-1], way[0]), number=1000 + number)

    def trip(wires, icmp, ends, number):
        first, last = at(*wires[0])[0], at(*wires[-1])[1]
        for passed, (node, other) in enumerate(wires):
            yield wire(IP(src=first.ip, dst=last.ip, id=number, ttl=64 - passed) / icmp, *at(node, other))

    return by


def lines(plan, *acts):
    text = normalised([Told(capture(*frames)) for frames in acts], plan)
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_messages_of_a_segment_are_read_in_their_order(told):
    frame = told(EAST, WEST, withdraws(RIGHT) / announces([64502, 64503], CABLE) / BGPKeepAlive())
    kinds_and_networks = [(said.kind, said.withdraws, said.announces, said.path) for said in bgp_messages(frame.packet)]
    assert kinds_and_networks == [
        ("UPDATE", (RIGHT,), (), ()),
        ("UPDATE", (), (CABLE,), (64502, 64503)),
        ("KEEPALIVE", (), (), ()),
    ]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (BGPHeader() / BGPOpen(my_as=64502), "BGP OPEN AS 64502"),
        (BGPKeepAlive(), "BGP KEEPALIVE"),
        (BGPHeader() / BGPNotification(error_code=6), "BGP NOTIFICATION Cease"),
        (withdraws(RIGHT), "BGP UPDATE withdraws 198.18.2.0/24"),
        (announces([64502, 64503], CABLE), "BGP UPDATE 198.18.0.0/30 by AS 64502 64503"),
        (BGPHeader() / BGPUpdate(), "BGP UPDATE that was all"),
    ],
)
def test_a_message_is_told_in_words(triangle, told, message, words):
    drawn = as_text(ladder([Told(capture(told(EAST, WEST, message)))], triangle))
    assert words in drawn
    assert "TTL" not in drawn


def test_in_which_order_neighbours_hear_makes_no_difference(triangle, told):
    heard = [told(WEST, NORTH, withdraws(RIGHT, CABLE)), told(EAST, NORTH, withdraws(CABLE))]
    assert lines(triangle, heard) == lines(triangle, heard[::-1])


def test_a_way_that_is_only_tried_makes_no_difference(triangle, told):
    withdrawn = [told(WEST, NORTH, withdraws(RIGHT))]
    tried = [told(WEST, NORTH, announces([64501, 64503], RIGHT)), *withdrawn]
    assert lines(triangle, tried) == lines(triangle, withdrawn)
    assert "  west -> north: BGP UPDATE withdraws 198.18.2.0/24" in lines(triangle, withdrawn)


def test_a_network_that_was_not_told_of_cannot_be_withdrawn(triangle, told):
    """North hears of the right network from east, so it has not told east of it."""
    tried = [told(NORTH, EAST, announces([64503, 64501], RIGHT)), told(NORTH, EAST, withdraws(RIGHT))]
    assert lines(triangle, tried) == lines(triangle, tried[1:]) == ["in the end, in any order:"]


def test_what_was_told_in_one_act_can_be_withdrawn_in_the_next(triangle, told):
    told_of, withdrawn = told(NORTH, EAST, announces([64503, 64501], RIGHT)), told(NORTH, EAST, withdraws(RIGHT))
    assert lines(triangle, [told_of], [withdrawn])[-1] == "  north -> east: BGP UPDATE withdraws 198.18.2.0/24"


def test_a_new_session_begins_with_nothing(triangle, told):
    opened = [told(WEST, NORTH, BGPHeader() / BGPOpen(my_as=64501)), told(WEST, NORTH, withdraws(RIGHT))]
    assert "  west -> north: BGP UPDATE withdraws 198.18.2.0/24" not in lines(triangle, opened)


def test_another_path_makes_a_difference(triangle, told):
    one, other = (told(WEST, NORTH, announces(path, RIGHT)) for path in ([64501, 64502], [64501]))
    assert lines(triangle, [one]) != lines(triangle, [other])


def test_which_of_two_neighbours_looked_for_the_other_makes_no_difference(triangle, at, told):
    west, east = at(WEST, EAST)

    def after(one, other, first, second):
        return [asks(one, other.ip, [other]), claim(other, one, other.ip, other.mac), told(*first), told(*second)]

    said = (EAST, WEST, BGPKeepAlive()), (WEST, EAST, BGPKeepAlive())
    assert lines(triangle, after(west, east, *said[::-1])) == lines(triangle, after(east, west, *said))
    assert "  east, west: ARP" in lines(triangle, after(east, west, *said))


def test_how_often_somebody_pings_makes_no_difference(triangle, pings):
    straight = ADA, WEST, EAST, WEB
    assert lines(triangle, pings(straight, range(12))) == lines(triangle, pings(straight, range(40)))


def test_the_ways_of_pings_and_that_some_are_lost_make_a_difference(triangle, pings):
    straight, round_about = (ADA, WEST, EAST, WEB), (ADA, WEST, NORTH, EAST, WEB)
    all_answered = lines(triangle, [*pings(straight, range(12)), *pings(round_about, range(12, 24))])
    some_lost = lines(triangle, [*pings(straight, range(12)), *pings(straight, [12])[:1]])
    assert "    ada -> west -> north -> east -> web" in all_answered
    assert "    not all were answered" not in all_answered
    assert "    not all were answered" in some_lost


def test_a_few_pings_are_told_one_by_one(triangle, pings):
    assert len([line for line in lines(triangle, pings((ADA, WEST, EAST, WEB), range(3))) if "echo" in line]) == 18


def test_pings_that_may_go_further_and_further_are_told_one_by_one(triangle, at):
    ada, west = at(ADA, WEST)
    probes = [IP(src=ada.ip, dst=west.ip, ttl=ttl, id=ttl) / ICMP(type=8, id=5, seq=ttl) for ttl in range(1, 16)]
    assert len(lines(triangle, [wire(probe, ada, west) for probe in probes])) == 15


def test_pings_with_their_answers_are_one_arrow(triangle, pings):
    drawn = as_text(ladder([Told(capture(*pings((ADA, WEST, EAST, WEB), range(6))))], triangle))
    assert "ICMP echo request and reply ×6" in drawn
    assert drawn.count("echo") == 1


def test_pings_whose_answers_are_lost_are_counted(triangle, pings):
    def lost(number):
        *there, into_the_cable, _ = pings((ADA, WEST, EAST, WEB), [number])
        return [*there, sent(into_the_cable.data, into_the_cable.port, [])]

    drawn = as_text(ladder([Told(capture(*(frame for number in range(5) for frame in lost(number))))], triangle))
    assert drawn.count("lost") == drawn.count("request ×5") == 1
