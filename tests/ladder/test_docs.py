"""What docs/ladders.md shows is what the recorded stories show."""

import re
from pathlib import Path

import pytest

from lab import kinds
from lab.evidence import TOPOLOGY, load_told
from lab.ladder import as_text, ladder, normalised
from lab.plan import plan
from lab.topology.reading import read

ROOT = Path(__file__).parents[2]
DRAWN, NORMAL = re.findall(r"```text\n(.*?)```", (ROOT / "docs/ladders.md").read_text(), re.DOTALL)
RECORDED = ROOT / "scenarios/recorded/arp-poisoning"


@pytest.fixture(scope="module")
def story():
    return load_told(RECORDED), plan(read(RECORDED / TOPOLOGY, kinds.load()))


def without_times(text):
    return re.sub(r"\d+  [\d.]+ ms", "", text)


def test_the_page_shows_a_ladder_as_it_is_drawn(story):
    assert without_times(DRAWN).strip() in without_times(as_text(ladder(*story, 80)))


def test_the_page_shows_lines_of_a_golden_ladder(story):
    assert set(NORMAL.splitlines()) <= set(normalised(*story).splitlines())
