"""The stage: a story on standard output, its sentences large, and what is typed and printed; progress goes aside."""

import sys
from contextlib import AbstractContextManager

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from lab.errors import InputError
from lab.harmless import harmless
from lab.progress import Listener
from lab.scenario import Evidence, Scenario


class Stage:
    """A listener for stories; ``aside`` is told of the work behind the scenes.

    One that ``stops`` asks its question before an act, waits for Enter, and gives the answer after it.
    """

    def __init__(self, aside: Listener, stops: bool = False) -> None:
        if stops and not sys.stdin.isatty():
            raise InputError("--step waits for Enter, and there is nobody to press it: standard input is no terminal")
        self._aside = aside
        self._stops = stops
        self._console = Console(highlight=False, soft_wrap=False)

    def step(self, what: str) -> AbstractContextManager[None]:
        """Leave progress to the listener aside."""
        return self._aside.step(what)

    def line(self, text: str) -> None:
        """Leave output of the work to the listener aside."""
        self._aside.line(text)

    def agrees(self, question: str) -> bool:
        """Leave questions about the machine to the listener aside."""
        return self._aside.agrees(question)

    def title(self, story: Scenario[Evidence]) -> None:
        """Show which story begins."""
        self._console.print()
        self._console.print(Rule(Text(f" {story.name} ", style="bold reverse"), align="left"))

    def say(self, sentence: str) -> None:
        """Tell a sentence."""
        self._console.print(Text(sentence, style="bold"))

    def begins(self, sentence: str, question: str) -> None:
        """Tell the sentence that an act begins with, after its question was thought about."""
        self._console.print()
        if self._stops:
            self._ask(question)
        self._console.print(Text(sentence, style="bold cyan"))

    def ends(self, answer: str) -> None:
        """Give the answer, in a show that asked the question."""
        if self._stops and answer:
            self._console.print(Text(f"→ {answer}", style="bold green"))

    def typed(self, node: str, command: str) -> None:
        """Show a command as it is typed in a node, or a line that is typed into the last one."""
        prompt = f"  {node}$ " if node else "  > "
        self._console.print(Text(prompt, style="dim").append(harmless(command), style="bold"))

    def printed(self, line: str) -> None:
        """Show a line that it printed."""
        self._console.print(Padding(Text(harmless(line) or " "), (0, 0, 0, 2), expand=False))  # none would be no line

    def _ask(self, question: str) -> None:
        if question:
            self._console.print(Text(f"? {question}", style="bold yellow"))
        self._console.print(Text("[Enter]", style="dim"), end="")
        sys.stdin.readline()
