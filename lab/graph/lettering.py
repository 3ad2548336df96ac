"""Letters in a picture: how large each style is, and how wide a text at most becomes, whoever's font shows it."""

import unicodedata
from dataclasses import dataclass

FONTS = "Verdana, 'DejaVu Sans', sans-serif"


@dataclass(frozen=True)
class Style:
    """How a text looks: its size in the units of the picture, and its weight."""

    size: int
    bold: bool = False


STYLES = {
    "title": Style(30, bold=True),
    "what": Style(16),
    "name": Style(23, bold=True),
    "small-name": Style(19, bold=True),
    "rail": Style(20, bold=True),
    "cable": Style(17),
    "subnet": Style(15),
    "end": Style(15),
    "system": Style(17, bold=True),
}

# The widest that Verdana or DejaVu Sans sets these letters, in parts of the size; bold is a fifth wider.
_WIDTHS = {
    letter: width
    for letters, width in (("ijl'|", 0.30), (" .,:;·", 0.37), ("ft/I()-[]!", 0.46), ("rszcJ", 0.56), ("mwMW@%&", 1.0))
    for letter in letters
}
_SMALL, _CAPITAL, _WIDE = 0.65, 0.79, 1.05
_BOLD = 1.2


def width(text: str, style: str) -> float:
    """Return how wide a text is at most, in the units of the picture."""
    chosen = STYLES[style]
    return sum(map(_part, text)) * chosen.size * (_BOLD if chosen.bold else 1)


def _part(letter: str) -> float:
    if not letter.isascii():
        return _WIDE if unicodedata.east_asian_width(letter) in "WF" else _CAPITAL
    return _WIDTHS.get(letter, _CAPITAL if letter.isupper() else _SMALL)
