"""What tests of stories in running labs share: telling one and asking which proofs do not hold, and altered labs."""

from pathlib import Path

import pytest

from lab.proving import prove
from lab.scenario import announced, find
from lab.telling import tell

ROOT = Path(__file__).parents[2]
TOPOLOGIES = sorted(set(announced(ROOT / "scenarios").values()))
"""The topologies that stories are told on."""

HOME_LAN = (ROOT / "topologies/home-lan.yml").read_text()


def somebody(lab):
    """Return a node of a lab that waits for its user."""
    return next(lab[name] for name, node in lab.plan.nodes.items() if node.kind in ("host", "victim"))


@pytest.fixture
def red(tmp_path):
    """Tell a story in a lab and return the sentences of the proofs that do not pass."""

    def told(scenario, lab):
        story = find(scenario, ROOT / "scenarios")
        tell(story, lab, tmp_path / "run")
        return {proof.sentence for proof in prove(story, tmp_path / "run") if proof.verdict.is_bad}

    return told


@pytest.fixture
def proofs(tmp_path):
    """Return the sentences of all proofs of a scenario."""

    def of(scenario):
        story = find(scenario, ROOT / "scenarios")
        tests = [line for line in story.proofs.read_text().splitlines() if line.startswith("def test_")]
        return {line.removeprefix("def test_").split("(")[0].replace("_", " ") for line in tests}

    return of


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
