"""Each scenario has its page, and the frames on it are those of the recorded evidence."""

import re

import pytest

from lab.cli.program import ROOT
from lab.cli.verbs.pages_verb import PAGES, SCENARIOS, frames, renewed
from lab.scenario import announced

NAMES = list(announced(SCENARIOS))


@pytest.mark.parametrize("name", NAMES)
def test_the_frames_on_the_page_are_those_that_were_recorded(name):
    page = PAGES / f"{name}.md"
    assert page.read_text() == renewed(page), "renew it with ./invoke pages"


@pytest.mark.parametrize("name", NAMES)
def test_a_page_tells_what_why_and_what_next_and_asks_three_questions(name):
    text = (PAGES / f"{name}.md").read_text()
    for heading in ("## What you see", "## Why it is so", "## What to try next", "## Three questions"):
        assert heading in text
    assert len(re.findall(r"<details><summary>.+?</summary>\n\n.+?</details>", text, re.DOTALL)) == 3


def words(ladder):
    """Return the lines of a ladder without their times and the width of gaps, which differ from run to run."""
    return {" ".join(re.sub(r"[\d.]+ (ms|s)\b", "", line).split()) for line in ladder.splitlines()}


def test_the_ladder_in_the_readme_is_what_was_recorded():
    (shown,) = re.findall(
        r"\$ \./invoke run scenario=arp-poisoning\n(.*?)✓", (ROOT / "README.md").read_text(), re.DOTALL
    )
    drawn = "\n".join(line for line in shown.splitlines() if re.search("[│▶◀]", line))
    assert "LIE" in drawn
    assert words(drawn) <= words(frames("arp-poisoning", 80))
