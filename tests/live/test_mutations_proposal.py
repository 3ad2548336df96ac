"""For each proof of the proposal there is one change to the lab, or to the story, that turns it red."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from tests.live.altering import runs_otherwise, unchanged, written

pytestmark = pytest.mark.docker

SOURCE = (Path(__file__).parents[2] / "images/node/rootfs/usr/local/bin/rewrite").read_text()


def no_redirection(lab, monkeypatch):
    """The attacker passes everything on untouched."""
    monkeypatch.setattr(lab["attacker"], "redirecting", lambda port, to: nullcontext())
    return nullcontext()


def no_poison(lab, monkeypatch):
    """The attacker never lies."""
    for end in ("victim", "router"):
        monkeypatch.setattr(lab[end], "waits_for_neighbour", lambda ip, at: None)
    return runs_otherwise(monkeypatch, lab, "poison", lambda *_: nullcontext([]))


def length_left_alone(lab, monkeypatch):
    """The attacker forgets that a longer page has another length."""
    return rewriting_otherwise(lab, monkeypatch, "head = re.sub(", "re.sub(")


def other_type(lab, monkeypatch):
    """The attacker sends the page as plain text."""
    return rewriting_otherwise(lab, monkeypatch, "return head +", 'return head.replace(b"html", b"plain") +')


def title_changed(lab, monkeypatch):
    """The attacker changes more than the heading."""
    unchanged = 'return head + b"\\r\\n\\r\\n" + body'
    return rewriting_otherwise(lab, monkeypatch, unchanged, unchanged + '.replace(b"Python.org", b"Parrot.org")')


def no_pins(lab, monkeypatch):
    """Nobody writes anything down."""
    for end in ("victim", "router"):
        monkeypatch.setattr(lab[end], "pinning", lambda neighbour: nullcontext())
    return nullcontext()


def half_the_pins(lab, monkeypatch):
    """Only the victim writes something down."""
    monkeypatch.setattr(lab["router"], "pinning", lambda neighbour: nullcontext())
    return nullcontext()


def no_inspection(lab, monkeypatch):
    """The switch believes everything."""
    monkeypatch.setattr(lab, "inspecting_arp", lambda network: nullcontext())
    return nullcontext()


def router_misled(lab, monkeypatch):
    """The router has believed for ever that the victim is where the attacker is."""
    return lab["router"].pinning(replace(lab["victim"].on("lan"), mac=lab["attacker"].mac))


def other_page(lab, monkeypatch):
    """The server serves another page than the topology gives."""
    page = next(file for file in lab["web"].plan.setup.files if "<title>" in file.content)
    return written(lab, "web", page, page.content.replace("quickly", "slowly"))


def rewriting_otherwise(lab, monkeypatch, old, new):
    """Have the attacker run another version of its program."""
    assert old in SOURCE
    run = lab["attacker"].running
    changed = SOURCE.replace(old, new)
    return runs_otherwise(monkeypatch, lab, "rewrite", lambda _, *words: run("python3", "-c", changed, *words))


TABLE = {
    unchanged: set(),
    no_redirection: {
        "nothing but the heading is changed",
        "the attacker asks the server in its own name",
        "the browser shows the question",
        "the changed page comes from the servers address and the attackers card",
        "the length that the page claims is its length",
        "the page that the victim receives holds the question",
    },
    no_poison: {
        "nothing but the heading is changed",
        "the attacker asks the server in its own name",
        "the attacker lies to both",
        "the browser shows the question",
        "the changed page comes from the servers address and the attackers card",
        "the length that the page claims is its length",
        "the page that the victim receives holds the question",
        "with inspection the attacker still lies",
        "with inspection the lies enter the switch and leave it nowhere",
        "with inspection the visit takes the straight road",
        "with inspection those who tell the truth are heard",
        "with permanent entries nobody believes the lies",
        "with permanent entries the lies still arrive",
    },
    length_left_alone: {
        "nothing but the heading is changed",
        "the length that the page claims is its length",
        "the page that the victim receives holds the question",
        "the victim sees an ordinary answer",
    },
    other_type: {
        "the victim sees an ordinary answer",
    },
    title_changed: {
        "nothing but the heading is changed",
    },
    no_pins: {
        "with permanent entries nobody believes the lies",
        "with permanent entries the victim gets the true page",
    },
    half_the_pins: {
        "with permanent entries nobody believes the lies",
    },
    no_inspection: {
        "with inspection the lies enter the switch and leave it nowhere",
        "with inspection the victim gets the true page",
        "with inspection the visit takes the straight road",
    },
    router_misled: {
        "undisturbed the page comes through the router",
        "with inspection the visit takes the straight road",
    },
    other_page: {
        "the page that the server sends is the true one",
        "undisturbed the victim gets the page as the server sent it",
        "with inspection the victim gets the true page",
        "with permanent entries the victim gets the true page",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("home-lan")
    with change(lab, monkeypatch):
        turned = red("proposal", lab)
    assert turned == TABLE[change]


def test_a_page_that_holds_the_question_from_the_start_turns_the_right_proofs_red(variant, red):
    lab = variant("asked-already", ("<h1>Python</h1>", "<h1>Will you marry me?</h1>"))
    assert red("proposal", lab) == {
        "nothing but the heading is changed",
        "the browser shows the question",
        "the length that the page claims is its length",
        "the page that the server sends is the true one",
    }


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert set.union(*TABLE.values()) == proofs("proposal")
