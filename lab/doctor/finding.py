"""A finding: one thing that was looked at, how it is, what was seen, and what helps."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """How a thing is, in words that need no colour."""

    OK = "ok"
    NOTE = "note"
    """Labs run, but there is something to know: a thing that is optional, old, or could not be looked at."""
    TROUBLE = "trouble"
    """Labs do not run, or not as they should."""


@dataclass(frozen=True)
class Finding:
    """What was found about one thing; ``remedy`` is what helps, empty where nothing is to be done."""

    subject: str
    state: State
    seen: str
    remedy: str = ""


def ok(subject: str, seen: str) -> Finding:
    """Return the finding that a thing is as it should be."""
    return Finding(subject, State.OK, seen)


def note(subject: str, seen: str, remedy: str = "") -> Finding:
    """Return a finding that labs can live with."""
    return Finding(subject, State.NOTE, seen, remedy)


def trouble(subject: str, seen: str, remedy: str) -> Finding:
    """Return a finding that keeps labs from running as they should."""
    return Finding(subject, State.TROUBLE, seen, remedy)


def worst(findings: Iterable[Finding]) -> State:
    """Return the worst state among findings; nothing found is fine."""
    order = list(State)
    return max((finding.state for finding in findings), key=order.index, default=State.OK)
