"""For each proof of the DNS story there is one change to the lab, or to the story, that turns it red."""

import pytest

from tests.live.altering import hub, names_in_hosts, typed_otherwise, unchanged

pytestmark = pytest.mark.docker

ZONE = 'python.org: {"@": web, www: web}'


def resolver_known(lab, monkeypatch):
    """The victim knows the resolver's MAC beforehand."""
    return lab["victim"].pinning(lab["dns"].on("lan"))


def no_wish_for_recursion(lab, monkeypatch):
    """Dig does not ask for recursion."""
    types = lab["victim"].types
    monkeypatch.setattr(
        lab["victim"], "types", lambda *argv: types(*argv, *(["+norecurse"] if argv[0] == "dig" else []))
    )
    return unchanged(lab, monkeypatch)


def asked_for_another(lab, monkeypatch):
    """The C library asks for another name of the same address."""
    return typed_otherwise(monkeypatch, lab, "getent", "python.org", "www.python.org")


TABLE = {
    unchanged: set(),
    resolver_known: {
        "the victim first finds the mac of the resolver by arp",
        "question and answer stay between the two",
    },
    no_wish_for_recursion: {
        "the victim first finds the mac of the resolver by arp",
        "the question asks for the name and wishes for recursion",
        "the answer carries the number and the port of its question",
    },
    hub: {
        "question and answer stay between the two",
    },
    asked_for_another: {
        "nslookup and getent ask the same question",
    },
    names_in_hosts: {
        "the answer precedes the first connection",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("home-lan")
    with change(lab, monkeypatch):
        turned = red("dns", lab)
    assert turned == TABLE[change]


DECOY = "\n  decoy: {kind: http, links: {hosting: 81}}\n\n  web:\n"
SECOND = f"\n  dns2: {{kind: dns, links: {{lan: 54}}, zones: {{{ZONE}}}}}\n\n  web:\n"

VARIANTS = {
    ("wrong-record", (ZONE, ZONE.replace('"@": web', '"@": decoy')), ("\n  web:\n", DECOY)): {
        "the answer is the address of the web server",
        "the answer carries the number and the port of its question",
        "nslookup and getent ask the same question",
        "every client prints the address",
        "the answer precedes the first connection",
        "the page comes from the address in the answer",
    },
    ("name-that-exists", (ZONE, ZONE.replace("www: web", "www: web, no-such-host: web"))): {
        "a name that does not exist is answered with nxdomain",
        "no connection is tried to a name that does not exist",
    },
    ("other-resolver", ("links: {lan: 23}", "links: {lan: 23}\n    resolver: dns2"), ("\n  web:\n", SECOND)): {
        "the resolver is the one that the plan gives",
        "the victim first finds the mac of the resolver by arp",
        "the question asks for the name and wishes for recursion",
        "the answer is the address of the web server",
        "the answer carries the number and the port of its question",
        "nslookup and getent ask the same question",
        "a name that does not exist is answered with nxdomain",
        "the answer precedes the first connection",
    },
}
"""A name, the changes to the text of the topology, and the proofs that they turn red."""


@pytest.mark.parametrize("change", VARIANTS, ids=lambda change: change[0])
def test_the_right_proofs_turn_red_in_another_lab(variant, red, change):
    assert red("dns", variant(*change)) == VARIANTS[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("dns") == set().union(*TABLE.values(), *VARIANTS.values())
