"""What the frames of the story of SNMP must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.snmp import SNMP, SNMPnext, SNMPresponse

from lab.capture import exposed, payload

WORD, GUESS, USER, PASSWORD, SNMP_PORT = "watchword", "public", "keeper", "keep-it-safe", 161
SYSTEM = "1.3.6.1.2.1.1."
NO_MORE = 0x82
"""What stands for a value at the end of everything: endOfMibView (RFC 3416, section 3)."""


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("snmp")


@pytest.fixture(scope="module")
def walked(seen):
    """The messages on Alice's wire, in their order."""
    return [SNMP(said) for said in messages(seen.walked)]


@pytest.fixture(scope="module")
def asked(walked):
    return [one for one in walked if SNMPnext in one]


@pytest.fixture(scope="module")
def answered(walked):
    return [one for one in walked if SNMPresponse in one]


def messages(act):
    return [payload(packet[UDP]) for packet in datagrams(act)]


def datagrams(act):
    packets = [frame.packet for frame in act.on("floor") if UDP in frame.packet]
    return [packet for packet in packets if SNMP_PORT in (packet[UDP].sport, packet[UDP].dport)]


def bound(message):
    (one,) = message[SNMPnext if SNMPnext in message else SNMPresponse].varbindlist
    return one


def objects(several):
    return [str(bound(one).oid.val) for one in several]


# With the word


def test_each_question_is_answered_once_under_its_number(asked, answered):
    assert [one[SNMPnext].id.val for one in asked] == [one[SNMPresponse].id.val for one in answered]


def test_each_question_is_for_what_comes_after_the_last_answer(asked, answered):
    assert objects(asked)[0] == SYSTEM.rstrip(".")
    assert objects(asked)[1:] == objects(answered)[:-1]


def test_the_battery_says_what_it_is_whose_it_is_its_name_and_its_place(answered):
    assert objects(answered)[:-1] == [f"{SYSTEM}{number}.0" for number in (1, 4, 5, 6)]
    assert [bound(one).value.val for one in answered[:-1]] == [
        b"A battery that keeps the light on",
        b"nobody@ups",
        b"ups",
        b"Cellar",
    ]


def test_at_the_end_it_says_that_there_is_no_more(seen):
    assert messages(seen.walked)[-1][-2:] == bytes([NO_MORE, 0])
    assert "No more variables left" in seen.told


def test_alice_reads_what_the_frames_carry(seen):
    assert '.1.3.6.1.2.1.1.6.0 = STRING: "Cellar"' in seen.told


def test_the_word_stands_in_each_question_and_in_each_answer(seen, walked):
    assert {one.community.val for one in walked} == {WORD.encode()}
    assert len(exposed(seen.walked.on("floor"), WORD)) == len(walked)


# With a wrong one


def test_a_wrong_word_gets_no_answer_at_all(seen):
    (question,) = datagrams(seen.guessed)
    assert question[IP].dst == seen.plan["ups"].ip
    assert SNMP(payload(question[UDP])).community.val == GUESS.encode()


def test_eves_program_gives_up(seen):
    assert seen.complaint.startswith("Timeout: No Response from ups.office.example")


# By version 3


def test_two_questions_and_two_answers(seen):
    ups = seen.plan["ups"].ip
    assert [packet[IP].src == ups for packet in datagrams(seen.ciphered)] == [False, True, False, True]


def test_the_first_two_say_who_is_who_and_the_others_are_in_cipher(seen):
    assert [flags(one) & 3 for one in messages(seen.ciphered)] == [0, 0, 3, 3]


def flags(message):
    """The flags in the head of a message of version 3: that it is signed, and that it is in cipher (RFC 3412, 6.4)."""
    at = message.index(b"\x04\x01")
    return message[at + 2]


def test_the_name_of_the_user_can_be_read_and_the_password_cannot(seen):
    assert exposed(seen.ciphered, USER) != ()
    assert exposed(seen.ciphered, PASSWORD) == ()


def test_neither_can_what_was_answered(seen):
    assert exposed(seen.ciphered, "Cellar") == ()
    assert exposed(seen.walked, "Cellar") != ()
    assert "Cellar" in seen.told_in_cipher
