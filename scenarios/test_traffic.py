"""What the frames of the story of the traffic must show: one fact, one test. Live and recorded evidence alike."""

import re
from collections import Counter

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP

CLOSED = 8080


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("traffic")


@pytest.fixture(scope="module")
def frames(seen):
    return list(seen.busy.on("floor"))


def size(several):
    return sum(len(frame.data) for frame in several)


def is_refused(frame):
    return TCP in frame.packet and bool(frame.packet[TCP].flags.R)


def test_the_sums_are_the_bytes_of_the_capture(seen, frames):
    assert sum(seen.bytes_of.values()) == size(frames)


def test_each_kind_has_the_bytes_of_its_frames(seen, frames):
    assert seen.bytes_of == {
        "ERRORS": size(filter(is_refused, frames)),
        "WEB": size(frame for frame in frames if TCP in frame.packet and not is_refused(frame)),
        "NAMES": size(frame for frame in frames if UDP in frame.packet),
        "ECHOES": size(frame for frame in frames if ICMP in frame.packet),
        "NEIGHBOURS": size(frame for frame in frames if ARP in frame.packet),
    }


def test_most_of_it_is_carried_by_tcp(seen):
    assert seen.bytes_of["WEB"] > 0.5 * sum(seen.bytes_of.values())


def test_one_packet_came_to_nothing(seen, frames):
    (refused,) = filter(is_refused, frames)
    assert refused.packet[TCP].sport == CLOSED
    assert refused.packet[IP].dst == seen.plan["alice"].ip


def test_the_columns_of_the_picture_have_the_same_bytes(seen):
    drawn = {}
    for name, number in re.findall(r'<rect class="(\w+)"[^>]* data-bytes="(\d+)"', seen.chart):
        drawn[name.upper()] = drawn.get(name.upper(), 0) + int(number)
    assert drawn == seen.bytes_of


def test_each_conversation_has_the_frames_of_its_two(seen, frames):
    names = {str(end.address.ip): end.node for end in seen.plan.ends}
    ends = [(frame.packet[IP].src, frame.packet[IP].dst) for frame in frames if IP in frame.packet]
    counted = Counter(frozenset(names.get(end, end) for end in pair) for pair in ends)
    told = {frozenset((one, other)): int(number) for one, _, other, number, *_ in map(str.split, seen.talks)}
    assert told == counted


def test_all_conversations_have_the_bytes_of_all_but_arp(seen, frames):
    numbers = [int(line.split()[-2].replace(",", "")) for line in seen.talks]
    assert sum(numbers) == size(frame for frame in frames if ARP not in frame.packet)
    assert numbers == sorted(numbers, reverse=True)


def test_so_have_the_bars(seen, frames):
    numbers = [int(line.rpartition("  ")[2].replace(",", "")) for line in seen.bars if " ms  " in line]
    assert sum(numbers) == size(frames)
