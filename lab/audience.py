"""The audience of a story: whoever is told its sentences, sees what is typed, and is shown the frames of each act."""

from dataclasses import dataclass
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


@dataclass(frozen=True)
class Line:
    """A line that an audience saw: printed, or typed at the prompt of ``node``, or else into the last program."""

    text: str
    is_typed: bool = False
    node: str = ""

    @property
    def prompt(self) -> str:
        """What stands before it."""
        if not self.is_typed:
            return "  "
        return f"{self.node}$ " if self.node else "> "


class Remembering:
    """Passes everything on to an audience; ``lines`` are those since the last act ended."""

    def __init__(self, audience: Audience) -> None:
        self._audience = audience
        self.lines: list[Line] = []

    def forgets(self) -> None:
        """Begin anew."""
        self.lines = []

    def begins(self, sentence: str, question: str) -> None:
        """Pass it on."""
        self._audience.begins(sentence, question)

    def ends(self, answer: str, seen: Capture) -> None:
        """Pass it on, and begin anew."""
        self.forgets()
        self._audience.ends(answer, seen)

    def typed(self, node: str, command: str) -> None:
        """Remember a command, and pass it on."""
        self.lines.append(Line(command, is_typed=True, node=node))
        self._audience.typed(node, command)

    def printed(self, line: str) -> None:
        """Remember a line, and pass it on."""
        self.lines.append(Line(line))
        self._audience.printed(line)


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
