"""In a notebook topologies and labs show their picture, and captures their frames: `%load_ext lab.report.notebook`."""

from collections.abc import Callable
from typing import Any, Protocol

from lab import kinds
from lab.capture import Capture
from lab.graph import draw
from lab.report.figure import escaped
from lab.running import Lab
from lab.topology.model import Topology
from lab.topology.reading import parse

_MOST = 200
"""So many frames of a capture are shown."""


class Formatter(Protocol):
    """What IPython shows values of a type with."""

    def for_type(self, kind: type, shown: Callable[[Any], str]) -> Any:
        """Have values of a type shown by a function."""


def load_ipython_extension(ipython: Any) -> None:
    """Tell IPython how our values are shown; it calls this for ``%load_ext``."""
    formatters = ipython.display_formatter.formatters
    register(formatters["image/svg+xml"], formatters["text/html"])


def register(svg: Formatter, html: Formatter) -> None:
    """Tell a formatter for pictures and one for HTML what they show our values with."""
    svg.for_type(Topology, picture_of)
    svg.for_type(Lab, lambda lab: picture_of(parse(lab.source.encode(), lab.plan.topology, kinds.load())))
    html.for_type(Capture, frames_of)


def picture_of(topology: Topology) -> str:
    """Return the picture of a topology as SVG."""
    return draw(topology, "svg")


def frames_of(capture: Capture) -> str:
    """Return the frames of a capture as a table in HTML; of a long one the first, and how many there are more."""
    begin = capture.frames[0].time_ns if len(capture) else 0
    rows = "".join(
        f"<tr><td>{frame.number}</td><td>{(frame.time_ns - begin) / 1e6:.2f} ms</td><td>{escaped(str(frame.port))}</td>"
        f"<td>{escaped(', '.join(map(str, frame.delivered)) or 'nobody')}</td>"
        f"<td>{escaped(frame.packet.summary().removeprefix('Ether / '))}</td></tr>"
        for frame in capture.frames[:_MOST]
    )
    more = f"<p>and {len(capture) - _MOST} more</p>" if len(capture) > _MOST else ""
    head = "<tr><th>frame</th><th>time</th><th>from</th><th>to</th><th></th></tr>"
    return f"<p>{escaped(repr(capture))}</p><table>{head}{rows}</table>{more}"
