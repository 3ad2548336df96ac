"""Pictures of a topology: rails, cables and the nodes that hang from them, as SVG, Mermaid or dot."""

from lab.graph.drawing import FORMATS, draw, picture
from lab.graph.svg import Picture

__all__ = ["FORMATS", "Picture", "draw", "picture"]
