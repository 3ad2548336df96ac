"""A run read back as a document: acts, proofs with their frames, and clear words where a folder is none."""

import json
import shutil
from pathlib import Path

import pytest

from lab.errors import WiretaleError
from lab.report import read


def test_a_run_is_told_act_by_act(proven):
    report = read(proven("arp-poisoning"))
    assert (report.scenario, report.topology.name, len(report.acts)) == ("arp-poisoning", "home-lan", 3)
    assert report.acts[1].sentence.startswith("The attacker answers for the router's address")
    assert report.acts[2].nodes == ("victim", "router", "isp", "web")


def test_a_proof_names_the_frames_that_it_rests_on(proven):
    report = read(proven("arp-poisoning"))
    assert (report.verdict, report.worst) == ("13 of 13 proofs passed", "passed")
    (lie,) = [proof for proof in report.proofs if proof.sentence == "the attacker claims the address of the router"]
    (frame,) = [frame for frame in report.frames if frame.number in lie.frames]
    assert frame.port.node == "attacker"
    assert report.proofs.index(lie) + 1 in report.proved_by[frame.number]


def test_a_run_that_nobody_asked_is_not_proven(proven, tmp_path):
    folder = Path(shutil.copytree(proven("dns"), tmp_path / "run"))
    result = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps(result | {"proofs": []}))
    assert (read(folder).verdict, read(folder).worst) == ("not proven yet", "unproven")


def damaged(folder, file, content):
    if content is None:
        (folder / file).unlink()
    else:
        (folder / file).write_text(content)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("result.json", None, "this is no run: there is no result.json"),
        ("result.json", "{", "result.json: "),
        ("result.json", '{"windows": {"nothing": {}}}', "does not belong to result.json beside it"),
        ("result.json", '{"windows": 7}', "this is not what a run wrote"),
        ("result.json", "[]", "this is not what a run wrote"),
        ("capture.pcapng", None, "capture.pcapng: No such file"),
        ("capture.pcapng", "no capture", "capture.pcapng"),
        ("topology.yml", "nodes: [", "topology.yml"),
        ("topology.yml", None, "topology.yml cannot be read"),
    ],
)
def test_a_damaged_folder_is_answered_with_its_file(proven, tmp_path, file, content, said):
    folder = Path(shutil.copytree(proven("dns"), tmp_path / "run"))
    damaged(folder, file, content)
    with pytest.raises(WiretaleError) as error:
        read(folder)
    assert said in str(error.value)
