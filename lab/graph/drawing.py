"""From a topology to its picture, in each of the formats."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from lab.errors import InputError
from lab.graph import atlas, layered, mapped, svg
from lab.graph.dot import as_dot
from lab.graph.folding import PAGE
from lab.graph.layers import layers
from lab.graph.mermaid import as_mermaid
from lab.graph.shapes import Sheet, together
from lab.graph.wires import islands
from lab.topology.model import Topology
from lab.topology.words import did_you_mean

_GAP = 60


def as_svg(topology: Topology) -> str:
    """Return the picture as SVG."""
    return svg.as_svg(sheet(topology), heading(topology))


def picture(topology: Topology) -> svg.Picture:
    """Return the picture as SVG, with the places of its nodes."""
    return svg.picture(sheet(topology), heading(topology))


def sheet(topology: Topology) -> Sheet:
    """Return the shapes of the picture: a map, or else its islands side by side."""
    if atlas.is_for(topology):
        return mapped.drawn(topology)
    return together(_shelved([layered.drawn(layers(island, topology), topology) for island in islands(topology)]))


def heading(topology: Topology) -> svg.Heading:
    """Return what the picture is called, and what it shows."""
    shown = ", ".join(f"{name} ({node.kind})" for name, node in topology.nodes.items())
    what = f"{len(topology.nodes)} nodes, {len(topology.networks)} networks"
    if atlas.is_for(topology):
        what += "; west is left, but distances are not to scale"
    return svg.Heading(topology.name, what, f"{what}: {shown}.")


def _shelved(sheets: Sequence[Sheet]) -> Iterator[Sheet]:
    """Yield the islands side by side, in as many rows as it takes."""
    limit = max(PAGE[0], *(sheet.box.width for sheet in sheets))
    x = y = bottom = 0.0
    for sheet in sheets:
        box = sheet.box
        if x and x + box.width > limit:
            x, y = 0.0, bottom + _GAP
        yield sheet.moved(x - box.left, y - box.top)
        bottom = max(bottom, y + box.height)
        x += box.width + _GAP


FORMATS: Mapping[str, Callable[[Topology], str]] = {"svg": as_svg, "mermaid": as_mermaid, "dot": as_dot}


def draw(topology: Topology, form: str) -> str:
    """Return the picture of a topology as text in one of ``FORMATS``. Raises ``InputError`` for another one."""
    if form not in FORMATS:
        hint = did_you_mean(form, FORMATS) or f"there are {', '.join(FORMATS)}"
        raise InputError(f"'{form}' is no format; {hint}")
    return FORMATS[form](topology)
