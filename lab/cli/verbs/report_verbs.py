"""The verbs of reports: make one of a run again, in any of its formats, and tell what is different between two runs."""

from collections.abc import Sequence
from difflib import unified_diff
from pathlib import Path

from lab.cli import terminal
from lab.errors import InputError
from lab.files import written
from lab.harmless import harmless_lines
from lab.ladder import normalised
from lab.report import Report, read, view
from lab.report.folder import PAGE


def report(run: str, form: str, file: str) -> None:
    """Write the report of a run: the page into its folder, other formats to standard output, or all into ``file``."""
    folder = Path(run)
    told = view(read(folder), form)
    into = Path(file) if file else folder / PAGE if form == "html" else None
    if into is None:
        terminal.say(told.rstrip())
        return
    with written(into) as out:
        out.write(told.encode())
    terminal.say(f"The report is in {into}.")


def diff(runs: Sequence[str]) -> int:
    """Print what two runs show that is not the same, without what differs in every run; 1 where there is something."""
    if len(runs) != 2:
        raise InputError(f"two runs are compared, and {len(runs)} came: diff run=FOLDER run=FOLDER")
    before, after = runs
    one, other = (_ladder(read(Path(run))) for run in runs)
    lines = list(unified_diff(one, other, before, after, n=2, lineterm=""))
    terminal.say(harmless_lines("\n".join(lines)) if lines else "Both runs show the same frames.")
    return 1 if lines else 0


def _ladder(report: Report) -> list[str]:
    return normalised([act.told for act in report.acts], report.plan).splitlines()
