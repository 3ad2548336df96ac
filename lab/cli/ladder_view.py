"""The ladder on a terminal: as wide as it is, coloured as Wireshark colours protocols; and as text in a file."""

from pathlib import Path

from rich.console import Console
from rich.text import Text

from lab.evidence import load_told
from lab.ladder import Line, Style, as_text, ladder
from lab.plan.model import Plan

FILE = "ladder.txt"

_COLOURS = {
    Style.ACT: "bold cyan",
    Style.NODE: "bold",
    Style.MUTED: "dim",
    Style.ARP: "yellow",
    Style.DNS: "bright_blue",
    Style.ICMP: "magenta",
    Style.TCP: "green",
    Style.HTTP: "bold green",
    Style.OTHER: "default",
    Style.NOTE: "italic",
    Style.LIE: "bold red",
    Style.RELAYED: "bold red",
    Style.LOST: "bold red",
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
