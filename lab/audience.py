"""The audience of a story: whoever is told its sentences, sees what is typed, and is shown the frames of each act."""

from typing import Protocol

from lab.capture import Capture


class Audience(Protocol):
    """Somebody to whom a story is told: people before a terminal, a report, nobody."""

    def begins(self, sentence: str, question: str) -> None:
        """Take the sentence that an act of a story begins with, and what a teacher would ask before it, if anything."""

    def ends(self, answer: str, seen: Capture) -> None:
        """Take what was seen in the act when it is over, and the answer to that question."""

    def typed(self, node: str, command: str) -> None:
        """Take a command that is typed in a node before an audience, or, without a node, a line for the last one."""

    def printed(self, line: str) -> None:
        """Take a line that the command printed."""


class Nobody:
    """An empty house."""

    def begins(self, sentence: str, question: str) -> None:
        """Ignore the act."""

    def ends(self, answer: str, seen: Capture) -> None:
        """Ignore its end."""

    def typed(self, node: str, command: str) -> None:
        """Ignore the command."""

    def printed(self, line: str) -> None:
        """Ignore the line."""
