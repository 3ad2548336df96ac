"""What makes a picture readable, asked of its shapes: nothing lies on anything else, and lines run where they may."""

from itertools import combinations, pairwise

from lab.graph.shapes import Box, Point

STEPS = 12


def solids(sheet):
    """Return everything that must not be covered: cards, labels, rails and the titles of frames, each with its name."""
    yield from ((card.node, card.box) for card in sheet.cards)
    yield from ((words.text, words.box) for words in sheet.words)
    yield from ((rail.tooltip, rail.box) for rail in sheet.rails)
    yield from ((frame.title.text, frame.title.box) for frame in sheet.frames)


def overlaps(named):
    """Return the pairs of names whose boxes meet; a hair's breadth is forgiven."""
    pairs = combinations([(name, box.grown(-0.1)) for name, box in named], 2)
    return [(one, other) for (one, box), (other, box2) in pairs if box.meets(box2)]


def is_inside(box, around):
    return (
        around.left <= box.left and box.right <= around.right and around.top <= box.top and box.bottom <= around.bottom
    )


def run_through(sheet):
    """Return the lines that run through a card, each with the card's name."""
    cards = [(card.node, card.box.grown(-1)) for card in sheet.cards]
    return [
        (line.tooltip, node)
        for line in sheet.lines
        for node, box in cards
        if any(box.meets(Box(x, y, x, y)) for x, y in places(line))
    ]


def places(line):
    """Yield places on a line, close to each other."""
    at = line.steps[0][1][0]
    for _, points in line.steps[1:]:
        through = (at, *points)
        yield from (on_curve(through, step / STEPS) for step in range(STEPS + 1))
        at = points[-1]


def on_curve(points, part):
    """Return the place on a Bézier curve, by de Casteljau's way of halving."""
    while len(points) > 1:
        points = [
            Point(one.x + (other.x - one.x) * part, one.y + (other.y - one.y) * part) for one, other in pairwise(points)
        ]
    return points[0]
