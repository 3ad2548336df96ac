"""The stage: a story on standard output, its sentences large, and what is typed and printed; progress goes aside."""

from contextlib import AbstractContextManager

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from lab.progress import Listener


class Stage:
    """A listener for stories; ``aside`` is told of the work behind the scenes."""

    def __init__(self, aside: Listener) -> None:
        self._aside = aside
        self._console = Console(highlight=False, soft_wrap=False)

    def step(self, what: str) -> AbstractContextManager[None]:
        """Leave progress to the listener aside."""
        return self._aside.step(what)

    def line(self, text: str) -> None:
        """Leave output of the work to the listener aside."""
        self._aside.line(text)

    def agrees(self, question: str) -> bool:
        """Leave questions to the listener aside."""
        return self._aside.agrees(question)

    def say(self, sentence: str) -> None:
        """Tell a sentence."""
        self._console.print(Text(sentence, style="bold"))

    def begins(self, sentence: str, question: str) -> None:
        """Tell the sentence that an act begins with."""
        self._console.print()
        self._console.print(Text(sentence, style="bold cyan"))

    def ends(self, answer: str) -> None:
        """The answer belongs to a show that stops for questions."""

    def typed(self, node: str, command: str) -> None:
        """Show a command as it is typed in a node."""
        self._console.print(Text(f"  {node}$ ", style="dim").append(harmless(command), style="bold"))

    def printed(self, line: str) -> None:
        """Show a line that it printed."""
        self._console.print(Padding(Text(harmless(line)), (0, 0, 0, 2)))


def harmless(text: str) -> str:
    """Return text that cannot move the cursor or change colours: control characters as their pictures (U+2400)."""
    return "".join(chr(0x2400 + ord(char)) if ord(char) < 0x20 and char != "\t" else char for char in text)
