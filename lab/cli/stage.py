"""The stage: a story on standard output, its sentences large, what is typed and printed, and the frames."""

import sys
import termios
from dataclasses import dataclass

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from lab.capture import Capture
from lab.cli.ladder_view import draw
from lab.errors import InputError
from lab.harmless import harmless
from lab.plan.model import Plan
from lab.scenario import Evidence, Scenario


@dataclass(frozen=True)
class _Unnamed:
    """An act whose sentence was told already."""

    capture: Capture
    name: str = ""
    sentence: str = ""


class Stage:
    """An audience before a terminal. A stage that ``stops`` asks before each act, and answers after it, at Enter."""

    def __init__(self, stops: bool = False) -> None:
        if stops and not sys.stdin.isatty():
            raise InputError("--step waits for Enter, and there is nobody to press it: standard input is no terminal")
        self._stops = stops
        self._question = ""
        self._plan: Plan | None = None
        self._console = Console(highlight=False, soft_wrap=False)

    def title(self, story: Scenario[Evidence], plan: Plan) -> None:
        """Show which story begins, and remember the plan of the lab that it is told in."""
        self._plan = plan
        self._console.print()
        self._console.print(Rule(Text(f" {story.name} ", style="bold reverse"), align="left"))

    def begins(self, sentence: str, question: str) -> None:
        """Tell the sentence that an act begins with, after its question was thought about."""
        self._console.print()
        self._question = question
        if self._stops:
            self._ask(question)
        self._console.print(Text(sentence, style="bold cyan"))

    def ends(self, answer: str, seen: Capture) -> None:
        """Draw what went over the wires, and give the answer in a show that asked the question."""
        if self._plan:
            self._console.print()
            draw([_Unnamed(seen)], self._plan, self._console)
        if self._stops and answer:
            self._ask(self._question)
            self._console.print(Text(f"→ {answer}", style="bold green"))

    def typed(self, node: str, command: str) -> None:
        """Show a command as it is typed in a node, or a line that is typed into the last one.

        A stage that stops has its people press Enter for each such line: it is sent when they do.
        """
        prompt = f"  {node}$ " if node else "  > "
        live = self._stops and not node
        self._console.print(Text(prompt, style="dim").append(harmless(command), style="bold"), end="" if live else "\n")
        if live:
            _wait_for_enter()

    def printed(self, line: str) -> None:
        """Show a line that it printed."""
        text = harmless(line.expandtabs()) or " "  # an empty text would be no line at all
        self._console.print(Padding(Text(text), (0, 0, 0, 2), expand=False))

    def _ask(self, question: str) -> None:
        if question:
            self._console.print(Text(f"? {question}", style="bold yellow"))
        self._console.print(Text("[Enter]", style="dim"), end="")
        _wait_for_enter()


def _wait_for_enter() -> None:
    """Wait for Enter; what was typed before the question does not answer it."""
    termios.tcflush(sys.stdin, termios.TCIFLUSH)
    sys.stdin.readline()
