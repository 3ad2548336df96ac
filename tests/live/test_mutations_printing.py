"""For each proof of the printing story there is one change to the lab, or to the story, that turns it red."""

from contextlib import contextmanager, nullcontext

import pytest

from lab import wiring
from lab.recorder import Recording
from lab.running import Cable
from tests.live.altering import hub, pid_of, runs_otherwise, unchanged

pytestmark = pytest.mark.docker

DEAF = """
table bridge deaf {
	chain entering {
		type filter hook prerouting priority filter; policy accept;
		udp dport 5353 drop
	}
}
"""


def cable_left_in(lab, monkeypatch):
    """Nobody pulls the printer's cable, so it has nothing to announce."""
    monkeypatch.setattr(lab["printer"], "unplugged", lambda: nullcontext(Cable((), lambda ends, state: None)))
    monkeypatch.setattr(Recording, "waits_for", lambda self, pattern, times=1: None)
    return nullcontext()


@contextmanager
def announcements_lost(lab, monkeypatch):
    """The switch loses every announcement."""
    switch = pid_of(lab, "_switch")
    lab._hands.do(wiring.filters(switch, DEAF))
    try:
        yield
    finally:
        lab._hands.do(wiring.filters(switch, "delete table bridge deaf\n"))


def no_questions(lab, monkeypatch):
    """The victim prints without asking first."""
    return typing_otherwise(lab, monkeypatch, lambda words: [word for word in words if "attributes" not in word])


def wrong_path(lab, monkeypatch):
    """The victim asks for a printer that is not there."""
    return typing_otherwise(lab, monkeypatch, lambda words: [word.replace("/ipp/", "/other/") for word in words])


def other_letter(lab, monkeypatch):
    """The victim prints another letter."""
    run = lab["victim"].run
    monkeypatch.setattr(
        lab["victim"], "run", lambda *words, stdin=b"": run(*words, stdin=stdin.replace(b"cake", b"pie"))
    )
    return nullcontext()


def no_poison(lab, monkeypatch):
    """The attacker never lies."""
    for end in ("victim", "printer"):
        monkeypatch.setattr(lab[end], "waits_for_neighbour", lambda ip, at: None)
    return runs_otherwise(monkeypatch, lab, "poison", lambda *_: nullcontext([]))


def wrong_ear(lab, monkeypatch):
    """The attacker listens at another port."""
    run = lab["attacker"].running
    return runs_otherwise(monkeypatch, lab, "overhear", lambda name, port: run(name, "9100"))


def typing_otherwise(lab, monkeypatch, change):
    """Have the victim type something else, and take whatever comes of it."""
    victim = lab["victim"]
    monkeypatch.setattr(victim, "types", lambda *words: victim.attempt(*change(words)).stdout)
    return nullcontext()


TABLE = {
    unchanged: set(),
    cable_left_in: {
        "before the printer takes its name it asks whether somebody has it",
        "every neighbour hears the announcement",
        "nobody says that the name is taken",
        "the announcement is made three times",
        "the announcement says what the printer can do",
        "the announcement says where the service is",
        "the printer announces its services",
    },
    announcements_lost: {
        "every neighbour hears the announcement",
    },
    hub: {
        "the printer answers as if nothing were amiss",
        "the switch keeps the letter from the attacker",
    },
    no_questions: {
        "ipptool is content",
        "the printer answers as if nothing were amiss",
        "the printer answers each request with success",
        "the victim first asks what the printer can do and then prints",
    },
    wrong_path: {
        "ipptool is content",
        "the attacker passes the letter on",
        "the printer answers as if nothing were amiss",
        "the printer answers each request with success",
        "the printer keeps what was sent",
        "the victim speaks ipp over http",
    },
    other_letter: {
        "the attacker passes the letter on",
        "the attacker reads the letter",
        "the letter is readable in the frames that the attacker gets",
        "the letter lies in the clear within one frame",
        "the letter travels behind the attributes of its job",
        "the printer keeps what was sent",
    },
    no_poison: {
        "the attacker lies to both",
        "the attacker passes the letter on",
        "the attacker reads the letter",
        "the attacker takes its lie back",
        "the letter is readable in the frames that the attacker gets",
        "the letter lies in the clear within one frame",
        "the printer answers as if nothing were amiss",
    },
    wrong_ear: {
        "the attacker reads the letter",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("home-lan")
    with change(lab, monkeypatch):
        turned = red("printing", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert set.union(*TABLE.values()) == proofs("printing")
