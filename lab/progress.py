"""Progress of long work, told to a listener: the library never prints."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


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

    def agrees(self, question: str) -> bool:
        """Nobody agrees to anything."""
        return False
