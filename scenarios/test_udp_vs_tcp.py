"""What the frames of the story of UDP and TCP must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP

from lab.capture import payload, streams

PORT = 5000
MESSAGES = [b"one\n", b"two\n", b"three\n", b"four\n", b"five\n"]
LOST = 1
"""The place of the message that is lost."""
HEADERS = {UDP: 8, TCP: 32}
"""Bytes before what is said: by TCP 20, and a time stamp (RFC 7323, section 3.2)."""


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("udp-vs-tcp")


@pytest.fixture(scope="module")
def cards(seen):
    """The frames by UDP that Alice sends to Bob."""
    return [frame for frame in seen.cards.sent_by("alice") if UDP in frame.packet and frame.packet[UDP].dport == PORT]


@pytest.fixture(scope="module")
def call(seen):
    """The frames of the connection."""
    return [
        frame
        for frame in seen.call
        if TCP in frame.packet and PORT in (frame.packet[TCP].sport, frame.packet[TCP].dport)
    ]


@pytest.fixture(scope="module")
def said(call):
    """The segments with which Alice says something."""
    return [frame for frame in call if frame.port.node == "alice" and payload(frame.packet[TCP])]


def words(frames, layer):
    return [payload(frame.packet[layer]) for frame in frames]


# By UDP


def test_five_cards_are_sent_each_in_a_packet_of_its_own(cards):
    assert words(cards, UDP) == MESSAGES


def test_one_of_them_is_lost(cards):
    assert [frame.delivered != () for frame in cards] == [number != LOST for number in range(len(MESSAGES))]


def test_bob_reads_the_other_four_and_there_is_nothing_more(seen):
    read = [message.decode() for number, message in enumerate(MESSAGES) if number != LOST]
    assert list(seen.by_udp) == [*read, "BlockingIOError"]


def test_nobody_tells_alice(seen, cards):
    assert cards
    back = [frame for frame in seen.cards if IP in frame.packet and frame.packet[IP].dst == seen.plan["alice"].ip]
    assert [frame for frame in back if UDP in frame.packet or ICMP in frame.packet] == []


def test_the_first_packet_says_something_already(seen, cards):
    first = next(frame for frame in seen.cards if IP in frame.packet)
    assert first == cards[0]


# By TCP


def test_three_packets_go_by_before_the_first_word(call, said):
    before = [frame.packet[TCP].flags for frame in call if frame.number < said[0].number]
    assert before == ["S", "SA", "A"]


def test_the_same_message_is_lost(said):
    assert [payload(frame.packet[TCP]) for frame in said if not frame.delivered] == [MESSAGES[LOST]]


def test_it_is_sent_again_under_the_same_number(said):
    numbers = [frame.packet[TCP].seq for frame in said if payload(frame.packet[TCP]) == MESSAGES[LOST]]
    assert len(numbers) == 2
    assert len(set(numbers)) == 1


def test_nothing_else_is_sent_twice(said):
    assert sorted(words(said, TCP)) == sorted([*MESSAGES, MESSAGES[LOST]])


def test_bob_asks_for_it_when_the_next_one_comes(call, said):
    (lost,) = [frame for frame in said if not frame.delivered]
    behind = next(frame for frame in said if frame.packet[TCP].seq > lost.packet[TCP].seq)
    asks = next(frame for frame in call if frame.port.node == "bob" and frame.number > behind.number)
    assert asks.packet[TCP].ack == lost.packet[TCP].seq
    assert "SAck" in dict(asks.packet[TCP].options)


def test_bob_reads_all_five_in_their_order(seen):
    assert seen.by_tcp.encode() == b"".join(MESSAGES)


def test_the_stream_is_whole(seen):
    (data,) = [end.data for end in streams(seen.call) if end.dport == PORT]
    assert data == b"".join(MESSAGES)


def test_what_that_costs(cards, said):
    def around(frames, layer):
        return {frame.packet[IP].len - 20 - len(payload(frame.packet[layer])) for frame in frames}

    assert around(cards, UDP) == {HEADERS[UDP]}
    assert around(said, TCP) == {HEADERS[TCP]}
