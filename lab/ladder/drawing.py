"""Drawing a ladder: a column for each node, an arrow for each step, its words above; a list where it is narrow.

All is made of spans, so whoever shows it may colour it; no word is told by colour alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from lab.ladder.acts import Drawn, address
from lab.ladder.canvas import Canvas, as_ascii, wrapped
from lab.ladder.folding import Step
from lab.ladder.rows import Note, Told
from lab.ladder.styles import Line, Span, Style
from lab.ladder.words import shortened
from lab.plan.model import Plan

WIDTH = 100
"""The width of a ladder in a file."""

_WIDEST_COLUMN = 22
_LONGEST_NAME = 12
_NARROWEST = 56
_FEW = 4
"""So many nodes between the ends of a way are named each time."""


def ladder(
    acts: Iterable[Told], plan: Plan, width: int = WIDTH, *, ascii: bool = False, unfold: bool = False
) -> list[Line]:
    """Draw the frames of a story's acts; no line is wider than ``width``.

    ``ascii`` does without line-drawing characters, ``unfold`` draws every frame on its own. Announcements, which come
    when their sender likes, are only counted in an act that is about something else. An act without a name is drawn
    without a heading: whoever tells it has said its sentence already.
    """
    return drawn([Drawn.of(number, act, plan, unfold) for number, act in enumerate(acts, 1)], plan, width, ascii=ascii)


def drawn(told: Sequence[Drawn], plan: Plan, width: int = WIDTH, *, ascii: bool = False) -> list[Line]:
    """Draw acts whose steps are known already."""
    margins = _Margins.for_all([step for act in told for step in act.steps])
    lines = [line for act in told for line in _act(act, plan, margins, width)]
    return [as_ascii(line) for line in lines] if ascii else lines


def as_text(lines: Iterable[Line]) -> str:
    """Return lines as plain text, each with its end."""
    return "".join("".join(span.text for span in line).rstrip() + "\n" for line in lines)


def _act(act: Drawn, plan: Plan, margins: "_Margins", width: int) -> Iterator[Line]:
    if act.heading:
        yield from wrapped([Span(act.heading, Style.ACT)], width, indent=3)
    if not act.steps:
        yield (Span("   no frame", Style.MUTED),)
    elif sheet := _Sheet.fitting(act.nodes(plan), margins, width):
        yield from sheet.drawn(plan, act.steps)
    else:
        yield from _listed(act.steps, margins, width)
    if act.aside:
        yield from wrapped([Span(f"   {act.left_out}", Style.MUTED)], width, indent=3)
    yield ()


@dataclass(frozen=True)
class _Margins:
    """How wide the numbers and the times are, in all acts, so that columns stay where they are."""

    numbers: int
    times: int

    @classmethod
    def for_all(cls, told: Sequence[Step]) -> "_Margins":
        numbers = max((len(step.numbers) for step in told), default=0)
        return cls(max(numbers, 3), max((len(step.moment) for step in told), default=0))

    @property
    def width(self) -> int:
        return self.numbers + self.times + 2

    def line(self, step: Step) -> str:
        return f"{step.numbers:>{self.numbers}} {step.moment:>{self.times}} "


def _label(step: Step) -> tuple[Span, ...]:
    return Span(step.said, Style.of(step.protocol)), Span(step.counts, Style.MUTED)


# The plain list


def _listed(told: Sequence[Step], margins: _Margins, width: int) -> Iterator[Line]:
    known: set[frozenset[str]] = set()
    for step in told:
        way = _way(step, shortened=frozenset(step.path) in known)
        known.add(frozenset(step.path))
        spans = [
            Span(margins.line(step), Style.MUTED),
            Span(f"{way}  ", Style.NODE),
            *_label(step),
            *(Span(f"  {note}", note.style) for note in step.notes),
        ]
        yield from wrapped(spans, width, indent=margins.width)


def _way(step: Step, shortened: bool) -> str:
    """Say which way a step takes; a long one that was told before is told by its ends."""
    first, *between, last = step.way
    if shortened and len(between) > _FEW:
        between = [f"… {len(between)} more …"]
    return step.points.join((first, *between, last))


# Columns and arrows


@dataclass(frozen=True)
class _Sheet:
    """Where things stand: the margin for numbers and times, the columns of the nodes, the place for remarks."""

    width: int
    margins: _Margins
    spacing: int
    nodes: tuple[str, ...]

    @classmethod
    def fitting(cls, nodes: Sequence[str], margins: _Margins, width: int) -> "_Sheet | None":
        """Return the sheet that fits; None when there is too little room for columns."""
        spacing = min(_WIDEST_COLUMN, (width - margins.width) // len(nodes))
        longest = max(min(len(node), _LONGEST_NAME) for node in nodes)
        if width < _NARROWEST or spacing < longest + 1:
            return None
        return cls(width, margins, spacing, tuple(nodes))

    @property
    def margin(self) -> int:
        return self.margins.width

    def at(self, node: str) -> int:
        """Return the column of a node's line."""
        return self.margin + self.nodes.index(node) * self.spacing + self.spacing // 2

    def drawn(self, plan: Plan, told: Sequence[Step]) -> Iterator[Line]:
        yield from self._heads(plan)
        for step in told:
            yield from self._step(step)

    def _heads(self, plan: Plan) -> Iterator[Line]:
        names, addresses = Canvas(self.width), Canvas(self.width)
        short = any(len(_shown_address(plan, node)) > self.spacing - 2 for node in self.nodes)
        for node in self.nodes:
            name = shortened(node, self.spacing - 1)
            names.put(self.at(node) - len(name) // 2, name, Style.NODE)
            ip = _shown_address(plan, node, short)
            addresses.put(self.at(node) - len(ip) // 2, ip, Style.MUTED)
        yield names.line()
        yield addresses.line()

    def _rails(self) -> Canvas:
        canvas = Canvas(self.width)
        for node in self.nodes:
            canvas.put(self.at(node), "│", Style.MUTED)
        return canvas

    def _step(self, step: Step) -> Iterator[Line]:
        words, arrow = self._rails(), self._rails()
        words.put(0, self.margins.line(step), Style.MUTED)
        left, right = self._arrow(arrow, step)
        label, notes = self._label(step)
        self._put_centred(words, label, left, right)
        below = notes[1:] if notes and self._beside(arrow, notes[0], left, right) else notes
        yield words.line()
        yield arrow.line()
        for note in below:
            line = self._rails()
            self._put_centred(line, _clipped([Span(str(note), note.style)], self.width - self.margin), left, right)
            yield line.line()

    def _label(self, step: Step) -> tuple[Sequence[Span], Sequence[Note]]:
        """Return what stands over an arrow, and the notes that do not fit there or are too loud for it."""
        label = _clipped(_label(step), self.width - self.margin)
        notes: list[Note] = []
        for note in step.notes:
            longer = [*label, Span(f" · {note}", note.style)]
            if note.loud or _length(longer) > self.width - self.margin:
                notes.append(note)
            else:
                label = longer
        return label, notes

    def _put_centred(self, canvas: Canvas, spans: Sequence[Span], left: int, right: int) -> None:
        """Put text over the middle of an arrow, or as near to it as the sheet's edges allow."""
        length = _length(spans)
        start = min((left + right + 1 - length) // 2, self.width - length)
        start = max(start, self.margin)
        canvas.clear(start - 1, length + 2)
        for span in spans:
            canvas.put(start, span.text, span.style)
            start += len(span.text)

    def _beside(self, canvas: Canvas, note: Note, left: int, right: int) -> bool:
        """Put a remark on the arrow's own line, on its right or on its left, where there is room."""
        length = len(str(note))
        if right + 3 + length <= self.width:
            start = right + 3
        elif left - 3 - length >= self.margin:
            start = left - 3 - length
        else:
            return False
        canvas.clear(start - 1, length + 2)
        canvas.put(start, str(note), note.style)
        return True

    def _arrow(self, canvas: Canvas, step: Step) -> tuple[int, int]:
        """Draw a step's arrow and return the columns that it reaches from and to."""
        style = step.style
        start = self.at(step.path[0])
        if len(step.path) > 1:
            ends = [self.at(node) for node in step.path[1:]]
            stroke = "━" if step.loud else "─"
        elif step.heard:
            ends = [self.at(node) for node in step.heard]
            stroke = "╌"
        else:
            return self._lost(canvas, start, self.at(step.meant) if step.meant else start, style)
        left, right = min(start, *ends), max(start, *ends)
        canvas.put(left, stroke * (right - left + 1), style)
        for end in ends:
            canvas.put(end, "┼" if step.both and end != ends[-1] else _head(start, end), style)
        canvas.put(start, _head(ends[0], start) if step.both else "●", style)
        return left, right

    def _lost(self, canvas: Canvas, start: int, towards: int, style: Style) -> tuple[int, int]:
        """Draw an arrow that ends half-way."""
        towards = towards if towards != start else start + self.spacing
        middle = (start + towards) // 2
        left, right = min(start, middle), max(start, middle)
        canvas.put(left, "╌" * (right - left + 1), style)
        canvas.put(start, "●", style)
        canvas.put(middle, "✗", style)
        return left, right


def _head(start: int, end: int) -> str:
    return "▶" if end > start else "◀"


def _length(spans: Iterable[Span]) -> int:
    return sum(len(span.text) for span in spans)


def _clipped(spans: Sequence[Span], room: int) -> list[Span]:
    """Return spans with the first one cut so that all fit; what follows it is short."""
    first, *others = spans
    return [Span(shortened(first.text, max(room - _length(others), 1)), first.style), *others]


def _shown_address(plan: Plan, node: str, short: bool = False) -> str:
    """Return a node's address, or the end of it: ".23"."""
    ip = address(plan, node)
    return f".{ip.rpartition('.')[2]}" if short and ip else ip
