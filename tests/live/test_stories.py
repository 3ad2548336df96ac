"""A story leaves its lab as it found it, and can be told in any order, any number of times, with the same frames."""

import json
from pathlib import Path

import pytest
from scapy.layers.dns import DNS

from lab.capture import load_acts
from lab.errors import ScenarioFailed
from lab.evidence import load_told
from lab.ladder import normalised
from lab.proving import Verdict, prove
from lab.scenario import announced, find
from lab.telling import tell

SCENARIOS = Path(__file__).parents[2] / "scenarios"
NAMES = [name for name, topology in announced(SCENARIOS).items() if topology == "home-lan"]

pytestmark = pytest.mark.docker


def state(lab):
    """What a story could leave behind in the nodes: links, addresses, routes, rules, listeners, processes, files."""
    return {
        name: {
            "links": [link["ifname"] for link in json.loads(lab[name].run("ip", "-j", "link").stdout)],
            "addresses": lab[name].run("ip", "-br", "addr").stdout,
            "routes": lab[name].run("ip", "route").stdout,
            "permanent": lab[name].run("ip", "neigh", "show", "nud", "permanent").stdout,
            "listeners": sorted(lab[name].run("ss", "-Hlntu").stdout.split("\n")),
            "processes": processes(lab[name]),
        }
        for name in lab.plan.nodes
    }


def processes(node):
    listed = node.run("sh", "-c", "for p in /proc/[0-9]*; do tr '\\0' ' ' <$p/cmdline 2>/dev/null; echo; done")
    return sorted(line for line in listed.stdout.splitlines() if line.strip() and "for p in" not in line)


@pytest.mark.parametrize("name", NAMES)
def test_a_story_leaves_the_lab_as_it_found_it(labs, tmp_path, name):
    lab = labs("home-lan")
    before = state(lab)
    tell(find(name, SCENARIOS), lab, tmp_path)
    assert state(lab) == before


def test_stories_may_follow_one_another_in_any_order_and_show_the_same_frames_three_times(labs, tmp_path):
    lab = labs("home-lan")
    for number, name in enumerate([*NAMES, *reversed(NAMES), *NAMES]):
        story, folder = find(name, SCENARIOS), tmp_path / str(number)
        tell(story, lab, folder)
        assert {proof.sentence for proof in prove(story, folder) if proof.verdict is not Verdict.PASSED} == set(), name
        assert normalised(load_told(folder), lab.plan) == (SCENARIOS / "golden" / f"{name}.txt").read_text(), name


def test_a_story_that_comes_to_no_end_leaves_what_was_seen_until_then(labs, tmp_path, monkeypatch):
    lab = labs("home-lan")
    types = lab["victim"].types
    monkeypatch.setattr(
        lab["victim"], "types", lambda *argv: types("false" if argv[0] == "nslookup" else argv[0], *argv[1:])
    )
    with pytest.raises(ScenarioFailed, match="what was seen until then is in"):
        tell(find("dns", SCENARIOS), lab, tmp_path)
    asked, asked_otherwise = load_acts(tmp_path / "capture.pcapng").values()
    assert DNS(qr=1) in asked
    assert asked_otherwise.window.proven
