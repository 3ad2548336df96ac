"""The README's own network, story and proofs, as a reader would type them, in a lab."""

import re
from pathlib import Path

import pytest

from lab.proving import Verdict, prove
from lab.scenario import find
from lab.telling import tell

pytestmark = pytest.mark.docker

README = (Path(__file__).parents[2] / "README.md").read_text()
FILES = re.compile(r"^```\w+\n# my/(\S+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.fixture
def story(tmp_path):
    for name, text in FILES.findall(README):
        (tmp_path / name).write_text(text)
    return find(str(tmp_path / "visit.py"), tmp_path)


def test_the_story_of_the_readme_is_told_and_proven(story, labs, tmp_path):
    tell(story, labs(story.topology_file), tmp_path / "evidence")
    proofs = prove(story, tmp_path / "evidence")
    assert [proof.verdict for proof in proofs] == [Verdict.PASSED] * 2
    assert all(f"✓ {proof.sentence}" in README for proof in proofs)
