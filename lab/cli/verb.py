"""What turns a function of ``tasks.py`` into a verb of the command line."""

import shlex
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

from invoke.context import Context
from invoke.exceptions import Exit
from invoke.tasks import Task, task

from lab.errors import WiretaleError


def verb(function: Callable[..., int | None]) -> "Task[Any]":
    """Make a task of a function whose answer, when it gives one, is the exit code.

    Under invoke's own program a value may arrive as "topology=home-lan": the prefix comes off here, and nowhere else.
    Errors of ours end the command with their message and exit code, under both programs.
    """
    parameters = signature(function).parameters
    names = list(parameters)[1:]
    several = [name for name, one in parameters.items() if one.annotation == list[str]]

    @wraps(function)
    def run(context: Context, *values: Any, **named: Any) -> None:
        given = dict(zip(names, values, strict=False)) | named
        try:
            code = function(context, **{name: _without_its_name(name, value) for name, value in given.items()})
        except WiretaleError as error:
            raise Exit(str(error), code=error.exit_code) from error
        if code:
            raise Exit(code=code)

    made: Task[Any] = task(run, auto_shortflags=False, iterable=several)  # type: ignore[assignment]
    return made


def command_of(context: Context) -> tuple[str, ...]:
    """Return the words after ``--``, one by one."""
    return tuple(shlex.split(context.remainder))


def _without_its_name(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_without_its_name(name, one) for one in value]
    return value.removeprefix(f"{name}=") if isinstance(value, str) else value
