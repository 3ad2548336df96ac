"""The verb of stories: tell one in its lab, keep its evidence, and ask its proofs."""

from datetime import datetime
from pathlib import Path

from lab.cli import terminal
from lab.cli.program import ROOT
from lab.cli.stage import Stage
from lab.client import Client
from lab.errors import Inconclusive, ScenarioFailed
from lab.proving import Proof, Verdict, prove
from lab.scenario import find
from lab.telling import tell

SCENARIOS, RUNS = ROOT / "scenarios", ROOT / "runs"

_MARKS = {Verdict.PASSED: "✓", Verdict.FAILED: "✗", Verdict.INCONCLUSIVE: "?"}


def run(scenario: str, topology: str, name: str, record: bool = False) -> None:
    """Tell a scenario, bringing its lab up if needed; write its evidence and the verdict of each proof.

    With ``record`` the evidence goes where the tests find it when they run without Docker.
    """
    told = find(scenario, SCENARIOS)
    client = Client.connected(Stage(terminal.listener()))
    found, _ = client.up(topology or told.topology_file, name)
    folder = told.recorded if record else RUNS / told.name / datetime.now().strftime("%Y%m%d-%H%M%S-%f")
    with client.entered(found) as lab:
        tell(told, lab, folder)
    proofs = prove(told, folder)
    _show(proofs)
    terminal.say(f"The evidence is in {_short(folder)}")
    _end_as(proofs)


def _show(proofs: tuple[Proof, ...]) -> None:
    for proof in proofs:
        terminal.say(f"  {_MARKS[proof.verdict]} {proof.sentence}" + (f": {proof.verdict}" if proof.why else ""))
        for line in proof.why.splitlines():
            terminal.say(f"      {line}")


def _end_as(proofs: tuple[Proof, ...]) -> None:
    """End with the exit code of the worst verdict."""
    failed = [proof for proof in proofs if proof.verdict is Verdict.FAILED]
    inconclusive = [proof for proof in proofs if proof.verdict is Verdict.INCONCLUSIVE]
    if failed:
        raise ScenarioFailed(f"{len(failed)} of {len(proofs)} proofs failed")
    if inconclusive:
        raise Inconclusive(f"{len(inconclusive)} of {len(proofs)} proofs are inconclusive")
    terminal.say(f"All {len(proofs)} proofs passed.")


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
