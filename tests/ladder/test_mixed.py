"""What a wire mixes up: a packet that came twice, and one that was passed on its way."""

import pytest
from scapy.layers.inet import UDP
from scapy.packet import Raw

from lab.ladder import as_text, ladder
from lab.ladder.rows import rows
from tests.capture.build import capture
from tests.ladder.traffic import Told, answered, routed

REMARKS = ("came twice", "late")


def card(number):
    """A message on both of its wires."""
    return routed(UDP(sport=5000, dport=5000) / Raw(bytes([number])), number)


@pytest.fixture
def notes(small):
    """What is said of each frame about its place among the others."""

    def of(*frames):
        told = rows(capture(*frames), small)
        return [[str(note) for note in row.notes if note.text in REMARKS] for row in told]

    return of


def test_packets_in_their_order_are_not_worth_a_word(notes):
    (one, one_on), (two, two_on) = card(1), card(2)
    assert notes(one, two, one_on, two_on) == [[], [], [], []]


def test_a_packet_is_late_that_another_one_has_passed(notes):
    (one, one_on), (two, two_on), (three, three_on) = card(1), card(2), card(3)
    told = notes(one, two, three, two_on, one_on, three_on)
    assert told == [[], [], [], [], ["late: frame 4 has passed it"], []]


def test_another_conversation_may_pass(notes):
    (one, one_on), (other, other_on) = card(1), routed(UDP(sport=5001, dport=5001) / Raw(b"!"), 2)
    assert notes(one, other, other_on, one_on) == [[], [], [], []]


def test_an_answer_may_be_on_its_way_before_the_question_is_there(notes):
    (one, one_on), (back, back_on) = card(1), answered(UDP(sport=5000, dport=5000) / Raw(b"!"), 9)
    assert notes(one, back, back_on, one_on) == [[], [], [], []]


def test_a_packet_that_is_sent_on_once_more_came_twice(notes):
    one, one_on = card(1)
    assert notes(one, one_on, one_on) == [[], [], ["came twice: frame 2 once more"]]


def test_two_packets_alike_are_two(notes):
    one, one_on = card(1)
    assert notes(one, one, one_on, one_on) == [[], [], [], []]


def test_the_ladder_says_so(small):
    (one, one_on), (two, two_on) = card(1), card(2)
    text = as_text(ladder([Told(capture(one, two, two_on, one_on, two_on))], small, width=100))
    assert "late: frame 3 has passed it" in text
    assert "came twice: frame 3 once more" in text
