"""The verb that soaks: tell a story many times over, and demand the same proofs and the same frames each time."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory

from lab.bringup import Found
from lab.cli import terminal
from lab.cli.card import in_order
from lab.cli.program import ROOT
from lab.cli.verbs.story_verbs import stories_of
from lab.client import Client
from lab.errors import InputError, ScenarioFailed
from lab.evidence import load_told
from lab.ladder import normalised
from lab.proving import Verdict, prove
from lab.scenario import Evidence, Scenario
from lab.telling import tell

PAGE = ROOT / "docs" / "reliability.md"
FRESH_EVERY = 5
"""The first run of each five is told on a lab that has just come up, the other four on the same lab."""

_BEGIN, _END = "<!-- soak -->\n", "<!-- /soak -->\n"

_HEAD = """\
Written by `./invoke soak scenario=NAME times=20 --write`, which ends without writing when a single proof of a single
run does not pass, or when its normalised ladder is not the golden one, line by line. Every fifth run is told in a lab
that has just come up; nothing is ever tried again.

| story | runs in a row | on a fresh lab | proofs that passed, each run | median of a run | slowest |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True)
class Run:
    """One telling: how many proofs passed, whether on a fresh lab, and how long it took in seconds."""

    proofs: int
    fresh: bool
    seconds: float


def soak(scenario: str, times: str, write: bool) -> None:
    """Tell a story, or all, so many times; the first run that differs ends it with what differed."""
    if not times.isdecimal() or not int(times):
        raise InputError(f"times={times} is no number of runs; say times=20, for instance")
    stories = stories_of(scenario)
    for story in stories:
        if not story.golden.is_file():
            raise InputError(f"{story.golden} is missing: it holds what every run must show, the normalised ladder")
    client = Client.connected(terminal.listener())
    rows = {story.name: _row(story, list(_runs(client, story, int(times)))) for story in stories}
    if write:
        PAGE.write_text(with_rows(PAGE.read_text(), rows))


def with_rows(page: str, rows: Mapping[str, str]) -> str:
    """Return the page with these stories' rows in its table; those of others stay, in the order of the card. Pure."""
    before, _, rest = page.partition(_BEGIN)
    table, _, after = rest.partition(_END)
    there = {line.split()[1]: f"{line}\n" for line in table.splitlines() if line.startswith("| ")}
    there.pop("story", None)
    known = there | dict(rows)
    return f"{before}{_BEGIN}{_HEAD}{''.join(known[name] for name in in_order(known))}{_END}{after}"


def _runs(client: Client, story: Scenario[Evidence], times: int) -> Iterator[Run]:
    for first in range(0, times, FRESH_EVERY):
        found, _ = client.up(story.topology_file, f"soak-{story.name}")
        try:
            for number in range(first, min(first + FRESH_EVERY, times)):
                run = _once(client, found, story, fresh=number == first)
                terminal.say(f"{story.name} {number + 1}/{times}: {run.proofs} proofs passed, {run.seconds:.1f} s")
                yield run
        finally:
            client.down(found)


def _once(client: Client, found: Found, story: Scenario[Evidence], fresh: bool) -> Run:
    began = time.monotonic()
    with TemporaryDirectory() as name:
        folder = Path(name)
        with client.entered(found) as lab:
            evidence = tell(story, lab, folder)
        proofs = prove(story, folder)
        failed = [f"{proof.sentence}: {proof.verdict}: {proof.why}" for proof in proofs if proof.verdict.is_bad]
        if failed:
            raise ScenarioFailed("\n".join(failed))
        _compare(story, normalised(load_told(folder), evidence.plan, about_them=story.is_about_announcements))
    return Run(sum(proof.verdict is Verdict.PASSED for proof in proofs), fresh, time.monotonic() - began)


def _compare(story: Scenario[Evidence], ladder: str) -> None:
    golden = story.golden.read_text()
    if ladder != golden:
        lines = unified_diff(golden.splitlines(), ladder.splitlines(), "golden", "this run", lineterm="")
        raise ScenarioFailed("the frames differ from the golden ladder:\n" + "\n".join(lines))


def _row(story: Scenario[Evidence], runs: list[Run]) -> str:
    seconds = sorted(run.seconds for run in runs)
    fresh = sum(run.fresh for run in runs)
    median, slowest = seconds[len(seconds) // 2], seconds[-1]
    return f"| {story.name} | {len(runs)} | {fresh} | {runs[0].proofs} | {median:.1f} s | {slowest:.1f} s |\n"
