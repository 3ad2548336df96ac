"""Who is told what goes on: a listener of long work, the audience of a story. The library itself never prints."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lab.capture import Capture


class Listener(Protocol):
    """Somebody who wants to know what goes on: a terminal, a log, nobody."""

    def step(self, what: str) -> AbstractContextManager[None]:
        """Enclose a piece of work that takes its time: "building the node image"."""

    def line(self, text: str) -> None:
        """Take one line of output of the work that goes on."""

    def say(self, sentence: str) -> None:
        """Take a sentence that a person should read."""

    def agrees(self, question: str) -> bool:
        """Answer whether something may be done to this machine: "Install docker.io now?"."""


class Audience(Protocol):
    """Somebody to whom a story is told: people before a terminal, a report, nobody."""

    def begins(self, sentence: str, question: str) -> None:
        """Take the sentence that an act of a story begins with, and what a teacher would ask before it, if anything."""

    def ends(self, answer: str, seen: "Capture") -> None:
        """Take what was seen in the act when it is over, and the answer to that question."""

    def typed(self, node: str, command: str) -> None:
        """Take a command that is typed in a node before an audience, or, without a node, a line for the last one."""

    def printed(self, line: str) -> None:
        """Take a line that the command printed."""


class Nobody:
    """A listener that does not listen."""

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Enclose the work and say nothing."""
        yield

    def line(self, text: str) -> None:
        """Ignore the line."""

    def say(self, sentence: str) -> None:
        """Ignore the sentence."""

    def begins(self, sentence: str, question: str) -> None:
        """Ignore the act."""

    def ends(self, answer: str, seen: "Capture") -> None:
        """Ignore its end."""

    def typed(self, node: str, command: str) -> None:
        """Ignore the command."""

    def printed(self, line: str) -> None:
        """Ignore the line."""

    def agrees(self, question: str) -> bool:
        """Nobody agrees to anything."""
        return False
