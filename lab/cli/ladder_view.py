"""The ladder on a terminal: as wide as it is, coloured as Wireshark colours protocols."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from lab.ladder import Line, Style, Told, ladder
from lab.plan.model import Plan

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
    Style.ANSWER: "bold #2ea043",
    Style.LIE: "bold #e5484d",
    Style.RELAYED: "bold #e5484d",
    Style.LOST: "bold #e5484d",
}


def draw(acts: Iterable[Told], plan: Plan, console: Console) -> None:
    """Draw acts on a console."""
    for line in ladder(acts, plan, console.width, ascii=console.options.ascii_only):
        console.print(_coloured(line), soft_wrap=True)


def _coloured(line: Line) -> Text:
    return Text.assemble(*((span.text, _COLOURS[span.style]) for span in line))
