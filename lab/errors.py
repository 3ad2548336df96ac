"""The error tree: what Wiretale raises on purpose, each class with the exit code that it ends a command with.

    WiretaleError
    ├── InputError            2   what was asked for is wrong: a word on the command line, a file, a name
    │   └── TopologyError     2   a topology with problems: all of them, each with its place
    ├── ScenarioFailed        1   a story did not go as told: a program in a node failed
    ├── EngineError           3   the engine, an image, a container or the wiring is in trouble
    │   ├── NotFound          3   the engine has no container of that name
    │   ├── NameTaken         3   the engine has a container of that name already
    │   └── TimedOut          3   a named condition did not come true in time
    └── Inconclusive          4   the evidence cannot answer: empty, unproven, or with drops

A message says what is wrong and, where we know it, what to do. One place, ``lab.cli``, turns errors into exit codes.
"""

from collections.abc import Sequence
from typing import ClassVar, Protocol


class WiretaleError(Exception):
    """What every error of ours is; ``exit_code`` is what a command ends with."""

    exit_code: ClassVar[int] = 3


class InputError(WiretaleError):
    """What was asked for is wrong, and the message says how to put it right."""

    exit_code = 2


class Located(Protocol):
    """A problem that knows its place and can show it."""

    def __str__(self) -> str: ...


class TopologyError(InputError):
    """A topology with problems; ``problems`` holds all of them, in file order."""

    def __init__(self, problems: Sequence[Located]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ScenarioFailed(WiretaleError):
    """A story did not go as told."""

    exit_code = 1


class EngineError(WiretaleError):
    """The engine, an image, a container or the wiring is in trouble."""

    exit_code = 3


class NotFound(EngineError):
    """The engine has no container of that name."""


class NameTaken(EngineError):
    """The engine has a container of that name already."""


class TimedOut(EngineError):
    """A named condition did not come true in time; the message says what was seen last."""


class Inconclusive(WiretaleError):
    """The evidence cannot answer the question: it is empty, unproven, or has drops."""

    exit_code = 4
