"""Hints for a word that is not known: the nearest known one, or all of them."""

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

_FEW = 12
_LOOKED_AT = 200  # each comparison takes microseconds, and a hostile file may hold thousands of wrong words


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'lan'?" when one of ``known`` is near, else the list of them when they are few."""
    words = list(known)
    alike = islice((one for one in words if abs(len(one) - len(word)) <= 3), _LOOKED_AT)
    if near := get_close_matches(word, alike, n=1):
        return f"did you mean '{near[0]}'?"
    return f"known: {', '.join(words)}" if 0 < len(words) <= _FEW else ""
