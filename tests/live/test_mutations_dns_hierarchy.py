"""For each proof of the hierarchy of names there is one change to the lab, or to the story, that turns it red."""

from contextlib import contextmanager, nullcontext
from dataclasses import replace

import pytest

from tests.live.altering import filtered, unchanged, write

pytestmark = pytest.mark.docker


@contextmanager
def zone(lab, server, name, old, new):
    """Have a server's zone say something else while the block lasts: nsd reads it when it begins anew."""
    file = next(file for file in lab.plan[server].setup.files if file.path.endswith(f"/{name}"))
    assert old in file.content
    begun_with(lab, server, replace(file, content=file.content.replace(old, new)))
    try:
        yield
    finally:
        begun_with(lab, server, file)


def begun_with(lab, server, file):
    with lab[server].out_of_service():
        write(lab, server, file)


@contextmanager
def resolver_knows(lab, monkeypatch, name):
    lab.forget()
    lab["laptop"].run("dig", "+short", name)
    monkeypatch.setattr(lab, "forget", lambda: None)
    yield


def roots_known(lab, monkeypatch):
    """Somebody asked for a name elsewhere just now: the resolver knows who the roots are."""
    return resolver_knows(lab, monkeypatch, "polder.nl")


def all_known(lab, monkeypatch):
    """Somebody asked for the name just now."""
    return resolver_knows(lab, monkeypatch, "python.org")


def no_memory(lab, monkeypatch):
    """The resolver forgets everything after each answer."""
    types = lab["laptop"].types

    def typed(*argv):
        said = types(*argv)
        lab["resolver"].forgets()
        return said

    monkeypatch.setattr(lab["laptop"], "types", typed)
    return nullcontext()


def longer_memory(lab, monkeypatch):
    """The name may be remembered for seven seconds."""
    return zone(lab, "ns1", "python.org", "$TTL 5\n", "$TTL 7\n")


def other_address(lab, monkeypatch):
    """The name means another node."""
    return zone(lab, "ns1", "python.org", "@ A 198.18.31.80", "@ A 198.18.31.54")


def other_server_of_org(lab, monkeypatch):
    """The server of org is called otherwise at the root."""
    return zone(lab, "root", "root", "tld.org.", "other.org.")


def one_server_only(lab, monkeypatch):
    """Those of org know only one server of the name."""
    return zone(lab, "tld", "org", "python NS ns2.bayline.net.\n", "")


def nobody_dies(lab, monkeypatch):
    """The first server stays alive."""
    monkeypatch.setattr(lab["ns1"], "out_of_service", nullcontext)
    return nullcontext()


def silent_death(lab, monkeypatch):
    """The dead server's machine does not say that nobody listens."""
    return filtered(lab, "ns1", "output", "icmp type destination-unreachable drop")


RECURSION = "the laptop wishes for recursion and the resolver does not"
PRIMING = "the resolver first asks the root who the roots are"
DOWN = "it asks its way down from the root"
ROOT = "the root refers to the servers of org with their address"
ORG = "org refers to both servers of the name and gives the address of the one below it"
AUTHORITY = "only the last server answers with authority"
NOBODY = "the second time the resolver asks nobody"
NO_LONGER = "what is remembered is said to be good for no longer than it was"
LAST_ONLY = "after its time only the last server is asked"
FRESH = "the fresh answer is good for its whole time again"
DEAD = "where the first server was nobody listens any more"
OTHER = "the resolver asks the dead server and then finds the other one"
STAND_IN = "the other server answers with the same authority"
SAME = "the laptop gets the same address each time"

TABLE = {
    unchanged: set(),
    roots_known: {PRIMING, DOWN},
    all_known: {RECURSION, PRIMING, DOWN, ROOT, ORG, AUTHORITY, NO_LONGER},
    no_memory: {NOBODY, LAST_ONLY},
    longer_memory: {NO_LONGER, FRESH},
    other_address: {AUTHORITY, NOBODY, FRESH, SAME},
    other_server_of_org: {ROOT},
    one_server_only: {ORG, OTHER, STAND_IN, SAME},
    nobody_dies: {DEAD, OTHER, STAND_IN},
    silent_death: {DEAD},
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("internet")
    with change(lab, monkeypatch):
        turned = red("dns-hierarchy", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("dns-hierarchy") == set.union(*TABLE.values())
