"""Text of others made harmless: whatever it holds, a terminal that shows it obeys none of it."""

import unicodedata


def harmless(text: str) -> str:
    """Return text with what a terminal would obey as pictures: escapes, direction marks; tabs stay."""
    return "".join(char if char.isprintable() or char == "\t" else _picture(char) for char in text)


def harmless_lines(text: str) -> str:
    """Return text of several lines, each of them harmless."""
    return "\n".join(map(harmless, text.split("\n")))


def one_line(text: str) -> str:
    """Return harmless text whose every character is one column wide, tabs and wide or combining characters too."""
    return "".join(char if char.isprintable() and columns(char) == 1 else _picture(char) for char in text)


def _picture(char: str) -> str:
    """Return the picture of a control character (U+2400 …), or the mark for what cannot be shown."""
    if ord(char) < 0x20:
        return chr(0x2400 + ord(char))
    return "\N{SYMBOL FOR DELETE}" if char == "\x7f" else "\N{REPLACEMENT CHARACTER}"


def columns(char: str) -> int:
    """Return how many columns a terminal gives to a character: East Asian wide ones take two, combining ones none."""
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
