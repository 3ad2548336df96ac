"""What is said again after a loss: the ladder tells what was lost, and who waits for it."""

from dataclasses import replace

import pytest
from scapy.layers.inet import IP, TCP
from scapy.packet import Raw

from lab.ladder import as_text, ladder
from lab.ladder.rows import rows
from tests.capture.build import ROUTER, VICTIM, capture
from tests.ladder.traffic import Told, wire

HERE, THERE = VICTIM.ip, ROUTER.ip


def says(flags, seq, data=b"", ack=0):
    """The victim says something to its router."""
    return wire(
        IP(src=HERE, dst=THERE) / TCP(sport=40000, dport=80, flags=flags, seq=seq, ack=ack) / Raw(data), VICTIM, ROUTER
    )


def hears(ack):
    """The router says up to where it has everything."""
    return wire(IP(src=THERE, dst=HERE) / TCP(sport=80, dport=40000, flags="A", seq=900, ack=ack), ROUTER, VICTIM)


def lost(frame):
    return replace(frame, delivered=())


@pytest.fixture
def notes(small):
    """What is said of each frame, its delivery aside."""

    def of(*frames):
        told = rows(capture(*frames), small)
        return [[str(note) for note in row.notes if note.text != "lost"] for row in told]

    return of


def test_a_segment_that_was_lost_is_known_when_it_comes_again(notes):
    told = notes(says("PA", 1, b"one"), lost(says("PA", 4, b"two")), says("PA", 7, b"six"), says("PA", 4, b"two"))
    assert told == [[], [], [], ["sent again: frame 2 was lost"]]


def test_a_segment_that_comes_twice_though_nothing_was_lost_is_none_of_it(notes):
    assert notes(says("PA", 1, b"one"), says("PA", 1, b"one")) == [[], []]


def test_other_bytes_or_another_place_are_another_segment(notes):
    assert notes(lost(says("PA", 1, b"one")), says("PA", 1, b"two"), says("PA", 5, b"one")) == [[], [], []]


def test_a_first_word_that_was_lost_is_known_when_it_comes_again(notes):
    assert notes(lost(says("S", 1)), says("S", 1)) == [[], ["sent again: frame 1 was lost"]]


def test_a_goodbye_that_nobody_confirmed_is_known_when_it_comes_again(notes):
    assert notes(says("FA", 9), lost(hears(10)), says("FA", 9)) == [[], [], ["sent again: nobody confirmed frame 1"]]


def test_who_repeats_the_number_of_a_lost_segment_waits_for_it(notes):
    told = notes(
        says("PA", 1, b"one"), hears(4), lost(says("PA", 4, b"two")), says("PA", 7, b"six"), hears(4), hears(10)
    )
    assert told == [[], [], [], [], ["waits: frame 3 has not come"], []]


def test_a_number_that_is_repeated_without_a_loss_is_no_waiting(notes):
    assert notes(says("PA", 1, b"one"), hears(4), hears(4)) == [[], [], []]


def test_an_arrow_says_that_the_acknowledgements_in_it_wait(small):
    frames = [
        *(says("PA", 1, b"one"), hears(4), lost(says("PA", 4, b"two"))),
        *(says("PA", 7, b"six"), hears(4), says("PA", 10, b"ten"), hears(4)),
    ]
    text = as_text(ladder([Told(capture(*frames))], small))
    assert text.count("waits: frame 3 has not come") == 1
