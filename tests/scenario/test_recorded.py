"""Recorded evidence answers as live evidence does, and evidence that is cut or changed answers nothing."""

import shutil
from pathlib import Path

import pytest

from lab.evidence import read_result
from lab.proving import Verdict, prove
from lab.scenario import announced, find

SCENARIOS = Path(__file__).parents[2] / "scenarios"

UNASKED = """
import pytest


def test_by_a_library():
    pytest.importorskip("no_such_library", reason="it is not installed")


@pytest.mark.skipif(True, reason="nor is this")
def test_by_a_program():
    raise AssertionError
"""


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
    assert verdicts(story, folder) <= {Verdict.PASSED, Verdict.UNASKED}
    assert {proof["verdict"] for proof in read_result(folder)["proofs"]} <= {"passed", "unasked"}


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


def test_ctrl_c_ends_the_proofs_and_is_no_verdict(copy, tmp_path):
    story, folder = copy("dns")
    shutil.copy(story.file, tmp_path / story.file.name)
    (tmp_path / story.proofs.name).write_text("def test_that_is_interrupted():\n    raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        prove(find(str(tmp_path / story.file.name), SCENARIOS), folder)


def test_a_proof_names_the_frames_that_its_questions_came_upon(copy):
    story, folder = copy("dns")
    proofs = {proof.sentence: proof.frames for proof in prove(story, folder)}
    assert proofs["the answer carries the number and the port of its question"] == (3, 4)
    assert proofs["every client prints the address"] == ()


def test_proofs_of_two_files_of_one_name_are_each_asked_of_their_own_story(copy, tmp_path):
    story, folder = copy("dns")
    shutil.copy(story.file, tmp_path / story.file.name)
    (tmp_path / story.proofs.name).write_text("def test_of_another_file():\n    pass\n")
    namesake = find(str(tmp_path / story.file.name), SCENARIOS)
    prove(story, folder)
    assert [proof.sentence for proof in prove(namesake, folder)] == ["of another file"]
    assert len(prove(story, folder)) > 1


def test_a_proof_that_needs_what_is_not_installed_is_not_asked_and_says_why(copy, tmp_path):
    story, folder = copy("dns")
    shutil.copy(story.file, tmp_path / story.file.name)
    (tmp_path / story.proofs.name).write_text(UNASKED)
    proofs = prove(find(str(tmp_path / story.file.name), SCENARIOS), folder)
    assert [(proof.verdict, proof.verdict.is_bad) for proof in proofs] == [(Verdict.UNASKED, False)] * 2
    assert [proof.why for proof in proofs] == ["it is not installed", "nor is this"]
