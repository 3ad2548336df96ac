"""The verb that renews the scenarios' pages: the frames that they show come from the recorded evidence."""

from pathlib import Path

from lab import kinds
from lab.cli import terminal
from lab.cli.program import ROOT, SCENARIOS
from lab.errors import InputError
from lab.evidence import TOPOLOGY, load_told
from lab.ladder import as_text, ladder
from lab.plan import plan
from lab.scenario import announced, find
from lab.topology.reading import read

PAGES = ROOT / "docs" / "scenarios"
WIDTH = 100

_BEGIN, _END = "<!-- frames: written by ./invoke pages -->\n", "<!-- /frames -->\n"


def pages() -> None:
    """Write the frames of every recorded scenario into its page."""
    for name in announced(SCENARIOS):
        page = PAGES / f"{name}.md"
        page.write_text(renewed(page))
        terminal.say(f"docs/scenarios/{page.name}")


def renewed(page: Path) -> str:
    """Return a page's text with its frames as the recorded evidence has them now."""
    if not page.is_file():
        raise InputError(f"{page}: this scenario has no page yet; write one, with {_BEGIN.strip()} and {_END.strip()}")
    before, begin, rest = page.read_text().partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise InputError(f"{page}: the marks {_BEGIN.strip()} and {_END.strip()} are missing")
    return f"{before}{begin}\n```text\n{frames(page.stem, WIDTH)}```\n\n{end}{after}"


def frames(name: str, width: int) -> str:
    """Return the ladder of a scenario's recorded evidence, as text of so many columns."""
    recorded = find(name, SCENARIOS).recorded
    planned = plan(read(recorded / TOPOLOGY, kinds.load()))
    return as_text(ladder(load_told(recorded), planned, width)).rstrip() + "\n"
