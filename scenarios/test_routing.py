"""What the frames of the routing story must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.contrib.bgp import BGPHeader, BGPKeepAlive, BGPOpen, BGPUpdate
from scapy.layers.inet import ICMP, IP, TCP

from lab.capture import bgp_messages, is_bgp, matches
from lab.plan import path

CABLE = "direct"
ENDS = "west", "east"
SOON = 0.5  # seconds
PINGS_A_SECOND = 100  # at most: the kernel's clock may make them fewer
REQUEST, REPLY = 8, 0


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("routing")


@pytest.fixture(scope="module")
def ada(seen):
    return seen.plan["ada"]


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def routers(seen):
    return {name for name, node in seen.plan.nodes.items() if node.learns}


@pytest.fixture(scope="module")
def way(seen):
    """The addresses by which a packet of ada's enters one node after the other, as planned."""
    return [hop.ip for hop in path(seen.plan, "ada", "web")]


@pytest.fixture(scope="module")
def detour(seen):
    """The same without the cable: of all ways the only one."""
    (only,) = ways(seen.plan, "ada", "web", without=CABLE)
    return only


def ways(plan, start, goal, without, passed=()):
    """Yield all ways from one node to another that pass no node twice: the addresses by which nodes are entered."""
    if start == goal:
        yield []
        return
    for segment in plan.segments:
        here = [end for end in segment.ports if end.node == start and segment.name != without]
        for end in (other for other in segment.ports if here and other.node not in (start, *passed)):
            for rest in ways(plan, end.node, goal, without, (*passed, start)):
                yield [end.ip, *rest]


def hops(printed):
    """The addresses that traceroute printed, after its headline."""
    return [line.split()[1] for line in printed.splitlines()[1:]]


def echoes(frames, kind):
    """The echo requests or replies among frames, with their frames in order, by the number in the series."""
    found = {}
    for frame in frames:
        icmp = frame.packet.getlayer(ICMP)
        if icmp is not None and icmp.type == kind:
            found.setdefault(icmp.seq, []).append(frame)
    return found


def asks(frame, node):
    """Tell whether a frame is an echo request of a node's."""
    return matches(IP(src=node.ip) / ICMP(type=REQUEST), frame.packet)


def lost(capture):
    """The pings that were not answered: for each the frames that there were of it, in order."""
    asked, answers = echoes(capture, REQUEST), echoes(capture, REPLY)
    came = echoes(capture.received_by("ada"), REPLY)
    return {number: [*frames, *answers.get(number, [])] for number, frames in asked.items() if number not in came}


def updates(capture, sender, receiver):
    """What one router told another, in order."""
    frames = capture.between(sender, receiver).sent_by(sender)
    return [said for frame in frames for said in bgp_messages(frame.packet) if said.kind == "UPDATE"]


def last_words(messages):
    """For each network the last that was said about it: the path of systems, or None if there is no way any more."""
    words = {}
    for said in messages:
        words |= dict.fromkeys(said.withdraws) | dict.fromkeys(said.announces, said.path)
    return words


def beyond(plan, node):
    """The cable's own network, and those that a router reaches by it."""
    ways_over = [str(way.to) for way in plan[node].learns if way.dev == CABLE]
    return {str(plan.segment(CABLE).subnet), *ways_over}


def test_at_first_the_way_is_the_one_that_the_plan_computes(seen, way):
    assert hops(seen.way_before) == way


def test_while_the_cable_is_cut_the_way_is_the_only_other_one(seen, detour):
    assert hops(seen.way_during) == detour


def test_the_other_way_is_another_one(seen):
    assert hops(seen.way_during) != hops(seen.way_before)


def test_when_the_cable_is_mended_the_way_is_as_before(seen, way):
    assert hops(seen.way_after) == way


def test_routers_that_have_nothing_new_to_say_say_nothing(seen, ada):
    for side in ("sport", "dport"):
        assert seen.before.lacks(IP() / TCP(**{side: 179}), given=IP(src=ada.ip) / ICMP(type=REQUEST))


def test_at_first_no_ping_passes_through_a_third_router(seen, ada):
    arrived = seen.before.received_by("web")
    assert arrived.lacks(IP(ttl=61) / ICMP(type=REQUEST), given=IP(src=ada.ip, ttl=62) / ICMP(type=REQUEST))


def test_the_end_that_is_torn_first_speaks_first_and_the_other_one_when_it_is_torn_too(seen):
    spoke = [frame.port.node for frame in seen.cut if BGPUpdate in frame.packet]
    assert list(dict.fromkeys(spoke)) == ["west", "north", "east"]


def test_each_end_withdraws_from_north_the_networks_that_it_reached_by_the_cable(seen):
    for end in ENDS:
        told = last_words(updates(seen.cut, end, "north"))
        assert {network for network, by in told.items() if by is None} == beyond(seen.plan, end)


def test_north_tells_of_no_way_to_the_cable_in_the_end(seen):
    cable = str(seen.plan.segment(CABLE).subnet)
    told = [last_words(updates(seen.cut, "north", end)) for end in ENDS]
    assert {words[cable] for words in told if cable in words} == {None}


def test_pings_go_by_north_from_then_on(seen, ada):
    arrived = [frame.packet[IP].ttl for frame in seen.cut.received_by("web") if asks(frame, ada)]
    assert set(arrived) == {62, 61}
    assert arrived == sorted(arrived, reverse=True)


def test_some_pings_are_lost_but_less_than_half_a_second_of_them(seen):
    assert 0 < len(lost(seen.cut)) < SOON * PINGS_A_SECOND


def test_none_is_lost_after_the_last_word_of_the_routers(seen):
    last = [frame for frame in seen.cut if BGPUpdate in frame.packet][-1]
    assert max(frames[0].number for frames in lost(seen.cut).values()) < last.number


def test_pings_are_answered_again_soon_after_the_last_end_has_spoken(seen):
    spoke = next(frame.time_ns for frame in seen.cut.sent_by("east") if BGPUpdate in frame.packet)
    came = [frames[-1].time_ns for frames in echoes(seen.cut.received_by("ada"), REPLY).values()]
    assert (min(time for time in came if time > spoke) - spoke) / 1e9 < SOON


def test_each_lost_ping_came_into_a_router_and_got_no_further(seen, routers):
    ends = [(frames[-1].port.node, {port.node for port in frames[-1].delivered}) for frames in lost(seen.cut).values()]
    assert [end for end in ends if not (end[1] <= routers and (end[1] or end[0] in routers))] == []


def test_east_sends_answers_into_the_torn_cable_until_it_knows(seen):
    into_it = [frame for frame in seen.cut.on(CABLE).sent_by("east") if ICMP in frame.packet and not frame.delivered]
    first_word = next(frame for frame in seen.cut.sent_by("east") if BGPUpdate in frame.packet)
    assert into_it
    assert all(frame.number < first_word.number for frame in into_it)


def test_ping_counts_what_the_wires_show(seen):
    for capture, counted in ((seen.cut, seen.counted_at_cut), (seen.mended, seen.counted_at_mend)):
        asked, came = echoes(capture.sent_by("ada"), REQUEST), echoes(capture.received_by("ada"), REPLY)
        (line,) = [line for line in counted if "transmitted" in line]
        transmitted, received = [int(part.split()[0]) for part in line.split(",")[:2]]
        assert transmitted == len(asked)
        assert received in (len(came), len(came) - 1)  # the last answer may come to a ping that was told to end


def test_east_calls_west_when_the_cable_is_mended_and_both_say_who_they_are(seen):
    number = {end: seen.plan.systems[seen.plan[end].system].number for end in ENDS}
    calls, answers = IP() / TCP(dport=179, flags="S"), IP() / TCP(sport=179, flags="SA")
    session = seen.mended.on(CABLE)
    for end in ENDS:
        assert session.in_order(calls, answers, BGPOpen(my_as=number[end]), BGPKeepAlive(), BGPUpdate())
        assert BGPOpen(my_as=number[end], version=4, hold_time=0) in session.sent_by(end)
    assert calls in session.sent_by("east")


def test_nothing_is_said_on_the_mended_cable_but_by_the_new_session(seen):
    session = [frame for frame in seen.mended.on(CABLE) if is_bgp(frame.packet)]
    assert session[0].packet[TCP].flags == "S"
    assert seen.mended.on(CABLE).lacks(IP() / TCP(flags="R"), given=IP() / TCP(flags="S"))


def test_each_end_tells_north_again_of_what_it_reaches_by_the_cable(seen):
    number = {name: seen.plan.systems[seen.plan[name].system].number for name in ENDS}
    cable = str(seen.plan.segment(CABLE).subnet)
    for end, other in (ENDS, ENDS[::-1]):
        by = dict.fromkeys(beyond(seen.plan, end), (number[end], number[other])) | {cable: (number[end],)}
        assert last_words(updates(seen.mended, end, "north")) == by


def test_nothing_is_lost_while_the_cable_is_mended(seen):
    assert echoes(seen.mended, REQUEST)
    assert lost(seen.mended) == {}


def test_pings_go_by_north_until_the_straight_way_is_known_and_by_it_from_then_on(seen, ada):
    arrived = [frame.packet[IP].ttl for frame in seen.mended.received_by("web") if asks(frame, ada)]
    assert set(arrived) == {61, 62}
    assert arrived == sorted(arrived)


def test_what_routers_say_goes_no_further_than_to_their_neighbours(seen):
    for act in (seen.cut, seen.mended):
        assert {packet[IP].ttl for packet in act.only(IP() / TCP() / BGPHeader())} == {1}
