"""How each kind of node looks: a colour, a shape and an icon, so that no one of them is needed to tell kinds apart."""

from dataclasses import dataclass

from lab.topology.model import Node

ROUND, SQUARE, CUT = "round", "square", "cut"


@dataclass(frozen=True)
class Look:
    """A colour on light and on dark ground, the shape of the card, and an icon as lines in a square of 24."""

    light: str
    dark: str
    shape: str
    icon: str


LOOKS = {
    "router": Look("#1558b0", "#7db4ff", ROUND, "M12 3v18M3 12h18M9 6l3-3 3 3M9 18l3 3 3-3M6 9l-3 3 3 3M18 9l3 3-3 3"),
    "host": Look("#44545d", "#b4c3cc", SQUARE, "M3 4h18v12H3zM12 16v4M7 20h10"),
    "dns": Look(
        "#6a2c91", "#cf9bf0", CUT, "M5 3h10a4 4 0 0 1 4 4v14H8a3 3 0 0 1-3-3zM5 18a3 3 0 0 1 3-3h11M9 7h6M9 11h6"
    ),
    "http": Look(
        "#1e6e34", "#7fd698", SQUARE, "M21 12a9 9 0 1 1-18 0a9 9 0 1 1 18 0M3 12h18M12 3q-8 9 0 18M12 3q8 9 0 18"
    ),
    "printer": Look("#7a5200", "#e6bd66", SQUARE, "M7 9V3h10v6M7 17H3V9h18v8h-4M7 14h10v7H7z"),
    "victim": Look("#00707c", "#6fd6e2", SQUARE, "M16 8a4 4 0 1 1-8 0a4 4 0 1 1 8 0M4 21q0-7 8-7t8 7"),
    "attacker": Look("#b3261e", "#ff9a92", CUT, "M12 3l10 18H2zM12 9v6M12 17.5v1.5"),
}

_LIKE = {"nameserver": "dns", "resolver": "dns"}


def look(node: Node) -> str:
    """Return the name of a node's look: that of its kind, or of what it does, where the kind has none of its own."""
    if node.kind in LOOKS:
        return node.kind
    if node.kind in _LIKE:
        return _LIKE[node.kind]
    if node.forwards:
        return "router"
    return "dns" if node.resolves else "host"
