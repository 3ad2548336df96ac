"""Waiting for a named condition: the one place in the project that sleeps."""

import time
from collections.abc import Callable
from typing import TypeVar

from lab.errors import TimedOut

T = TypeVar("T")

_FIRST_PAUSE = 0.002  # seconds; most conditions come true within a few milliseconds
_LONGEST_PAUSE = 0.05


def until(probe: Callable[[], T | None], what: str, within: float) -> T:
    """Ask ``probe`` until its answer is true, and return that answer.

    ``what`` names the condition in words ("an answer for www.lab"), ``within`` is in seconds. Pauses grow from 2 ms to
    50 ms. Raises ``TimedOut`` with the last answer seen; whatever ``probe`` raises goes through.
    """
    deadline = time.monotonic() + within
    pause = _FIRST_PAUSE
    while not (answer := probe()):
        if time.monotonic() >= deadline:
            raise TimedOut(f"waited {within:g} s for {what}; last seen: {answer!r}")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return answer
