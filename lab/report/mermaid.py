"""The ladder as a Mermaid sequence diagram, which GitHub and many wikis draw in the midst of a page."""

from collections.abc import Iterator, Mapping

from lab.graph.mermaid import escaped
from lab.harmless import harmless
from lab.ladder.folding import Step
from lab.report.document import Act, Report

_MOST = 120
"""So many steps of an act are drawn: GitHub refuses longer diagrams."""


def mermaid(act: Act) -> str:
    """Return the diagram of one act; of a long one its first steps, and how many there are more."""
    return "\n".join(_lines(act)) + "\n"


def text(report: Report) -> str:
    """Return the diagrams of all acts, each under its sentence, as Markdown."""
    return "\n".join(
        f"### {act.number} {plain(act.sentence)}\n\n```mermaid\n{mermaid(act)}```\n" for act in report.acts
    )


def plain(words: str) -> str:
    """Return text that Markdown shows as it is."""
    return "".join(char if char.isalnum() or char in " .,:;?!'()-" else f"&#{ord(char)};" for char in harmless(words))


def _lines(act: Act) -> Iterator[str]:
    yield "sequenceDiagram"
    called = {node: f"n{number}" for number, node in enumerate(act.nodes)}
    for node, name in called.items():
        yield f"  participant {name} as {escaped(node)}"
    for step in act.drawn.steps[:_MOST]:
        yield from (f"  {line}" for line in _step(step, called))
    if not act.nodes:
        yield "  participant n0 as nobody"
        yield "  Note over n0: no frame"
    if len(act.drawn.steps) > _MOST:
        yield f"  Note over n0: and {len(act.drawn.steps) - _MOST} steps more"


def _step(step: Step, called: Mapping[str, str]) -> Iterator[str]:
    said = escaped(f"{step.numbers}: {step.whole}")
    first, *others = [called[node] for node in step.path]
    if others:
        between = f" by {', '.join(step.path[1:-1])}" if len(others) > 1 else ""
        yield f"{first}{'->>' if not step.both else '<<->>'}{others[-1]}: {said}{escaped(between)}"
    elif step.heard:
        yield from (f"{first}--){called[node]}: {said}" for node in step.heard)
    else:
        yield f"{first}-x{called[step.meant] if step.meant else first}: {said}"
    for note in step.notes:
        if note.loud:
            yield f"Note over {first}: {escaped(str(note))}"
