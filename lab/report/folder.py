"""The folder of a run: what it is called, and what is written into it for people to look at."""

from datetime import datetime
from pathlib import Path

from lab.report.document import Report
from lab.report.views import view

LADDER, PAGE = "ladder.txt", "report.html"


def new(runs: Path, story: str) -> Path:
    """Return the folder of a run that begins now: RUNS/STORY/TIME."""
    return runs / story / datetime.now().strftime("%Y%m%d-%H%M%S-%f")


def write_ladder(report: Report, folder: Path) -> None:
    """Write the ladder as text."""
    (folder / LADDER).write_text(view(report, "text"), encoding="utf-8")


def write_page(report: Report, folder: Path) -> None:
    """Write the page."""
    (folder / PAGE).write_text(view(report, "html"), encoding="utf-8")
