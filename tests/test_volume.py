"""How much goes by, and when: each byte is counted once, in its slice and its group, and drawn with its number."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from lab.volume import Conversation, Group, bars, chart, conversations, volume
from tests.capture.build import ROUTER, VICTIM, capture, sent

TO = {"src": VICTIM.ip, "dst": ROUTER.ip}
KINDS = {
    Group.NEIGHBOURS: ARP(),
    Group.NAMES: IP(**TO) / UDP(dport=53) / DNS(qd=DNSQR(qname="a.example")),
    Group.ECHOES: IP(**TO) / ICMP(),
    Group.WEB: IP(**TO) / TCP(dport=80, flags="PA") / Raw(b"GET / HTTP/1.1\r\n\r\n"),
    Group.ERRORS: IP(**TO) / TCP(sport=80, flags="RA"),
}


def frame(kind, heard=(ROUTER,)):
    return sent(Ether(src=VICTIM.mac, dst=ROUTER.mac) / KINDS[kind], VICTIM, list(heard))


@pytest.mark.parametrize("kind", KINDS)
def test_each_frame_has_its_group(kind):
    assert Group.of(frame(kind)) is kind


def test_what_an_icmp_error_is_about_came_to_nothing():
    error = Ether() / IP(**TO) / ICMP(type=3, code=3) / IP(**TO) / UDP(dport=9)
    assert Group.of(sent(error, VICTIM, [ROUTER])) is Group.ERRORS


def test_a_lost_frame_is_black_whatever_it_was():
    assert Group.of(frame(Group.WEB, heard=())) is Group.ERRORS


@given(kinds=st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=20), slices=st.integers(1, 50))
def test_every_byte_is_counted_once(kinds, slices):
    frames = list(capture(*map(frame, kinds)))
    told = volume(frames, slices)
    assert len(told.slices) == slices
    assert told.total == sum(len(one.data) for one in frames)
    assert sum(told.of(group) for group in Group) == told.total
    drawn = ElementTree.fromstring(chart(told, "<A & B>"))
    columns = [int(rect.get("data-bytes")) for rect in drawn.iter() if rect.get("data-bytes")]
    assert sum(columns) == told.total
    lines = [line for line in bars(told) if " ms  " in line]
    assert sum(int(line.rpartition("  ")[2].replace(",", "")) for line in lines) == told.total


def test_columns_stay_on_the_paper():
    told = volume(list(capture(*[frame(Group.WEB)] * 3, frame(Group.ECHOES))), 4)
    tops = [float(y) for y in re.findall(r' y="([\d.]+)" width="[\d.]+" height="[\d.]+" data-bytes', chart(told, "x"))]
    assert tops
    assert min(tops) >= 88


def test_no_frame_has_no_volume():
    with pytest.raises(ValueError, match="no frame"):
        volume([])


def test_a_conversation_is_what_two_said_to_each_other_both_ways():
    asked = sent(Ether() / IP(**TO) / UDP(dport=53), VICTIM, [ROUTER])
    answered = sent(Ether() / IP(src=ROUTER.ip, dst=VICTIM.ip) / UDP(sport=53) / Raw(b"an answer"), ROUTER, [VICTIM])
    size = len(asked.data) + len(answered.data)
    assert conversations([asked, frame(Group.NEIGHBOURS), answered]) == (Conversation(VICTIM.ip, ROUTER.ip, 2, size),)


@given(st.lists(st.sampled_from(list(KINDS)), max_size=30))
def test_all_conversations_have_all_frames_but_those_without_ip(kinds):
    frames = [frame(kind) for kind in kinds]
    told = conversations(frames)
    assert sum(one.frames for one in told) == sum(kind is not Group.NEIGHBOURS for kind in kinds)
    assert sum(one.size for one in told) == sum(len(one.data) for one in frames if one.data[12:14] == b"\x08\x00")
