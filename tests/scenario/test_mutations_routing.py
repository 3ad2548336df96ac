"""For each proof of the routing story there is one lie in its recorded evidence that turns it red."""

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from scapy.contrib.bgp import BGPHeader, BGPOpen, BGPUpdate
from scapy.layers.inet import ICMP, IP, TCP

from lab.capture import load_acts
from lab.evidence import read_result
from lab.scenario import find
from tests.scenario.lying import claimed, lied, proofs_of, turned_red

STORY = find("routing", Path(__file__).parents[2] / "scenarios")
ELSEWHERE = "traceroute to web\n 1  10.9.9.9  0.1 ms\n"


def chatter(act, frame, packet):
    """At first, somebody speaks to the port of BGP."""
    if act == "before" and packet.haslayer(ICMP) and frame.port.node == "west":
        packet[IP].payload = TCP(dport=179)
        packet[IP].proto = 6
    return frame


def detour_at_first(act, frame, packet):
    """At first, pings arrive with one step less."""
    if act == "before" and packet.haslayer(ICMP) and packet[IP].ttl == 62:
        packet[IP].ttl = 61
    return frame


def west_is_silent(act, frame, packet):
    """The end that is torn first says nothing."""
    return None if act == "cut" and frame.port.node == "west" and packet.haslayer(BGPUpdate) else frame


def east_is_silent(act, frame, packet):
    """The end that is torn last says nothing."""
    return None if act == "cut" and frame.port.node == "east" and packet.haslayer(BGPUpdate) else frame


def east_spoke_early(act, frame, packet):
    """What east says was said by north."""
    if act == "cut" and frame.port.node == "north" and packet.haslayer(BGPUpdate):
        return replace(frame, port=replace(frame.port, node="east"))
    return frame


def north_keeps_its_word(act, frame, packet):
    """What north takes back it does not take back."""
    if frame.port.node == "north" and packet.haslayer(BGPUpdate) and act == "cut":
        packet[BGPUpdate].withdrawn_routes_len = 0
        return None
    return frame


def never_round(act, frame, packet):
    """Pings arrive with as many steps left as on the straight way."""
    if act in ("cut", "mended") and packet.haslayer(ICMP) and packet[IP].ttl == 61:
        packet[IP].ttl = 62
    return frame


def nothing_is_lost(act, frame, packet):
    """Pings that got no further are not in the capture."""
    alone = act == "cut" and packet.haslayer(ICMP) and not frame.delivered
    return None if alone else frame


@cache
def answered():
    """The numbers of the pings that ada had an answer to when the cable was cut."""
    came = load_acts(STORY.recorded / "capture.pcapng")["cut"].received_by("ada").only(ICMP(type=0))
    return {packet[ICMP].seq for packet in came}


def only_answered_pings(act, frame, packet):
    """Pings that were not answered were never sent."""
    return None if act == "cut" and packet.haslayer(ICMP) and packet[ICMP].seq not in answered() else frame


def all_is_lost(act, frame, packet):
    """No answer comes to ada."""
    return None if packet.haslayer(ICMP) and frame.port.node == "west" and packet[ICMP].type == 0 else frame


def lost_at_the_goal(act, frame, packet):
    """What got no further had come to the web server."""
    if act == "cut" and packet.haslayer(ICMP) and not frame.delivered:
        return replace(frame, port=replace(frame.port, node="web"))
    return frame


def somebody_resets(act, frame, packet):
    """The new session begins with a reset."""
    if act == "mended" and packet.haslayer(TCP) and packet[TCP].flags == "SA":
        packet[TCP].flags = "R"
    return frame


def false_names(act, frame, packet):
    """Routers say that they are somebody else."""
    if packet.haslayer(BGPOpen):
        packet[BGPOpen].my_as = 65000
    return frame


def north_hears_nothing(act, frame, packet):
    """Nothing is announced to north again."""
    told = act == "mended" and packet.haslayer(BGPUpdate)
    return None if told and [port.node for port in frame.delivered] == ["north"] else frame


def words_travel_far(act, frame, packet):
    """What routers say may go further than one step."""
    if packet.haslayer(BGPHeader):
        packet[IP].ttl = 64
    return frame


LIES_IN_FRAMES = (
    chatter,
    detour_at_first,
    west_is_silent,
    east_is_silent,
    east_spoke_early,
    north_keeps_its_word,
    never_round,
    nothing_is_lost,
    only_answered_pings,
    all_is_lost,
    lost_at_the_goal,
    somebody_resets,
    false_names,
    north_hears_nothing,
    words_travel_far,
)
LIES_IN_FACTS = {
    "way_before": ELSEWHERE,
    "way_during": "",
    "way_after": ELSEWHERE,
    "counted_at_cut": ["1 packets transmitted, 1 received, 0% packet loss"],
}


@pytest.fixture
def copied(tmp_path):
    return Path(shutil.copytree(STORY.recorded, tmp_path / "run"))


@pytest.fixture(scope="module")
def reds():
    """What turned red so far, by lie."""
    return {}


@pytest.mark.parametrize("lie", LIES_IN_FRAMES, ids=lambda lie: lie.__name__)
def test_a_lie_in_the_frames_is_found_out(copied, reds, lie):
    lied(copied, lie)
    reds[lie.__name__] = turned_red(STORY, copied)
    assert reds[lie.__name__]


@pytest.mark.parametrize("fact", LIES_IN_FACTS)
def test_a_lie_in_what_was_printed_is_found_out(copied, reds, fact):
    claimed(copied, fact, LIES_IN_FACTS[fact])
    reds[fact] = turned_red(STORY, copied)
    assert reds[fact]


def test_a_way_that_stays_the_same_is_found_out(copied, reds):
    claimed(copied, "way_during", read_result(copied)["facts"]["way_before"])
    reds["same way"] = turned_red(STORY, copied)
    assert "the other way is another one" in reds["same way"]


def test_every_proof_turns_red_by_one_of_them(reds):
    if len(reds) < len(LIES_IN_FRAMES) + len(LIES_IN_FACTS) + 1:
        pytest.skip("not all lies were told in this session")
    assert proofs_of(STORY) - set.union(*reds.values()) == set()


def test_the_truth_turns_nothing_red(copied):
    assert turned_red(STORY, copied) == set()
