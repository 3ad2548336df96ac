"""What the frames of the story of UDP and TCP must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP

from lab.capture import payload, streams

PORT = 5000
MESSAGES = [b"one\n", b"two\n", b"three\n", b"four\n", b"five\n"]
LOST = 1
"""The place of the message that is lost."""
TWICE, LATE = 1, 2
"""The places of those that come twice, and late, to the ship."""
FULL = 1448
"""Bytes of a segment that fills a packet."""
MIXED = [MESSAGES[place] for place in (0, TWICE, TWICE, LATE + 1, LATE, 4)]
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
    return connection(seen.call)


@pytest.fixture(scope="module")
def far_call(seen):
    """The frames of the connection to Nemo, on all of its wires."""
    return connection(seen.far_call)


@pytest.fixture(scope="module")
def said(call):
    """The segments with which Alice says something."""
    return [frame for frame in call if frame.port.node == "alice" and payload(frame.packet[TCP])]


def connection(capture):
    ends = ((frame, frame.packet[TCP]) for frame in capture if TCP in frame.packet)
    return [frame for frame, tcp in ends if PORT in (tcp.sport, tcp.dport)]


def words(frames, layer):
    return [payload(frame.packet[layer]) for frame in frames]


def on_their_way(capture, sender, network, layer):
    """Return the words of those messages to Nemo that a node sends into a network, without what fills them up."""
    frames = [frame for frame in capture.on(network).sent_by(sender) if layer in frame.packet]
    return [text.rstrip(b".") for text in words(frames, layer) if text]


def said_of(call, seen):
    """Return what Nemo says to Alice: for each packet the byte that he waits for, and the blocks that he has beyond.

    Bytes are counted from the first one of the text.
    """
    begins = next(frame.packet[TCP].seq for frame in call if frame.packet[TCP].flags == "S") + 1
    told = [frame.packet[TCP] for frame in seen.far_call.sent_by("nemo") if TCP in frame.packet]
    blocks = [dict(tcp.options).get("SAck", ()) for tcp in told]
    return [(tcp.ack - begins, tuple(edge - begins for edge in have)) for tcp, have in zip(told, blocks, strict=True)]


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


# Over a satellite, by UDP


def test_the_cards_reach_the_sky_in_their_order(seen):
    assert on_their_way(seen.far_cards, "alice", "floor", UDP) == MESSAGES
    assert on_their_way(seen.far_cards, "router", "sky", UDP) == MESSAGES


def test_the_ship_sends_on_what_came_one_twice_and_one_behind_the_next(seen):
    assert on_their_way(seen.far_cards, "ship", "deck", UDP) == MIXED


def test_nemo_reads_them_as_they_came(seen):
    assert [text.encode() for text in seen.far_by_udp] == MIXED


# Over a satellite, by TCP


def test_the_text_travels_in_five_full_segments(seen):
    sent = seen.far_call.on("floor").sent_by("alice")
    assert [len(text) for text in words([frame for frame in sent if TCP in frame.packet], TCP) if text] == [FULL] * 5


def test_the_same_happens_to_it_on_its_way(seen):
    assert on_their_way(seen.far_call, "router", "sky", TCP) == MESSAGES
    assert on_their_way(seen.far_call, "ship", "deck", TCP) == MIXED


def test_nemo_says_what_he_has_beyond_the_gap(seen, far_call):
    assert (LATE * FULL, ((LATE + 1) * FULL, (LATE + 2) * FULL)) in said_of(far_call, seen)


def test_nemo_says_what_he_had_already(seen, far_call):
    """RFC 2883, section 4: the block lies before the byte that he waits for."""
    assert (LATE * FULL, (TWICE * FULL, (TWICE + 1) * FULL)) in said_of(far_call, seen)


def test_alice_sends_nothing_again(seen):
    assert on_their_way(seen.far_call, "alice", "floor", TCP) == MESSAGES


def test_nemo_reads_all_five_once_and_in_their_order(seen):
    assert [text.encode() for text in seen.far_by_tcp] == MESSAGES
