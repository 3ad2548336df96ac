"""The report as one page: no network, no external font or script; everything that comes from a frame is escaped."""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from lab.audience import Line
from lab.capture import Layer, anatomy
from lab.graph import Picture, picture
from lab.harmless import harmless_lines
from lab.ladder import Row
from lab.ladder.folding import Step
from lab.ladder.folding import steps as steps_of
from lab.proving import Proof, Verdict
from lab.report.document import Act, Report
from lab.report.figure import Band, Grid, escaped
from lab.report.screens import Screen, screens

_ASSETS = Path(__file__).with_name("assets")
_MANY = 1000
"""With more frames than that the page holds steps only, not each frame taken apart."""

_LONG = 6
"""So many nodes of a way are named one by one."""

_LINKS = 8
"""So many of the frames that a proof rests on are named."""

_SMALLEST, _LARGEST = 0.7, 1.4
"""How much a ladder may shrink before it is scrolled instead, and how much it may grow."""


def page(report: Report) -> str:
    """Return the report as HTML."""
    script = travelling() + _asset("report.js")
    return "".join(
        (
            _head(report, script),
            _header(report),
            '<main><div class="story">',
            *(part for act in report.acts for part in _act(act, report)),
            _proofs(report.proofs),
            _opening(),
            "</div>",
            _beside(map_of := picture(report.topology)),
            "</main>",
            _PLAYER,
            f'<script type="application/json" id="told">{_json(_told(report, map_of))}</script>',
            f"<script>{script}</script></body></html>\n",
        )
    )


def style() -> str:
    """Return the stylesheet of the ladder alone, as its figures carry it."""
    return palette() + _asset("ladder.css")


def palette() -> str:
    """Return the colours, by their names, on light and on dark ground."""
    return _asset("palette.css")


def style_of_map() -> str:
    """Return the stylesheet of a map and of what moves on it."""
    return _asset("map.css")


def travelling() -> str:
    """Return the script that moves packets on a map: ``travels(stage, places, radius)``."""
    return _asset("travel.js")


def places(map_of: Picture) -> Mapping[str, Sequence[float]]:
    """Return where the nodes are on a map: left, top, width and height, in its own units."""
    return {node: _numbers(box.left, box.top, box.width, box.height) for node, box in map_of.cards.items()}


def radius(map_of: Picture) -> int:
    """Return how large a packet is on a map, in its own units."""
    return round(map_of.width / 70)


def _asset(name: str) -> str:
    return (_ASSETS / name).read_text(encoding="utf-8")


def _head(report: Report, script: str) -> str:
    allowed = f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src '{allowed}'"
    title = escaped(f"{report.scenario} on {report.topology.name}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style()}{style_of_map()}{_asset('report.css')}</style></head><body>"
    )


def _header(report: Report) -> str:
    mark = Verdict(report.worst).mark if report.proofs else "?"
    return (
        f'<header><p class="where">{escaped(report.topology.name)}</p><h1>{escaped(report.scenario)}</h1>'
        f'<p class="verdict {report.worst}">{mark} {escaped(report.verdict)}</p></header>'
    )


def _act(act: Act, report: Report) -> Iterator[str]:
    yield f'<section class="act" id="act-{act.number}"><h2><span class="number">{act.number}</span> '
    yield f"{escaped(act.sentence)}</h2>{_asked(act)}{_typed(act)}"
    if act.drawn.steps:
        yield from _ladder(act, report)
    else:
        yield "<p>no frame</p>"
    if act.drawn.left_out:
        yield f'<p class="rest" tabindex="-1" data-frames="{_counted(act)}">{escaped(act.drawn.left_out)}</p>'
    yield from map(_screen, screens(act.told.capture, report.plan))
    yield "</section>"


def _counted(act: Act) -> str:
    """Return the numbers of the frames that are counted and not drawn."""
    return json.dumps([row.number for row in act.drawn.aside])


def _screen(screen: Screen) -> str:
    """Show a page in a frame that may run, load and open nothing."""
    caption = f"What {escaped(screen.node)} sees"
    return (
        f'<figure class="screen"><figcaption>{caption}</figcaption>'
        f'<iframe sandbox title="{caption}" srcdoc="{escape(screen.markup)}"></iframe></figure>'
    )


def _asked(act: Act) -> str:
    if not act.told.question:
        return ""
    answer = f"<p>{escaped(act.told.answer)}</p>"
    return f'<div class="asked"><details><summary>{escaped(act.told.question)}</summary>{answer}</details></div>'


def _typed(act: Act) -> str:
    """Show what was typed and printed in an act, as on a terminal."""
    if not act.told.lines:
        return ""
    lines = "\n".join(map(_line, act.told.lines))
    return f'<pre class="lines" tabindex="0" aria-label="What was typed and printed">{lines}</pre>'


def _line(line: Line) -> str:
    said = escaped(f"{line.prompt}{line.text.expandtabs()}")
    return f"<b>{said}</b>" if line.is_typed else said


def _ladder(act: Act, report: Report) -> Iterator[str]:
    grid = Grid.of(act, report.plan)
    room = f"min-width:{grid.width * _SMALLEST:.0f}px;max-width:{grid.width * _LARGEST:.0f}px"
    yield f'<div class="scroller" tabindex="0"><div class="ladder" style="{room}">'
    yield f'<div class="heads">{_svg(grid.heads(), grid)}</div>'
    few = len(report.frames) <= _MANY
    for step in act.drawn.steps:
        proofs = _proofs_of(step, report)
        several = len(step.rows) > 1 and few
        expands = ' aria-expanded="false"' if several else ""
        yield f'<div class="step" data-step role="button" tabindex="0"{expands} aria-label="{escaped(_aloud(step))}">'
        yield f"{_svg(grid.band(step, proofs), grid)}</div>"
        if several:
            yield f'<div class="inside" hidden>{"".join(_unfolded(step, act, grid))}</div>'
    yield "</div></div>"


def _unfolded(step: Step, act: Act, grid: Grid) -> Iterator[str]:
    for one in steps_of(step.rows, act.nodes, unfold=True):
        yield f'<div class="step" data-frame="{one.rows[0].number}">{_svg(grid.band(one), grid)}</div>'


def _svg(band: Band, grid: Grid) -> str:
    return f'<svg viewBox="0 0 {grid.width:.0f} {band.height:g}" aria-hidden="true">{band.shapes}</svg>'


def _proofs_of(step: Step, report: Report) -> tuple[int, ...]:
    found = {proof for row in step.rows for proof in report.proved_by.get(row.number, ())}
    return tuple(sorted(number for number in found if report.proofs[number - 1].verdict is Verdict.PASSED))


def _aloud(step: Step) -> str:
    notes = "".join(f"; {note}" for note in step.notes)
    return f"frame {step.numbers}: {step.whole}, {_way(step)}{notes}"


def _way(step: Step) -> str:
    """Say which way a step takes; of a long one the ends, and how many nodes there are between them."""
    if len(step.path) > _LONG:
        return step.points.join((step.path[0], f"… {len(step.path) - 2} more …", step.path[-1]))
    return step.points.join(step.way)


def _proofs(proofs: Iterable[Proof]) -> str:
    items = "".join(map(_proof, proofs))
    inside = f"<ol>{items}</ol>" if items else "<p>Nobody has asked the proofs of this run yet.</p>"
    return f'<section class="proofs" id="proofs"><h2>What was proven</h2>{inside}</section>'


def _proof(proof: Proof) -> str:
    links = " ".join(f'<a href="#frame-{frame}">{frame}</a>' for frame in proof.frames[:_LINKS])
    more = f" and {len(proof.frames) - _LINKS} more" if len(proof.frames) > _LINKS else ""
    frames = f'<span class="frames">frame{"s" * (len(proof.frames) > 1)} {links}{more}</span>' if links else ""
    why = f'<p class="why">{escape(harmless_lines(proof.why))}</p>' if proof.why else ""
    verdict = "" if proof.verdict is Verdict.PASSED else f": {proof.verdict}"
    said = f'<span class="{proof.verdict}">{proof.verdict.mark}</span> {escaped(proof.sentence)}{verdict}'
    return f'<li data-frames="{json.dumps(proof.frames)}">{said}{frames}{why}</li>'


def _opening() -> str:
    return (
        '<section class="opening"><h2>Look at the frames yourself</h2><p>They are in <code>capture.pcapng</code>, '
        "beside this page, each once; the interface is the port that sent it.</p>"
        "<pre class=\"typed\">wireshark capture.pcapng\ntshark -r capture.pcapng -Y 'frame.comment'</pre></section>"
    )


def _beside(shown: Picture) -> str:
    data = b64encode(shown.svg.encode()).decode()
    return (
        '<aside class="beside" aria-label="The network, and the frame"><figure class="map">'
        f'<img alt="The network of this story" width="{shown.width:.0f}" height="{shown.height:.0f}" '
        f'src="data:image/svg+xml;base64,{data}"><svg viewBox="0 0 {shown.width:.0f} {shown.height:.0f}" '
        'aria-hidden="true"></svg></figure><div class="panel"><p>A click on a frame takes it apart. '
        "The arrow keys walk: → and ← frame by frame, ↓ and ↑ act by act; p plays.</p></div></aside>"
    )


_PLAYER = (
    '<div class="player" role="toolbar" aria-label="Step through the frames">'
    '<button class="back" aria-label="previous frame">◀</button>'
    '<button class="next" aria-label="next frame">▶</button><button class="play">▶ play</button>'
    '<label>speed <select class="speed"><option value="0.5">½</option><option value="1" selected>1</option>'
    '<option value="2">2</option><option value="4">4</option></select></label>'
    '<div class="said" aria-live="polite">Press → to begin.</div></div>'
)


# What the script is told


def _told(report: Report, map_of: Picture) -> Mapping[str, Any]:
    steps = [step for act in report.acts for step in act.drawn.steps]
    rows = [row for step in steps for row in step.rows] if len(report.frames) <= _MANY else []
    return {
        "steps": [_step(step) for step in steps],
        "frames": {row.number: _frame(row, report) for row in rows},
        "proofs": [proof.sentence for proof in report.proofs],
        "places": places(map_of),
        "radius": radius(map_of),
    }


def _step(step: Step) -> Mapping[str, Any]:
    return {
        "numbers": step.numbers,
        "frames": [row.number for row in step.rows],
        "says": step.whole,
        "way": _way(step),
        "loud": [str(note) for note in step.notes if note.loud],
        "path": step.path,
        "heard": step.heard,
    }


def _frame(row: Row, report: Report) -> Mapping[str, Any]:
    return {
        "says": f"{row.protocol} {row.text}",
        "from": row.sender,
        "to": row.receivers,
        "on": row.frame.port.network or "?",
        "notes": [str(note) for note in row.notes],
        "proofs": report.proved_by.get(row.number, ()),
        "bytes": row.frame.data.hex(),
        "layers": [_layer(layer) for layer in anatomy(row.frame)],
    }


def _layer(layer: Layer) -> tuple[Any, ...]:
    return layer.name, layer.begin, layer.end, [(one.name, one.value, one.begin, one.end) for one in layer.parts]


def _numbers(*values: float) -> list[float]:
    return [round(value, 1) for value in values]


def _json(value: Any) -> str:
    """Return JSON that may stand in a page: no text in it can end the script that it is in."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
