"""For each proof of the story of errors there is one change to the lab, or to the story, that turns it red."""

from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest

from lab.impairments import Chosen
from lab.node import RunningNode
from tests.live.altering import told, types_otherwise, unchanged, words

pytestmark = pytest.mark.docker


def nothing_is_lost(lab, monkeypatch):
    """The switch loses nothing."""
    monkeypatch.setattr(lab, "losing", lambda *doomed: nullcontext())
    return nullcontext()


def loses_the_third(lab, monkeypatch):
    """The switch loses the segment before."""
    return _loses(lab, monkeypatch, lambda one: replace(one, nth=3) if one.data else one)


def loses_goodbye(lab, monkeypatch):
    """In the end Alice's goodbye itself is lost."""
    goodbye = Chosen("alice", "tcp", dport=80, flags="FA")
    return _loses(lab, monkeypatch, lambda one: goodbye if one.data is False else one)


def _loses(lab, monkeypatch, otherwise):
    losing = lab.losing
    monkeypatch.setattr(lab, "losing", lambda *doomed: losing(*map(otherwise, doomed)))
    return nullcontext()


def loses_the_second_try(lab, monkeypatch):
    """The switch loses Alice's first word twice."""
    losing = lab.losing
    monkeypatch.setattr(
        lab, "losing", lambda one: losing(one, replace(one, nth=2)) if one.flags == "S" else losing(one)
    )
    return nullcontext()


@contextmanager
def loses_the_last_one(lab, monkeypatch):
    """The switch loses the last segment of the text, and the server does not probe."""
    _loses(lab, monkeypatch, lambda one: replace(one, nth=8) if one.data else one)
    with told(lab, "rfc", "net/ipv4/tcp_early_retrans", "0", "3"):
        yield


def a_loss_at_first(lab, monkeypatch):
    """The switch loses something in the first act too."""
    alice, types, times = lab["alice"], lab["alice"].types, iter(range(2))

    def typed(*argv):
        with lab.losing(Chosen("rfc", "tcp", sport=80, data=True, nth=2)) if next(times, 1) == 0 else nullcontext():
            return types(*argv)

    monkeypatch.setattr(alice, "types", typed)
    return nullcontext()


def cannot_say_what_came(lab, monkeypatch):
    """Alice's system does not know SACK."""
    return told(lab, "alice", "net/ipv4/tcp_sack", "0", "1")


def another_text(lab, monkeypatch):
    """By curl, Alice asks for a text that is not there."""
    return types_otherwise(monkeypatch, lab["alice"], words("curl", "rfc2324", "rfc1"))


@contextmanager
def somebody_talks(lab, monkeypatch):
    """Eve pings Alice all the while."""
    with lab["eve"].pinging(lab["alice"], every=0.2):
        yield


def impatient(lab, monkeypatch):
    """Nobody waits until Alice has been heard."""
    monkeypatch.setattr(RunningNode, "waits_until_silent", lambda self, *argv: None)
    return nullcontext()


TABLE = {
    unchanged: set(),
    nothing_is_lost: {
        "alice says goodbye once more when a clock has run out",
        "exactly the fourth segment of the text is lost",
        "in that second neither says anything",
        "it is said again after a second",
        "it waits until three segments behind the gap have come and for no clock",
        "only the very first word is lost",
        "the last word is lost",
        "the server sends what is missing once more and nothing else",
        "these answers tell which bytes have come",
        "what comes behind the gap is answered with the number of the gap",
        "when the gap is filled everything that has come is confirmed at once",
    },
    loses_the_third: {
        "exactly the fourth segment of the text is lost",
    },
    loses_the_last_one: {
        "exactly the fourth segment of the text is lost",
        "it waits until three segments behind the gap have come and for no clock",
        "these answers tell which bytes have come",
        "what comes behind the gap is answered with the number of the gap",
        "when the gap is filled everything that has come is confirmed at once",
    },
    loses_the_second_try: {
        "after that nothing is sent twice",
        "only the very first word is lost",
    },
    loses_goodbye: {
        "the last word is lost",
    },
    a_loss_at_first: {
        "on a good wire each byte is sent once",
    },
    cannot_say_what_came: {
        "it waits until three segments behind the gap have come and for no clock",
        "the ends tell each other that they can say what has come",
        "these answers tell which bytes have come",
        "when the gap is filled everything that has come is confirmed at once",
    },
    another_text: {
        "exactly the fourth segment of the text is lost",
        "it waits until three segments behind the gap have come and for no clock",
        "on a good wire each byte is sent once",
        "the server sends what is missing once more and nothing else",
        "these answers tell which bytes have come",
        "what comes behind the gap is answered with the number of the gap",
        "what is printed tells how long the text is",
        "whatever is lost the text is whole",
        "when the gap is filled everything that has come is confirmed at once",
    },
    somebody_talks: {
        "in that second neither says anything",
    },
    impatient: {
        "alice says goodbye once more when a clock has run out",
        "now she is heard",
    },
}
"""The change, and the proofs that it turns red."""

BY_LIES = {"alice says up to which byte she has all", "the server has hung up before"}
"""Proofs that lies turn red, in tests/scenario/test_mutations_office.py."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("office")
    with change(lab, monkeypatch):
        turned = red("errors", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("errors") - BY_LIES == set.union(*TABLE.values())
