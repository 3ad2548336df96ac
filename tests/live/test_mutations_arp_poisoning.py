"""For each proof of the ARP-poisoning story there is one change to the lab, or to the story, that turns it red."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from tests.live.altering import hub, runs_otherwise, unchanged

pytestmark = pytest.mark.docker


def no_poison(lab, monkeypatch):
    """The attacker never lies."""
    waits_for_nobody(lab, monkeypatch)
    return runs_otherwise(monkeypatch, lab, "poison", lambda *_: nullcontext([]))


def misled_for_ever(lab, monkeypatch):
    """The victim has written down that the router is where the attacker is, and believes nobody."""
    waits_for_nobody(lab, monkeypatch)
    return lab["victim"].pinning(replace(lab["router"].on("lan"), mac=lab["attacker"].mac))


def web_unplugged(lab, monkeypatch):
    """The web server has no cable."""
    return lab["web"].unplugged()


def waits_for_nobody(lab, monkeypatch):
    for end in ("victim", "router"):
        monkeypatch.setattr(lab[end], "waits_for_neighbour", lambda ip, at: None)


TABLE = {
    unchanged: set(),
    no_poison: {
        "the attacker claims the address of the router",
        "the attacker claims the address of the victim",
        "both ends believe the lie",
        "the ping passes through the attacker",
        "the answer passes through the attacker as well",
        "the attacker takes its lie back",
    },
    misled_for_ever: {
        "at first the victim reaches the web through the router",
        "the switch keeps the traffic of the victim from the attacker at first",
        "at first both ends believe the truth",
        "the truth is believed again",
        "the ping takes the straight road again",
        "the attacker sees nothing any more",
    },
    web_unplugged: {
        "at first the web answers",
        "the answer passes through the attacker as well",
    },
    hub: {
        "the switch keeps the traffic of the victim from the attacker at first",
        "the attacker sees nothing any more",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("home-lan")
    with change(lab, monkeypatch):
        turned = red("arp-poisoning", lab)
    assert turned == TABLE[change]


def test_when_the_attacker_does_not_forward_nothing_passes_through_it(variant, red):
    lab = variant("no-forwarding", ("links: {lan: 66}", "links: {lan: 66}\n    forwarding: false"))
    assert red("arp-poisoning", lab) == {
        "the ping passes through the attacker",
        "the answer passes through the attacker as well",
    }


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("arp-poisoning") == set().union(*TABLE.values())
