"""What the frames of the story of sockets must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, UDPerror
from scapy.layers.l2 import ARP
from scapy.packet import Raw

PORT, NOBODYS = 5000, 5001
QUESTION, ANSWER, CARD = b"Is anybody there?\n", b"Come in.\n", b"Nobody asked me to ring first.\n"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("sockets")


@pytest.fixture(scope="module")
def alice(seen):
    return seen.plan["alice"]


@pytest.fixture(scope="module")
def bob(seen):
    return seen.plan["bob"]


def said(act):
    """Who said what by TCP: the node, the flags, and the text."""
    return [
        (frame.port.node, str(frame.packet[TCP].flags), bytes(frame.packet[Raw]) if Raw in frame.packet else b"")
        for frame in act
        if TCP in frame.packet
    ]


def by_the_two(act):
    """What Alice and Bob have sent; a printer announces itself when it likes."""
    return [frame for frame in act if frame.port.node in ("alice", "bob")]


def no_arp(act):
    """What they have sent, but for questions who has an address."""
    return [frame for frame in by_the_two(act) if ARP not in frame.packet]


def waiting(line):
    """How many stand before a door that listens, as ``ss`` tells it."""
    state, before, *_ = line.split()
    assert state == "LISTEN"
    return int(before)


def test_a_socket_that_listens_costs_no_packet(seen):
    assert by_the_two(seen.listening) == []


def test_to_connect_takes_three_packets(seen):
    assert said(seen.connected) == [("alice", "S", b""), ("bob", "SA", b""), ("alice", "A", b"")]
    assert all(PORT in (packet[TCP].sport, packet[TCP].dport) for packet in seen.connected.only(TCP()))


def test_the_call_goes_through_although_nobody_has_accepted_it(seen):
    before, after = map(waiting, seen.waiting)
    assert (before, after) == (1, 0)


def test_what_is_said_is_confirmed_although_nobody_has_read_it(seen):
    assert said(seen.said) == [("alice", "PA", QUESTION), ("bob", "A", b"")]
    sent, confirmed = (packet[TCP] for packet in seen.said.only(TCP()))
    assert confirmed.ack == sent.seq + len(QUESTION)


def test_to_accept_and_to_read_costs_no_packet(seen):
    assert by_the_two(seen.accepted) == []


def test_bob_reads_what_alice_said(seen):
    assert seen.bob_read[0] == ascii(QUESTION)


def test_an_answer_is_one_packet_and_is_confirmed(seen):
    assert said(seen.answered) == [("bob", "PA", ANSWER), ("alice", "A", b"")]


def test_alice_reads_the_answer(seen):
    assert seen.alice_read[0] == ascii(ANSWER)


def test_each_direction_is_closed_on_its_own(seen):
    assert said(seen.closed) == [("alice", "FA", b""), ("bob", "A", b""), ("bob", "FA", b""), ("alice", "A", b"")]


def test_who_reads_at_the_end_gets_nothing(seen):
    assert seen.bob_read[1] == "b''"


def test_nothing_is_broken_off(seen):
    acts = (seen.connected, seen.said, seen.answered, seen.closed)
    assert not any("R" in packet[TCP].flags for act in acts for packet in act.only(TCP()))


def test_a_card_is_one_packet_without_any_before_or_after_it(seen, alice, bob):
    (card,) = no_arp(seen.card)
    assert (card.packet[IP].src, card.packet[IP].dst, card.packet[UDP].dport) == (alice.ip, bob.ip, PORT)
    assert bytes(card.packet[Raw]) == CARD


def test_bob_reads_the_card(seen):
    assert seen.bob_read[2] == ascii(CARD)


def test_where_nobody_has_a_box_the_system_says_so(seen, alice, bob):
    card, complaint = (frame.packet for frame in no_arp(seen.refused))
    assert card[UDP].dport == NOBODYS
    assert (complaint[IP].src, complaint[ICMP].type, complaint[ICMP].code) == (bob.ip, 3, 3)
    assert complaint[UDPerror].dport == NOBODYS


def test_alice_hears_of_it_when_she_uses_the_socket_next(seen):
    assert seen.alice_read[1].startswith("ConnectionRefusedError: ")


def test_both_acts_of_udp_use_the_same_socket(seen):
    ports = {
        packet[UDP].sport
        for act in (seen.card, seen.refused)
        for packet in act.only(IP(src=seen.plan["alice"].ip) / UDP())
    }
    assert len(ports) == 1
