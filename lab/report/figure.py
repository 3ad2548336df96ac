"""The ladder as SVG: a column for each node, and for each step a band of its own with its words, arrow and remarks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from textwrap import wrap
from typing import Self

from lab.graph import lettering
from lab.harmless import harmless
from lab.ladder import Style
from lab.ladder.acts import address
from lab.ladder.folding import Step
from lab.plan import Plan
from lab.report.document import Act, Report

_SIZE = 15
_BOLD = 1.2
_MANY_PROOFS = "✓ 88, 88, 88 …"
_SIDE, _EDGE = 12, 30
_NARROWEST, _GAP = 96, 26
_HEAD, _WORDS, _ARROW, _REMARK, _SPACE = 52, 22, 20, 21, 8


def width_of(text: str) -> float:
    """Return how wide a text of the ladder is at most, in the units of the figure."""
    return lettering.width(text, "what") * _SIZE / lettering.STYLES["what"].size


def escaped(text: str) -> str:
    """Return text as markup shows it, whatever it holds."""
    return escape(harmless(text))


@dataclass(frozen=True)
class Band:
    """A piece of a figure, as wide as all of it: its height, and its shapes as SVG."""

    height: float
    shapes: str


@dataclass(frozen=True)
class Grid:
    """Where things stand in the figure of an act: the columns of its nodes, and how wide all of it is."""

    plan: Plan
    nodes: tuple[str, ...]
    margin: float
    spacing: float
    width: float

    @classmethod
    def of(cls, act: Act, plan: Plan) -> Self:
        """Return the grid in which no name meets its neighbour, and every label fits."""
        told = act.drawn.steps
        numbers = max((width_of(step.numbers) for step in told), default=0)
        times = max((width_of(text) for step in told for text in (step.moment, _MANY_PROOFS)), default=0)
        margin = 3 * _SIDE + numbers + times
        names = [max(width_of(name) * _BOLD, width_of(address(plan, name))) for name in act.nodes]
        spacing = max([_NARROWEST, *(name + _GAP for name in names)])
        words = [_width(_label(step)) for step in told]
        words += [width_of(str(note)) * _BOLD for step in told for note in step.notes]
        columns = margin + spacing * len(act.nodes) + _EDGE
        return cls(plan, act.nodes, margin, spacing, max([columns, *(margin + one + _EDGE for one in words)]))

    def at(self, node: str) -> float:
        """Return the place of a node's line."""
        return self.margin + (self.nodes.index(node) + 0.5) * self.spacing

    def heads(self) -> Band:
        """Return the names and addresses of the nodes, over their lines."""
        shapes = (
            f"{_text(self.at(node), 20, node, 'node middle')}"
            f"{_text(self.at(node), 39, address(self.plan, node), 'muted middle')}"
            for node in self.nodes
        )
        return Band(_HEAD, "".join(shapes))

    def band(self, step: Step, proofs: Sequence[int] = ()) -> Band:
        """Return a step: its number and time, its words, its arrow, and its remarks below one another."""
        below = sorted(step.notes, key=lambda note: not note.loud)
        height = _WORDS + _ARROW + _REMARK * len(below) + _SPACE
        left, right = self._reach(step)
        middle = (left + right) / 2
        remarks = (
            self._words([(str(note), _class(note.style))], middle, _WORDS + _ARROW + _REMARK * (number + 0.5))
            for number, note in enumerate(below)
        )
        shapes = (
            self._rails(height),
            _text(_SIDE, _WORDS / 2, step.numbers, "muted"),
            _text(self.margin - _SIDE, _WORDS / 2, step.moment, "muted end"),
            self._words(_label(step), middle, _WORDS / 2),
            self._arrow(step, _WORDS + _ARROW / 2),
            *remarks,
            self._proofs(proofs),
        )
        return Band(height, "".join(shapes))

    def _proofs(self, proofs: Sequence[int]) -> str:
        return _text(self.margin - _SIDE, _WORDS + _ARROW / 2, f"✓ {_some(proofs)}", "proves end") if proofs else ""

    def _rails(self, height: float) -> str:
        lines = "".join(f"M{self.at(node):.1f},0V{height:g}" for node in self.nodes)
        return f'<path class="rail" d="{lines}"/>' if lines else ""

    def _words(self, spans: Sequence[tuple[str, str]], middle: float, y: float) -> str:
        """Put words over the middle of an arrow, or as near to it as the edges allow."""
        half = _width(spans) / 2
        place = max(self.margin + half, min(middle, self.width - _EDGE - half))
        inside = "".join(f'<tspan class="{name}">{escaped(text)}</tspan>' for text, name in spans)
        return f'<text class="words middle" x="{place:.1f}" y="{y:.1f}">{inside}</text>'

    def _reach(self, step: Step) -> tuple[float, float]:
        places = [self.at(node) for node in (*step.path, *step.heard)]
        if len(places) == 1:
            places.append(self._half_way(step))
        return min(places), max(places)

    def _half_way(self, step: Step) -> float:
        """Return where a frame ends that nobody got."""
        start = self.at(step.path[0])
        towards = self.at(step.meant) if step.meant and step.meant != step.path[0] else start + self.spacing
        return (start + towards) / 2

    def _arrow(self, step: Step, y: float) -> str:
        start = self.at(step.path[0])
        if len(step.path) > 1:
            ends, stroke = [self.at(node) for node in step.path[1:]], "stroke loud" if step.loud else "stroke"
        elif step.heard:
            ends, stroke = [self.at(node) for node in step.heard], "stroke dashed"
        else:
            return _lost(start, self._half_way(step), y, _class(step.style))
        line = f'<path class="{stroke}" d="M{min(start, *ends):.1f},{y:g}H{max(start, *ends):.1f}"/>'
        heads = "".join(_head(start, end, y) for end in ends if not step.both or end == ends[-1])
        begin = _head(ends[0], start, y) if step.both else f'<circle cx="{start:.1f}" cy="{y:g}" r="4.5"/>'
        return f'<g class="{_class(step.style)}">{line}{heads}{begin}</g>'


def _lost(start: float, end: float, y: float, name: str) -> str:
    cross = f"M{end - 6:.1f},{y - 6:g}l12,12m0,-12l-12,12"
    line = f'<path class="stroke dashed" d="M{start:.1f},{y:g}H{end:.1f}"/><path class="stroke loud" d="{cross}"/>'
    return f'<g class="{name}">{line}<circle cx="{start:.1f}" cy="{y:g}" r="4.5"/></g>'


def _head(start: float, end: float, y: float) -> str:
    back = -11 if end > start else 11
    return f'<path d="M{end:.1f},{y:g}l{back},-5.5v11z"/>'


def _label(step: Step) -> tuple[tuple[str, str], ...]:
    said = (step.said, _class(Style.of(step.protocol)))
    return (said, (step.counts, "muted")) if step.counts else (said,)


def _width(spans: Iterable[tuple[str, str]]) -> float:
    return sum(width_of(text) for text, _ in spans)


def _some(proofs: Sequence[int]) -> str:
    """Name the proofs that rest on a step; of many only the first ones."""
    return ", ".join(map(str, proofs[:3])) + (" …" if len(proofs) > 3 else "")


def _class(style: Style) -> str:
    return f"is-{style}"


def _text(x: float, y: float, text: str, names: str) -> str:
    return f'<text class="{names}" x="{x:.1f}" y="{y:g}">{escaped(text)}</text>' if text else ""


def figure(report: Report, style: str) -> str:
    """Return the ladder of all acts as one SVG with its own stylesheet."""
    grids = [(act, Grid.of(act, report.plan)) for act in report.acts]
    bands = [band for act, grid in grids for band in _act(act, grid)]
    width = max((grid.width for _, grid in grids), default=0)
    height = sum(band.height for band in bands) + 2 * _SPACE
    title = escaped(f"{report.scenario} on {report.topology.name}: {report.verdict}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="ladder" viewBox="0 0 {width:.0f} {height:.0f}" role="img">'
        f"<title>{title}</title><style>{style}</style>"
        f'<rect class="ground" width="100%" height="100%"/>{"".join(_stacked(bands))}</svg>\n'
    )


def _act(act: Act, grid: Grid) -> Iterator[Band]:
    room = max(int((grid.width - 2 * _EDGE) / width_of("n")), 1)
    lines = wrap(f"{act.number}  {act.sentence}", room) or [""]
    said = (_text(_SIDE, _WORDS * (number + 1), line, "node") for number, line in enumerate(lines))
    yield Band(_WORDS * (len(lines) + 1), "".join(said))
    yield grid.heads()
    yield from (grid.band(step) for step in act.drawn.steps)
    rest = act.drawn.left_out or ("" if act.drawn.steps else "no frame")
    yield Band(2 * _WORDS, _text(_SIDE, _WORDS / 2, rest, "muted"))


def _stacked(bands: Iterable[Band]) -> Iterator[str]:
    """Put bands below one another."""
    y = float(_SPACE)
    for band in bands:
        yield f'<g transform="translate(0,{y:g})">{band.shapes}</g>'
        y += band.height
