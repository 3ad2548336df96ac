"""For each proof of the story of sockets there is one change to the lab, or to the story, that turns it red."""

from contextlib import nullcontext

import pytest

from lab.dialogue import Dialogue
from lab.recorder import Recording
from tests.live.altering import said_otherwise, told, unchanged

pytestmark = pytest.mark.docker

TO_ALICE = 'socket(type=SOCK_DGRAM).sendto(b"!", ("10.20.1.11", 9))'
"""Something that is heard on the wire."""


def bob_knocks(lab, monkeypatch):
    """When Bob listens he tells somebody so."""
    return said_otherwise(monkeypatch, "door.listen()", f"door.listen() or {TO_ALICE}")


def bob_lets_in_at_once(lab, monkeypatch):
    """Somebody accepts whoever comes."""
    types, waits = Dialogue.types, "__import__('threading').Thread(target=lambda: early.append(door.accept())).start()"
    said = {"door.accept()": "early.pop()", "door.listen()": f"door.listen() or globals().update(early=[]) or {waits}"}

    def otherwise(self, line):
        for old, new in said.items():
            line = line.replace(old, new)
        types(self, line)

    monkeypatch.setattr(Dialogue, "types", otherwise)
    return nullcontext()


def bob_reads_aloud(lab, monkeypatch):
    """When Bob reads he tells somebody so."""
    return said_otherwise(monkeypatch, "guest.recv(1024)", f"({TO_ALICE}, guest.recv(1024))[1]")


def other_words(lab, monkeypatch):
    """Alice says something else."""
    return said_otherwise(monkeypatch, "anybody", "nobody")


def another_answer(lab, monkeypatch):
    """Bob answers something else."""
    return said_otherwise(monkeypatch, "Come in", "Go away")


def alice_slams_the_door(lab, monkeypatch):
    """Alice does not wait until her words have arrived."""
    at_once = "phone.setsockopt(SOL_SOCKET, SO_LINGER, b'\\1\\0\\0\\0\\0\\0\\0\\0') or phone.close()"
    return _without_waiting(monkeypatch, "phone.close()", at_once)


def two_cards(lab, monkeypatch):
    """Alice sends another card before."""
    card = 'pen.sendto(b"?", ("10.20.1.12", 5000))'
    return said_otherwise(monkeypatch, "pen.sendto(", f"{card} and pen.sendto(")


def bob_has_a_box_there(lab, monkeypatch):
    """Bob has one more box; Alice does not wait for ever."""
    box = "globals().update(other=socket(type=SOCK_DGRAM)) or other.bind(('', 5001)) or "
    types = Dialogue.types

    def otherwise(self, line):
        types(
            self, line.replace("box.bind(", f"{box}box.bind(").replace("pen.recv(", "pen.settimeout(0.2) or pen.recv(")
        )

    monkeypatch.setattr(Dialogue, "types", otherwise)
    return _without_waiting(monkeypatch, "", "")


def another_pen(lab, monkeypatch):
    """Alice takes a new socket for the last card."""
    return said_otherwise(monkeypatch, "pen.connect(", "globals().update(pen=socket(type=SOCK_DGRAM)) or pen.connect(")


def speaks_of_congestion(lab, monkeypatch):
    """Alice's system would like to hear of congestion (RFC 3168)."""
    return told(lab, "alice", "net/ipv4/tcp_ecn", "1", "2")


def _without_waiting(monkeypatch, old, new):
    monkeypatch.setattr(Recording, "waits_for", lambda self, pattern, times=1: None)
    return said_otherwise(monkeypatch, old, new) if old else nullcontext()


TABLE = {
    unchanged: set(),
    bob_knocks: {
        "a socket that listens costs no packet",
    },
    bob_lets_in_at_once: {"the call goes through although nobody has accepted it"},
    bob_reads_aloud: {
        "to accept and to read costs no packet",
    },
    other_words: {
        "bob reads what alice said",
        "what is said is confirmed although nobody has read it",
    },
    another_answer: {
        "alice reads the answer",
        "an answer is one packet and is confirmed",
    },
    alice_slams_the_door: {
        "each direction is closed on its own",
        "nothing is broken off",
        "who reads at the end gets nothing",
    },
    two_cards: {
        "a card is one packet without any before or after it",
        "bob reads the card",
    },
    bob_has_a_box_there: {
        "alice hears of it when she uses the socket next",
        "each direction is closed on its own",
        "where nobody has a box the system says so",
    },
    another_pen: {
        "both acts of udp use the same socket",
    },
    speaks_of_congestion: {
        "to connect takes three packets",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("office")
    with change(lab, monkeypatch):
        turned = red("sockets", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("sockets") == set.union(*TABLE.values())
