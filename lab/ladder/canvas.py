"""Lines made of spans: a canvas of single characters, wrapping at words, and the same in ASCII."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from lab.ladder.styles import Line, Span, Style

_ASCII = str.maketrans("│─━╌▶◀●┼✗×–·…→↔", "|-=.><o+Xx--~>=")


class Canvas:
    """One line of ``width`` characters to put text on; what does not fit is cut."""

    def __init__(self, width: int) -> None:
        self._cells: list[tuple[str, Style]] = [(" ", Style.MUTED)] * width

    def put(self, at: int, text: str, style: Style) -> None:
        """Put text where the first character stands at ``at``, over what is there."""
        for place, char in enumerate(text, at):
            if 0 <= place < len(self._cells):
                self._cells[place] = (char, style)

    def clear(self, at: int, length: int) -> None:
        """Make room."""
        self.put(at, " " * length, Style.MUTED)

    def line(self) -> Line:
        """Return what is on it, without the blanks at its end."""
        cells = self._cells
        while cells and cells[-1][0] == " ":
            cells = cells[:-1]
        return tuple(
            Span("".join(char for char, _ in group), style) for style, group in groupby(cells, key=lambda cell: cell[1])
        )


def wrapped(spans: Iterable[Span], width: int, indent: int) -> Iterator[Line]:
    """Wrap spans at blanks into lines of at most ``width``; all but the first begin with ``indent`` blanks."""
    indent = min(indent, width // 2)
    line: list[Span] = []
    used = 0
    for span in spans:
        for word in _words(span.text, width - indent):
            if used + len(word.rstrip()) > width:
                yield tuple(line)
                line, used = [Span(" " * indent, Style.MUTED)], indent
                word = word.lstrip()
            word = word[: width - used]
            line.append(Span(word, span.style))
            used += len(word)
    yield tuple(line)


def _words(text: str, longest: int) -> Iterator[str]:
    """Yield the words of a text with the blanks behind them; a word that no line can hold in pieces."""
    for blank, group in groupby(text, key=lambda char: char == " "):
        piece = "".join(group)
        if blank:
            yield piece
        else:
            yield from (piece[at : at + longest] for at in range(0, len(piece), max(longest, 1)))


def as_ascii(line: Line) -> Line:
    """Return a line of the same length in ASCII."""
    return tuple(Span(span.text.translate(_ASCII).encode("ascii", "replace").decode(), span.style) for span in line)
