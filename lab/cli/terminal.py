"""How the work shows: rich progress on a terminal, plain lines in a pipe; and tables. Rich is imported late."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, TextIO

from lab.cli import consent
from lab.harmless import harmless, harmless_lines

if TYPE_CHECKING:
    from rich.status import Status


@dataclass(frozen=True)
class Timing:
    """A step that is over: what it was, how long it took in seconds, and how many steps it was inside of."""

    what: str
    seconds: float
    depth: int


class Lines:
    """A listener for pipes and files: one line for each step that took its time, with that time."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stderr
        self._depth = 0
        self.timings: list[Timing] = []

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Enclose a piece of work; its time is told when it is done."""
        began, depth = time.monotonic(), self._depth
        self._depth += 1
        self._begin(what, depth)
        try:
            yield
        finally:
            self._depth = depth
            self.timings.append(Timing(what, time.monotonic() - began, depth))
            self._end(self.timings[-1])

    def line(self, text: str) -> None:
        """Take one line of output of the work that goes on."""
        self._print(f"{'  ' * self._depth}| {harmless(text)}")

    def say(self, sentence: str) -> None:
        """Take a sentence that a person should read."""
        self._print(harmless_lines(sentence))

    def agrees(self, question: str) -> bool:
        """Ask whoever started us, unless that was answered beforehand."""
        return consent.ask(question)

    def _begin(self, what: str, depth: int) -> None:
        self._print(f"{'  ' * depth}{what} ...")

    def _end(self, timing: Timing) -> None:
        self._print(f"{'  ' * timing.depth}{timing.what}: {timing.seconds:.1f} s")

    def _print(self, text: str) -> None:
        print(text, file=self._out, flush=True)


class Terminal(Lines):
    """A listener for terminals: a spinner with the step and the last line of its output; done steps stay as lines."""

    _QUICK = 0.3
    """Seconds; a step that took less leaves no line behind."""

    def __init__(self, out: TextIO | None = None) -> None:
        super().__init__(out)
        from rich.console import Console

        self._console = Console(file=self._out, highlight=False)
        self._status: Status | None = None
        self._steps: list[str] = []

    def agrees(self, question: str) -> bool:
        """Ask, with the spinner out of the way."""
        if self._status:
            self._status.stop()
        answer = super().agrees(question)
        if self._status:
            self._status.start()
        return answer

    def line(self, text: str) -> None:
        """Show one line of output beside the spinner."""
        self._show(harmless(text))

    def _begin(self, what: str, depth: int) -> None:
        self._steps.append(what)
        if self._status is None:
            self._status = self._console.status("")
            self._status.start()
        self._show()

    def _end(self, timing: Timing) -> None:
        self._steps.pop()
        if timing.seconds >= self._QUICK:
            super()._end(timing)
        if self._steps:
            self._show()
        elif self._status:
            self._status.stop()
            self._status = None

    def _show(self, output: str = "") -> None:
        from rich.text import Text

        if self._status and self._steps:
            text = Text(self._steps[-1]).append(f"  {output.strip()}", style="dim")
            text.truncate(max(20, self._console.width - 4), overflow="ellipsis")
            self._status.update(text)

    def _print(self, text: str) -> None:
        self._console.print(text, markup=False)


def listener() -> Lines:
    """Return the listener that fits standard error; results go to standard output, progress never does."""
    return Terminal() if sys.stderr.isatty() else Lines()


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], styles: Sequence[str] = ()) -> None:
    """Print a table on standard output; ``styles`` paint the first cell of each row, for eyes that see colours."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, highlight=False)
    for row, style in zip_longest(rows, styles, fillvalue=""):
        drawn.add_row(Text(row[0], style), *row[1:])
    # In a pipe nothing may be cut to a width that nobody sees.
    console = Console(width=None if sys.stdout.isatty() else 1000, markup=False)
    console.print(drawn)


def say(text: str) -> None:
    """Print a result on standard output; what a topology or a node has put into it cannot control the terminal.

    It is there at once, also in a pipe: a command may go on for hours after it has said where.
    """
    print(harmless_lines(text), flush=True)
