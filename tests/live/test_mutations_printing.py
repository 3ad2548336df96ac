"""For each proof of the printing story there is one change to the lab, or to the story, that turns it red."""

from contextlib import contextmanager, nullcontext

import pytest

from lab.recorder import Recording
from lab.running import Cable

pytestmark = pytest.mark.docker

DEAF = """
table bridge deaf {
	chain entering {
		type filter hook prerouting priority filter; policy accept;
		udp dport 5353 drop
	}
}
"""


def unchanged(lab, monkeypatch):
    """Change nothing."""
    return nullcontext()


def cable_left_in(lab, monkeypatch):
    """Nobody pulls the printer's cable, so it has nothing to announce."""
    monkeypatch.setattr(lab["printer"], "unplugged", lambda: nullcontext(Cable(lambda state: None)))
    monkeypatch.setattr(Recording, "waits_for", lambda self, pattern, times=1: None)
    return nullcontext()


@contextmanager
def announcements_lost(lab, monkeypatch):
    """The switch loses every announcement."""
    switch = lab._engine.container(lab.instance.switch).pid
    lab._hands.do([{"do": "firewall", "pid": switch, "script": DEAF}])
    try:
        yield
    finally:
        lab._hands.do([{"do": "firewall", "pid": switch, "script": "delete table bridge deaf\n"}])


@contextmanager
def hub(lab, monkeypatch):
    """The switch learns nothing, and gives every frame to everybody."""
    switch = lab._engine.container(lab.instance.switch).pid
    (bridge,) = (segment.bridge for segment in lab.plan.segments if segment.name == "lan")
    lab._hands.do([{"do": "ip", "pid": switch, "batch": [f"link set {bridge} type bridge ageing_time 0"]}])
    try:
        yield
    finally:
        lab._hands.do([{"do": "ip", "pid": switch, "batch": [f"link set {bridge} type bridge ageing_time 30000"]}])


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
    attacking_otherwise(lab, monkeypatch, "poison", lambda *_: nullcontext([]))
    for end in ("victim", "printer"):
        monkeypatch.setattr(lab[end], "waits_for_neighbour", lambda ip, at: None)
    return nullcontext()


def wrong_ear(lab, monkeypatch):
    """The attacker listens at another port."""
    run = lab["attacker"].running
    return attacking_otherwise(lab, monkeypatch, "overhear", lambda name, port: run(name, "9100"))


def typing_otherwise(lab, monkeypatch, change):
    """Have the victim type something else, and take whatever comes of it."""
    victim = lab["victim"]
    monkeypatch.setattr(victim, "types", lambda *words: victim.attempt(*change(words)).stdout)
    return nullcontext()


def attacking_otherwise(lab, monkeypatch, program, replacement):
    """Have the attacker do something else where the story says to run ``program``."""
    run = lab["attacker"].running
    monkeypatch.setattr(
        lab["attacker"], "running", lambda name, *words: (replacement if name == program else run)(name, *words)
    )
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
