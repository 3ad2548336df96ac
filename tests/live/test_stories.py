"""A story leaves its lab as it found it, and can be told in any order, any number of times, with the same frames."""

from difflib import unified_diff
from pathlib import Path

import pytest
from scapy.layers.dns import DNS

from lab.capture import load_acts
from lab.errors import ScenarioFailed
from lab.evidence import load_told
from lab.ladder import normalised
from lab.proving import prove
from lab.scenario import announced, find
from lab.telling import tell
from tests.live.conftest import TOPOLOGIES

SCENARIOS = Path(__file__).parents[2] / "scenarios"
STORIES = announced(SCENARIOS)

pytestmark = pytest.mark.docker

LEFT_BEHIND = """
ip -br link | cut -d ' ' -f 1; ip -br addr; ip route | sort; ip -6 route | sort
ip neigh show nud permanent; ss -Hlntu | sort; cat /etc/resolv.conf /etc/hosts; cat /run/lease 2>/dev/null
for p in /proc/[0-9]*; do tr '\\0\\n' '  ' <$p/cmdline 2>/dev/null; echo; done |
grep -vE '^((sh|sort|tr|grep)? |$)' | sort
"""
"""What a story could leave behind in a node: links, addresses, routes, neighbours, listeners, files, processes.

A process that ends while the look is taken has no words any more.
"""


def changed(before, after):
    """Return the lines that are gone or new in each node."""
    lines = {name: (before[name].splitlines(), after[name].splitlines()) for name in before}
    return {name: list(unified_diff(*pair, n=0))[2:] for name, pair in lines.items() if pair[0] != pair[1]}


def state(lab):
    return {name: lab[name].run("sh", "-c", LEFT_BEHIND).stdout for name in lab.plan.nodes}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_leaves_the_lab_as_it_found_it(labs, tmp_path, name):
    lab = labs(STORIES[name])
    before = state(lab)
    tell(find(name, SCENARIOS), lab, tmp_path)
    assert changed(before, state(lab)) == {}


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_stories_may_follow_one_another_in_any_order_and_show_the_same_frames_three_times(labs, tmp_path, topology):
    lab = labs(topology)
    names = [name for name, where in STORIES.items() if where == topology]
    for number, name in enumerate([*names, *reversed(names), *names]):
        story, folder = find(name, SCENARIOS), tmp_path / str(number)
        tell(story, lab, folder)
        assert {proof.sentence for proof in prove(story, folder) if proof.verdict.is_bad} == set(), name
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
