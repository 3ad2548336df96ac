"""Runs to report on: a recorded one whose proofs were asked, and one that is made up, of a story with hostile words."""

import json
import shutil
from pathlib import Path

import pytest

from lab.capture import save_acts
from lab.proving import prove
from lab.scenario import find

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "scenarios/recorded"


@pytest.fixture(scope="session")
def proven(tmp_path_factory):
    """The folder of a recorded run whose proofs were asked anew: ``proven("dns")``."""
    below = tmp_path_factory.mktemp("runs")

    def of(name):
        folder = below / name
        if not folder.exists():
            shutil.copytree(RECORDED / name, folder)
            prove(find(name, ROOT / "scenarios"), folder)
        return folder

    return of


@pytest.fixture
def made_up(tmp_path):
    """Write the folder of a run: topology, captures by the names of their acts, and what else is in result.json."""

    def made(topology, captures, **more):
        folder = tmp_path / "run"
        folder.mkdir(exist_ok=True)
        (folder / "topology.yml").write_text(topology)
        save_acts(folder / "capture.pcapng", captures)
        words = {"sentence": "Something happens.", "question": "What?", "answer": "This."}
        result = {"scenario": "made-up", "windows": dict.fromkeys(captures, words), "facts": {}} | more
        (folder / "result.json").write_text(json.dumps(result))
        return folder

    return made
