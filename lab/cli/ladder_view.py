"""The ladder on a terminal: as wide as it is, coloured as Wireshark colours protocols; and as text in a file."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from lab.evidence import load_told
from lab.ladder import Line, Style, as_text, ladder
from lab.plan.model import Plan

FILE = "ladder.txt"

# In the middle of the scale, so that they can be read on a dark and on a light ground.
_COLOURS = {
    Style.ACT: "bold #2aa1b3",
    Style.NODE: "bold",
    Style.MUTED: "dim",
    Style.ARP: "#c98a00",
    Style.DNS: "#3b8eea",
    Style.ICMP: "#a56de2",
    Style.TCP: "#2ea043",
    Style.HTTP: "bold #2ea043",
    Style.OTHER: "default",
    Style.NOTE: "italic",
    Style.LIE: "bold #e5484d",
    Style.RELAYED: "bold #e5484d",
    Style.LOST: "bold #e5484d",
}


def show_ladder(folder: Path, plan: Plan, console: Console | None = None) -> None:
    """Print the ladder of the story whose evidence is in ``folder``, and write it into ladder.txt there."""
    console = console or Console(highlight=False)
    told = load_told(folder)
    (folder / FILE).write_text(as_text(ladder(told, plan)), encoding="utf-8")
    console.print()
    for line in ladder(told, plan, console.width, ascii=console.options.ascii_only):
        console.print(_coloured(line), soft_wrap=True)


def _coloured(line: Line) -> Text:
    return Text.assemble(*((span.text, _COLOURS[span.style]) for span in line))
