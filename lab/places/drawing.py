"""The map of a way over the globe: the land, a line over the places in their order, and what they are called."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import dist
from xml.sax.saxutils import escape

from lab.graph.lettering import FONTS, STYLES, width
from lab.places.gazetteer import Spot
from lab.places.globe import At, Point, Window, shortest
from lab.places.labels import Box, Label, placed

_WIDTH, _HEIGHT = 1200, 675
_EDGE = 14
_ONE_MARK = 22
"""Places that are nearer to each other on paper share a mark."""
_GRATICULES = (1, 2, 5, 10, 15, 30)
_PADDING, _LINE = 10, 24
_CITY, _COUNTRY, _TITLE = "name", "what", "title"

_COLOURS = (  # what, its property, on light ground, on dark ground
    (".sea", "fill", "#dcebf5", "#14202a"),
    (".land", "fill", "#f7f3e8", "#37444a"),
    (".land", "stroke", "#a9b7ae", "#5b6d75"),
    (".graticule", "stroke", "#c3d9e8", "#22323d"),
    (".casing", "stroke", "#ffffff", "#0d1418"),
    (".way", "stroke", "#c4321f", "#ff8a73"),
    (".mark", "fill", "#c4321f", "#ff8a73"),
    (".mark", "stroke", "#ffffff", "#0d1418"),
    (".leader", "stroke", "#8c2b1d", "#ffb3a3"),
    (".card", "fill", "#ffffff", "#1f292f"),
    (".card", "stroke", "#8c2b1d", "#ffb3a3"),
    ("text", "fill", "#1c2a30", "#eef3f6"),
    (".what", "fill", "#455a64", "#b5c4cc"),
    (".hops", "fill", "#a12717", "#ff9d89"),
)


@dataclass(frozen=True)
class Stop:
    """A place on the way, and how many steps it is away."""

    hop: int
    spot: Spot


@dataclass(frozen=True)
class _Mark:
    """A dot on the map, and the stops there."""

    at: Point
    stops: tuple[Stop, ...]

    @property
    def lines(self) -> list[tuple[str, str, str]]:
        """What its label says, line by line: hops, a city, and the style; then a country."""
        cities = [(_hops([stop.hop for stop in here]), city, _CITY) for city, here in self._cities()]
        countries = ", ".join(dict.fromkeys(stop.spot.country for stop in self.stops))
        return [*cities, ("", countries, _COUNTRY)]

    def _cities(self) -> Iterator[tuple[str, list[Stop]]]:
        for city in dict.fromkeys(stop.spot.city for stop in self.stops):
            yield city, [stop for stop in self.stops if stop.spot.city == city]

    @property
    def label(self) -> Label:
        widest = max(width(f"{hops} {words}".strip(), style) for hops, words, style in self.lines)
        return Label(self.at, widest + 2 * _PADDING, len(self.lines) * _LINE + _PADDING)


def worldmap(stops: Sequence[Stop], title: str) -> str:
    """Draw at least one stop as SVG."""
    window = Window.around([stop.spot.at for stop in stops], _WIDTH, _HEIGHT)
    marks, ways = _marks(stops, window), [window.line(way) for way in _ways(stops)]
    heading = Box(_EDGE, _EDGE, width(title, _TITLE) + 2 * _PADDING, 44)
    paper = Box(_EDGE, _EDGE, _WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE)
    boxes = placed([mark.label for mark in marks], paper, [heading], [point for way in ways for point in way])
    parts = (
        *_head(title, marks),
        *_ground(window),
        *_lines(ways),
        *(part for mark, box in zip(marks, boxes, strict=True) for part in _marked(mark, box)),
        *(part for mark, box in zip(marks, boxes, strict=True) if box for part in _card(mark, box)),
        *_heading(title, heading),
        "</svg>\n",
    )
    return "".join(parts)


def _marks(stops: Sequence[Stop], window: Window) -> list[_Mark]:
    """Put stops that are next to each other on paper together."""
    marks: list[_Mark] = []
    for stop in stops:
        at = window.on_paper(stop.spot.at)
        near = next((mark for mark in marks if dist(mark.at, at) < _ONE_MARK), None)
        if near:
            marks[marks.index(near)] = _Mark(near.at, (*near.stops, stop))
        else:
            marks.append(_Mark(at, (stop,)))
    return marks


def _ways(stops: Sequence[Stop]) -> Iterator[list[At]]:
    for one, other in pairwise(stop.spot.at for stop in stops):
        if one != other:
            yield shortest(one, other)


def _hops(hops: Sequence[int]) -> str:
    """Say which hops, in short: "2, 5–7"."""
    runs = [list(run) for _, run in groupby(enumerate(hops), key=lambda pair: pair[1] - pair[0])]
    return ", ".join(f"{run[0][1]}–{run[-1][1]}" if len(run) > 1 else str(run[0][1]) for run in runs)


# As SVG


def _head(title: str, marks: Sequence[_Mark]) -> Iterator[str]:
    told = "; ".join(" ".join(filter(None, line[:2])) for mark in marks for line in mark.lines)
    yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">\n'
    yield f"<title>{escape(title)}</title>\n<desc>{escape(told)}</desc>\n<style>\n"
    yield f"text {{ font-family: {FONTS}; text-anchor: middle }}\n"
    for style in (_CITY, _COUNTRY, _TITLE):
        yield f".{style} {{ font-size: {STYLES[style].size}px }}\n"
    yield f".{_CITY}, .{_TITLE} {{ font-weight: bold }}\n"
    yield ".way, .casing { fill: none; stroke-linecap: round; stroke-linejoin: round }\n"
    yield "".join(f"{what} {{ {property}: {light} }}\n" for what, property, light, _ in _COLOURS)
    yield "@media (prefers-color-scheme: dark) {\n"
    yield "".join(f"{what} {{ {property}: {dark} }}\n" for what, property, _, dark in _COLOURS)
    yield f'}}\n</style>\n<clipPath id="paper"><rect width="{_WIDTH}" height="{_HEIGHT}" rx="12"/></clipPath>\n'


def _ground(window: Window) -> Iterator[str]:
    yield f'<g clip-path="url(#paper)">\n<rect class="sea" width="{_WIDTH}" height="{_HEIGHT}"/>\n'
    step = next((one for one in _GRATICULES if _HEIGHT / window.scale / one < 8), _GRATICULES[-1])
    for (x1, y1), (x2, y2) in window.graticule(step):
        yield f'<path class="graticule" d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}"/>\n'
    outlines = "".join(f"{_path(outline)}Z" for outline in window.land())
    yield f'<path class="land" d="{outlines}"/>\n</g>\n'


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _lines(ways: Sequence[Sequence[Point]]) -> Iterator[str]:
    together = "".join(map(_path, ways))
    yield f'<path class="casing" stroke-width="8" d="{together}"/>\n'
    yield f'<path class="way" stroke-width="4" d="{together}"/>\n'


def _marked(mark: _Mark, box: Box | None) -> Iterator[str]:
    x, y = mark.at
    if box:
        yield f'<path class="leader" stroke-width="1.5" d="{_path([mark.at, box.nearest(mark.at)])}"/>\n'
    yield f'<circle class="mark" cx="{x:.1f}" cy="{y:.1f}" r="8" stroke-width="2.5"/>\n'


def _card(mark: _Mark, box: Box) -> Iterator[str]:
    yield f'<g class="label">\n<rect class="card" {_sized(box)} rx="6" stroke-width="1.5"/>\n'
    for number, (hops, words, style) in enumerate(mark.lines, start=1):
        said = f'<tspan class="hops">{hops}</tspan> {escape(words)}' if hops else escape(words)
        yield _text(box, number * _LINE - 2, style, said)
    yield "</g>\n"


def _heading(title: str, box: Box) -> Iterator[str]:
    yield f'<rect class="card" {_sized(box)} rx="6" stroke-width="0"/>\n'
    yield _text(box, 31, _TITLE, escape(title))


def _text(box: Box, foot: float, style: str, said: str) -> str:
    return f'<text class="{style}" x="{box.x + box.width / 2:.1f}" y="{box.y + foot:.1f}">{said}</text>\n'


def _sized(box: Box) -> str:
    return f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
