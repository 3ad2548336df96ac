"""Recorded evidence answers as live evidence does, and evidence that is cut or changed answers nothing."""

import shutil
from pathlib import Path

import pytest

from lab.evidence import read_result
from lab.proving import Verdict, prove
from lab.scenario import announced, find

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture
def copy(tmp_path):
    """Copy recorded evidence, to be spoilt."""

    def copied(name):
        story = find(name, SCENARIOS)
        return story, Path(shutil.copytree(story.recorded, tmp_path / name))

    return copied


def verdicts(story, folder):
    return {proof.verdict for proof in prove(story, folder)}


@pytest.mark.parametrize("name", announced(SCENARIOS))
def test_recorded_evidence_passes_every_proof_and_says_so(copy, name):
    story, folder = copy(name)
    assert verdicts(story, folder) == {Verdict.PASSED}
    assert {proof["verdict"] for proof in read_result(folder)["proofs"]} == {"passed"}


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_capture_that_is_cut_makes_every_proof_inconclusive(copy, kept):
    story, folder = copy("arp-poisoning")
    file = folder / "capture.pcapng"
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * kept)])
    assert verdicts(story, folder) == {Verdict.INCONCLUSIVE}


def test_a_capture_that_is_missing_makes_every_proof_inconclusive(copy):
    story, folder = copy("dns")
    (folder / "capture.pcapng").unlink()
    assert verdicts(story, folder) == {Verdict.INCONCLUSIVE}


def test_the_evidence_of_another_story_fails_every_proof(copy):
    story, _ = copy("arp-poisoning")
    _, other = copy("dns")
    assert verdicts(story, other) == {Verdict.FAILED}
