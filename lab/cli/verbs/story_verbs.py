"""The verb of stories: tell one in its lab, keep its evidence, and ask its proofs."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from shlex import quote

from lab.bringup import Found
from lab.cli import terminal
from lab.cli.card import in_order
from lab.cli.program import ROOT, SCENARIOS
from lab.cli.stage import Stage
from lab.client import Client
from lab.errors import Inconclusive, InputError, ScenarioFailed
from lab.evidence import CAPTURE
from lab.proving import Proof, Verdict, prove
from lab.report import Report, summary
from lab.report import folder as run_folder
from lab.report import read as read_report
from lab.report.folder import LADDER, PAGE
from lab.scenario import Evidence, Scenario, announced, find
from lab.telling import tell

RUNS = ROOT / "runs"


def run(scenario: str, topology: str, name: str, record: bool, step: bool, keep: bool) -> None:
    """Tell a scenario, or all of them as one show, in labs that are brought up if needed.

    ``record`` puts the evidence where the tests find it when they run without Docker; ``step`` waits for Enter between
    acts; ``keep`` leaves up what was brought up.
    """
    stories = stories_of(scenario, topology)
    stage = Stage(stops=step)
    client = Client.connected(terminal.listener())
    proofs: list[Proof] = []
    with ExitStack() as labs:
        for story in stories:
            found = labs.enter_context(_lab(client, topology or story.topology_file, name, keep))
            folder = run_folder.new(RUNS, story.name)
            stage.title(story, client.plan_of(found))
            with client.entered(found, stage) as lab:
                tell(story, lab, folder)
            told = read_report(folder)
            run_folder.write_ladder(told, folder)
            proofs += (proven := _proved(story, folder))
            _report(replace(told, proofs=proven), folder)
            _give_back(folder)
            if record:
                _record(story, folder, proven)
    _end_as(proofs)


def stories_of(scenario: str, topology: str = "") -> list[Scenario[Evidence]]:
    """Return the one scenario that is meant, or with "all" the card: of one topology, or of all of them."""
    if scenario != "all":
        return [find(scenario, SCENARIOS)]
    meant = [name for name, where in announced(SCENARIOS).items() if topology in ("", where)]
    if not meant:
        raise InputError(f"no story is told on '{topology}'")
    return [find(name, SCENARIOS) for name in in_order(meant)]


@contextmanager
def _lab(client: Client, topology: str, name: str, keep: bool) -> Iterator[Found]:
    """Give the lab of a topology that runs, or one that is brought up for as long as the show lasts."""
    found, changes = client.some_lab(topology, name)
    try:
        yield found
    finally:
        if changes.first and not keep:
            client.down(found)


def _record(story: Scenario[Evidence], folder: Path, proofs: Iterable[Proof]) -> None:
    """Keep evidence for the tests that run without Docker, if it proves what the story claims."""
    if any(proof.verdict is not Verdict.PASSED for proof in proofs):
        terminal.say("It is not recorded: not every proof passed.")
        return
    shutil.rmtree(story.recorded, ignore_errors=True)
    shutil.copytree(folder, story.recorded, ignore=shutil.ignore_patterns(LADDER, PAGE))
    terminal.say(f"It is recorded in {_short(story.recorded)}")


def _give_back(folder: Path) -> None:
    """Root at work in somebody else's clone leaves nothing there that its owner could not remove."""
    owner = ROOT.stat()
    if os.geteuid() == 0 and owner.st_uid:
        for path in (folder.parent.parent, folder.parent, folder, *folder.iterdir()):
            os.chown(path, owner.st_uid, owner.st_gid)


def _proved(story: Scenario[Evidence], folder: Path) -> tuple[Proof, ...]:
    proofs = prove(story, folder)
    _show(proofs)
    terminal.say(f"The evidence is in {_short(folder)}; look at it with:")
    terminal.say(f"  tshark -r {quote(_short(folder / CAPTURE))} \\")
    terminal.say(f"    -Y '{story.shows or 'frame'}'")
    return proofs


def _report(told: Report, folder: Path) -> None:
    """Write the page of a run, and its summary where a CI collects such."""
    run_folder.write_page(told, folder)
    terminal.say(f"or open {_short(folder / PAGE)} in a browser.")
    if collected := os.environ.get("GITHUB_STEP_SUMMARY"):
        with Path(collected).open("a", encoding="utf-8") as pages:
            pages.write(summary(told))


def _show(proofs: Iterable[Proof]) -> None:
    terminal.say("")
    for proof in proofs:
        terminal.say(f"  {proof.verdict.mark} {proof.sentence}" + (f": {proof.verdict}" if proof.why else ""))
        for line in proof.why.splitlines():
            if not line.lstrip().startswith("+"):  # where pytest says what led to the values
                terminal.say(f"      {line}")


def _end_as(proofs: Sequence[Proof]) -> None:
    """End with the exit code of the worst verdict."""
    failed = [proof for proof in proofs if proof.verdict is Verdict.FAILED]
    inconclusive = [proof for proof in proofs if proof.verdict is Verdict.INCONCLUSIVE]
    if failed:
        raise ScenarioFailed(f"{len(failed)} of {len(proofs)} proofs failed")
    if inconclusive:
        raise Inconclusive(f"{len(inconclusive)} of {len(proofs)} proofs are inconclusive")
    unasked = sum(proof.verdict is Verdict.UNASKED for proof in proofs)
    terminal.say(
        f"{unasked} of {len(proofs)} proofs were not asked, for what they need is not installed; all others passed."
        if unasked
        else f"All {len(proofs)} proofs passed."
    )


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
