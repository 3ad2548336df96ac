"""For each proof of the story of encryption there is one change to the lab, or to the story, that turns it red."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from lab import wiring
from lab.dialogue import Dialogue
from lab.node import RunningNode
from tests.live.altering import types_otherwise, unchanged, words, written

pytestmark = pytest.mark.docker

HTTPS = "https://www.office.example/"


def in_the_clear(lab, monkeypatch):
    """In the second act the page is fetched over HTTP again."""
    return _only_the_second(lab, monkeypatch, lambda argv: (*argv[:-1], argv[-1].replace("https", "http")))


def by_an_older_tls(lab, monkeypatch):
    """In the second act TLS 1.2 is spoken."""
    return _only_the_second(lab, monkeypatch, lambda argv: (argv[0], "--tls-max", "1.2", *argv[1:]))


def without_a_name(lab, monkeypatch):
    """In the second act the page is asked for by its address."""
    return _only_the_second(lab, monkeypatch, lambda argv: (argv[0], "-k", *argv[1:-1], f"https://{lab['web'].ip}/"))


def _only_the_second(lab, monkeypatch, otherwise):
    alice, types = lab["alice"], lab["alice"].types
    monkeypatch.setattr(
        alice, "types", lambda *argv: types(*(otherwise(argv) if argv[0] == "curl" and argv[-1] == HTTPS else argv))
    )
    return nullcontext()


def another_page(lab, monkeypatch):
    """Alice fetches a page that is not there."""
    return types_otherwise(
        monkeypatch, lab["alice"], lambda argv: tuple(word.replace("example/", "example/none") for word in argv)
    )


def keys_of_another(lab, monkeypatch):
    """What Alice's program wrote down is not what is read."""
    run = lab["alice"].run

    def read(*argv):
        done = run(*argv)
        return replace(done, stdout=done.stdout.replace("0", "1")) if argv[0] == "cat" else done

    monkeypatch.setattr(lab["alice"], "run", read)
    return nullcontext()


def nobody_lies(lab, monkeypatch):
    """Eve stays where she is."""
    running = lab["eve"].running
    monkeypatch.setattr(RunningNode, "waits_for_neighbour", lambda self, ip, at: None)
    monkeypatch.setattr(
        lab["eve"], "running", lambda name, *argv: nullcontext([]) if name == "poison" else running(name, *argv)
    )
    return _nobody_complains(monkeypatch)


def alice_does_not_look(lab, monkeypatch):
    """Alice's program believes everybody, for a second."""
    _nobody_complains(monkeypatch)
    tries = lab["alice"].tries
    monkeypatch.setattr(lab["alice"], "tries", lambda *argv: tries(argv[0], "-k", "--max-time", "1", *argv[1:]))
    return nullcontext()


def _nobody_complains(monkeypatch):
    hears = Dialogue.hears
    monkeypatch.setattr(Dialogue, "hears", lambda self, said: None if said == "server accepts" else hears(self, said))
    return nullcontext()


def another_name(lab, monkeypatch):
    """Eve's certificate says another name."""
    return types_otherwise(monkeypatch, lab["eve"], words("openssl", "www.office.example", "eve.office.example"))


def name_in_hosts(lab, monkeypatch):
    """Alice has the name in her own list, and asks nobody."""
    node = lab["alice"].plan
    own = next(file for file in wiring._own_files(lab.plan, node) if file.path == "/etc/hosts")
    return written(lab, "alice", own, own.content + f"{lab['web'].ip} www.office.example\n")


TABLE = {
    unchanged: set(),
    in_the_clear: {
        "after the first message of each everything is ciphered",
        "neither can anybody read what was asked for",
        "the address of the server is on every packet",
        "the certificate cannot be read either",
        "the keys of one connection open no other",
        "the name of the server is said aloud",
        "under tls nobody on the way can read the page",
    },
    by_an_older_tls: {
        "after the first message of each everything is ciphered",
        "the certificate cannot be read either",
    },
    without_a_name: {
        "the name of the server is said aloud",
    },
    another_page: {
        "in the clear the page is readable on both wires",
        "neither can anybody read what was asked for",
        "the page is the same each time",
        "with the keys the request and the page appear",
    },
    keys_of_another: {
        "the page that was deciphered is the one that came in the clear",
        "with the keys the certificate appears and says the name",
        "with the keys the request and the page appear",
    },
    nobody_lies: {
        "alice is told why",
        "alice speaks to eve and the server never hears of it",
        "alices program refuses it on the wire",
        "eve says that she is the router",
        "not a byte of the request was sent",
        "the forged certificate says the right name and is signed by its maker",
    },
    alice_does_not_look: {
        "alice is told why",
        "alices program refuses it on the wire",
        "not a byte of the request was sent",
    },
    another_name: {
        "the forged certificate says the right name and is signed by its maker",
    },
    name_in_hosts: {
        "the name server told her the true address",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("office")
    with change(lab, monkeypatch):
        turned = red("encrypted", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("encrypted") == set.union(*TABLE.values())
