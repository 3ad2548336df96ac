"""Hints for a word that is not known: the nearest known one, or all of them."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import islice

_FEW = 24
_LOOKED_AT = 100  # a comparison takes microseconds, and a hostile file may hold tens of thousands of wrong words


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'lan'?" when one of ``known`` is near, else the list of them when they are few."""
    words = list(islice(known, _LOOKED_AT))
    return nearest(word, words) or listed("known", words)


def nearest(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'lan'?" when one of ``known`` is near, else nothing."""
    alike = [one for one in islice(known, _LOOKED_AT) if abs(len(one) - len(word)) <= 2]
    return "".join(f"did you mean '{near}'?" for near in get_close_matches(word, alike, n=1))


def listed(title: str, words: Sequence[str]) -> str:
    """Return "known: lan, access" when the words are few, else nothing."""
    return f"{title}: {', '.join(words)}" if 0 < len(words) <= _FEW else ""
