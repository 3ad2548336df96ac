"""A problem in a file: its place, what is wrong, what to do, and the line with a caret, safe to print."""

from dataclasses import dataclass

from lab.harmless import columns

_WIDEST = 120  # columns of a source line that are shown
_LONGEST = 240  # characters of a sentence


@dataclass(frozen=True, order=True)
class Place:
    """Where something stands in a file; both count from one."""

    line: int
    column: int


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong in a file; ``source_line`` is the line that it is in, or empty. Sorted by place."""

    file: str
    line: int
    column: int
    message: str
    hint: str = ""
    source_line: str = ""

    def __str__(self) -> str:
        sentence = "; ".join(shortened(part) for part in (self.message, self.hint) if part)
        told = f"{self.file}:{self.line}:{self.column}: {sentence}"
        return "\n".join([escaped(told), *self._picture()])

    def _picture(self) -> tuple[str, ...]:
        if not self.source_line.strip():
            return ()
        start = max(0, self.column - _WIDEST // 2) if len(self.source_line) > _WIDEST else 0
        shown = blanked(self.source_line[start : start + _WIDEST])
        before = shown[: self.column - 1 - start]
        return shown.rstrip(), " " * sum(map(columns, before)) + "^"


def shortened(text: str) -> str:
    """Return ``text``, cut where a hostile file made it longer than anybody reads."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def escaped(text: str) -> str:
    """Return ``text`` with what a terminal would obey (control and direction characters) spelt out as escapes."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def blanked(line: str) -> str:
    """Return ``line`` with tabs as blanks and a mark for each character that a terminal would obey: same length."""
    return "".join(_plain(letter) for letter in line)


def _plain(letter: str) -> str:
    if letter.isprintable():
        return letter
    return " " if letter.isspace() else "\N{REPLACEMENT CHARACTER}"
