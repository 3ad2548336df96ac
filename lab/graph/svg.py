"""A picture as SVG: drawn by itself, readable on light and on dark ground, and told to those who cannot see it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lab.graph import lettering
from lab.graph.lettering import FONTS, STYLES
from lab.graph.looks import CUT, LOOKS, ROUND
from lab.graph.shapes import Box, Card, Frame, Line, Point, Rail, Sheet, Words

_MARGIN = 36
_HEADING = 82
_PILL = 66

_COLOURS = (  # what, its property, on light ground, on dark ground
    (".paper", "fill", "#fbfaf6", "#12181c"),
    (".paper", "stroke", "#cfc9bb", "#37424a"),
    ("rect.frame", "fill", "#eef3f8", "#1a2329"),
    ("rect.frame", "stroke", "#9fb4c7", "#4d6273"),
    (".card", "fill", "#ffffff", "#1f292f"),
    ("path.cable", "stroke", "#6b7f8a", "#8fa3ae"),
    ("rect.rail", "fill", "#37474f", "#cfd8dc"),
    ("rect.rail", "stroke", "#fbfaf6", "#12181c"),
    (".dot", "fill", "#37474f", "#cfd8dc"),
    ("text", "fill", "#1c2a30", "#eef3f6"),
    (".what, .subnet, .end", "fill", "#455a64", "#b5c4cc"),
    (".halo", "stroke", "#fbfaf6", "#12181c"),
)


@dataclass(frozen=True)
class Heading:
    """What a picture is called, what it shows in a few words, and in a sentence for those who cannot see it."""

    title: str
    what: str
    telling: str


@dataclass(frozen=True)
class Picture:
    """A picture as SVG, its size in its own units, and where the cards of the nodes are on it."""

    svg: str
    width: float
    height: float
    cards: Mapping[str, Box]


def as_svg(sheet: Sheet, heading: Heading) -> str:
    """Return the picture; what lies below comes first."""
    return picture(sheet, heading).svg


def picture(sheet: Sheet, heading: Heading) -> Picture:
    """Return the picture, and where things are on it."""
    box = sheet.box
    placed = sheet.moved(_MARGIN - box.left, _MARGIN + _HEADING - box.top)
    title = Words(Point(_MARGIN, _MARGIN + 12), heading.title, "title", begins=True)
    width = max(box.width, title.box.width, lettering.width(heading.what, "what")) + 2 * _MARGIN
    height = box.height + 2 * _MARGIN + _HEADING
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" role="img" '
        f'aria-labelledby="title telling" font-family="{escape(FONTS)}">',
        f'<title id="title">{escape(heading.title)}</title>',
        f'<desc id="telling">{escape(heading.telling)}</desc>',
        f"<style>\n{_css()}</style>",
        f'<rect class="paper" x="1" y="1" width="{_n(width - 2)}" height="{_n(height - 2)}" rx="20"/>',
        _words(title),
        _words(Words(Point(_MARGIN, _MARGIN + 46), heading.what, "what", begins=True)),
        *_shapes(placed),
        "</svg>",
    ]
    return Picture("\n".join(lines) + "\n", width, height, {card.node: card.box for card in placed.cards})


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _css() -> str:
    return "".join(f"{line}\n" for line in (*_plain_css(), *_coloured_css()))


def _plain_css() -> Iterator[str]:
    yield "text { text-anchor: middle; dominant-baseline: central }"
    yield ".begins { text-anchor: start }"
    for name, style in STYLES.items():
        yield f".{name} {{ font-size: {style.size}px{'; font-weight: bold' if style.bold else ''} }}"
    yield ".paper, .frame, .card { stroke-width: 2 }"
    yield ".card { stroke-width: 2.5 }"
    yield "path.cable { stroke-width: 3; fill: none }"
    yield ".backup { stroke-dasharray: 9 7 }"
    yield "rect.rail { stroke-width: 3 }"
    yield ".icon { fill: none; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }"
    yield ".halo { paint-order: stroke; stroke-width: 4; stroke-linejoin: round }"


def _coloured_css() -> Iterator[str]:
    for what, field, light, _ in _all_colours():
        yield f"{what} {{ {field}: {light} }}"
    yield "@media (prefers-color-scheme: dark) {"
    for what, field, _, dark in _all_colours():
        yield f"  {what} {{ {field}: {dark} }}"
    yield "}"


def _all_colours() -> Iterator[tuple[str, str, str, str]]:
    yield from _COLOURS
    for name, look in LOOKS.items():
        yield f".is-{name}", "stroke", look.light, look.dark


def _shapes(sheet: Sheet) -> Iterator[str]:
    for frame in sheet.frames:
        yield from _frame(frame)
    for line in sheet.lines:
        yield _line(line)
    for rail in sheet.rails:
        yield from _rail(rail)
    for card in sheet.cards:
        yield from _card(card)
    for words in sheet.words:
        yield _words(words)


def _frame(frame: Frame) -> Iterator[str]:
    yield _rect(frame.box, "frame", 14)
    yield _words(frame.title)


def _line(line: Line) -> str:
    path = "".join(word + " ".join(f"{_n(x)},{_n(y)}" for x, y in points) for word, points in line.steps)
    inside = f"<title>{escape(line.tooltip)}</title>" if line.tooltip else ""
    return f'<path class="cable{" backup" if line.is_backup else ""}" d="{path}">{inside}</path>'


def _rail(rail: Rail) -> Iterator[str]:
    yield _rect(rail.box, "rail", 4, f"<title>{escape(rail.tooltip)}</title>")
    for x, y in rail.dots:
        yield f'<circle class="dot" cx="{_n(x)}" cy="{_n(y)}" r="7"/>'


def _card(card: Card) -> Iterator[str]:
    look = LOOKS[card.look]
    box = card.box
    yield f"<g><title>{escape(card.tooltip)}</title>"
    if look.shape == CUT:
        yield f'<path class="card is-{card.look}" d="{_cut(box)}"/>'
    else:
        yield _rect(box, f"card is-{card.look}", _radius(box) if look.shape == ROUND else 8)
    aside, scale = (9, 0.8) if card.is_small else (12, 1.2)
    icon = f"translate({_n(box.left + aside)} {_n(box.middle.y - 12 * scale)}) scale({scale})"
    yield f'<path class="icon is-{card.look}" transform="{icon}" d="{look.icon}"/>'
    yield from (_words(words) for words in card.words)
    yield "</g>"


def _radius(box: Box) -> float:
    """Return how round the corners of a round card are: a high one has wires nearer to them."""
    return box.height / 2 if box.height <= _PILL else 20


def _cut(box: Box) -> str:
    """Return the outline of a rectangle whose corners are cut off."""
    cut = 12
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    corners = (
        (left + cut, top),
        (right - cut, top),
        (right, top + cut),
        (right, bottom - cut),
        (right - cut, bottom),
        (left + cut, bottom),
        (left, bottom - cut),
        (left, top + cut),
    )
    return "M" + "L".join(f"{_n(x)},{_n(y)}" for x, y in corners) + "Z"


def _rect(box: Box, name: str, radius: float, inside: str = "") -> str:
    rect = (
        f'<rect class="{name}" x="{_n(box.left)}" y="{_n(box.top)}" width="{_n(box.width)}" '
        f'height="{_n(box.height)}" rx="{_n(radius)}"'
    )
    return f"{rect}>{inside}</rect>" if inside else f"{rect}/>"


def _words(words: Words) -> str:
    names = [words.style, *(["begins"] if words.begins else [])]
    if words.style in ("rail", "cable", "subnet", "end"):
        names.append("halo")
    x, y = words.at
    return f'<text class="{" ".join(names)}" x="{_n(x)}" y="{_n(y)}">{escape(words.text)}</text>'
