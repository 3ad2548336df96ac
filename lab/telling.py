"""Telling a story to a running lab, from the same start each time, and keeping its evidence."""

from pathlib import Path

from lab.evidence import save
from lab.running import Lab
from lab.scenario import Evidence, Scenario


def tell(scenario: Scenario[Evidence], lab: Lab, folder: Path) -> Evidence:
    """Have the lab forget what it learnt, tell the story, and save its evidence into ``folder``."""
    lab.forget()
    told_before = len(lab.acts)
    evidence = scenario(lab)
    save(evidence, lab.acts[told_before:], lab.source, scenario.name, folder)
    return evidence
