"""Telling a story to a running lab, from the same start each time, and keeping its evidence."""

from pathlib import Path

from lab.errors import InputError, ScenarioFailed
from lab.evidence import keep, save
from lab.running import Lab
from lab.scenario import Evidence, Scenario


def tell(scenario: Scenario[Evidence], lab: Lab, folder: Path) -> Evidence:
    """Have the lab forget what it learnt, tell the story, and save its evidence into ``folder``.

    Raises ``InputError``, with the story's file, where the topology lacks a node or a network that the story is about.
    """
    lab.forget()
    told_before = len(lab.acts)
    try:
        evidence = scenario(lab)
    except InputError as error:
        raise InputError(f"{scenario.file} cannot be told in this lab: {error}") from error
    except ScenarioFailed as error:
        kept = keep([act.recording for act in lab.acts[told_before:]], lab.plan.topology, folder)
        raise ScenarioFailed(f"{error}\nwhat was seen until then is in {kept}") from error
    save(evidence, lab.acts[told_before:], lab.source, scenario.name, folder)
    return evidence
