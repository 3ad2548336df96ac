"""A proof that cannot fail proves nothing: with its cause broken in the lab, the right proofs turn red."""

from contextlib import nullcontext
from pathlib import Path

import pytest

from lab.proving import Verdict, prove
from lab.scenario import find
from lab.telling import tell

ROOT = Path(__file__).parents[2]
HOME_LAN = (ROOT / "topologies/home-lan.yml").read_text()

pytestmark = pytest.mark.docker


@pytest.fixture
def red(tmp_path):
    """Tell a story in a lab and return the sentences of the proofs that do not pass."""

    def told(scenario, lab):
        story = find(scenario, ROOT / "scenarios")
        tell(story, lab, tmp_path / "run")
        return {proof.sentence for proof in prove(story, tmp_path / "run") if proof.verdict is not Verdict.PASSED}

    return told


@pytest.fixture
def variant(labs, tmp_path):
    """Bring up the home LAN with one thing changed in its text."""

    def changed(name, *changes):
        text = HOME_LAN
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / f"{name}.yml"
        file.write_text(text)
        return labs(str(file))

    return changed


def test_an_unchanged_lab_turns_nothing_red(labs, red):
    assert red("arp-poisoning", labs("home-lan")) == set()
    assert red("dns", labs("home-lan")) == set()


def test_without_poison_nobody_lies_and_nothing_passes_through_the_attacker(labs, red, monkeypatch):
    lab = labs("home-lan")
    monkeypatch.setattr(lab["attacker"], "running", lambda *argv: nullcontext())
    for end in ("victim", "router"):
        monkeypatch.setattr(lab[end], "waits_for_neighbour", lambda ip, at: None)
    assert red("arp-poisoning", lab) == {
        "the attacker claims the address of the router",
        "the attacker claims the address of the victim",
        "both ends believe the lie",
        "the ping passes through the attacker",
        "the answer passes through the attacker as well",
        "the attacker takes its lie back",
    }


def test_when_the_attacker_does_not_forward_nothing_passes_through_it(variant, red):
    lab = variant("no-forwarding", ("links: {lan: 66}", "links: {lan: 66}\n    forwarding: false"))
    assert red("arp-poisoning", lab) == {
        "the ping passes through the attacker",
        "the answer passes through the attacker as well",
    }


def test_a_wrong_record_sends_the_victim_to_the_wrong_place(variant, red):
    zones = 'python.org: {"@": web, www: web}'
    decoy = "\n  decoy: {kind: http, links: {hosting: 81}}\n\n  web:\n"
    lab = variant("wrong-record", (zones, zones.replace('"@": web', '"@": decoy')), ("\n  web:\n", decoy))
    assert red("dns", lab) == {
        "the answer is the address of the web server",
        "the answer carries the number and the port of its question",
        "nslookup and getent ask the same question",
        "every client prints the address",
        "the answer precedes the first connection",
        "the page comes from the address in the answer",
    }
