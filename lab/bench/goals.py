"""What is aimed at on two processors, and whether the figures reach it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import log

from lab.bench.figures import SILENCE, Part, Parts
from lab.bench.statistics import Spread, ratios


@dataclass(frozen=True)
class Goal:
    """One goal in a sentence, what was seen, and whether that is good enough."""

    sentence: str
    seen: str
    met: bool


@dataclass(frozen=True)
class Floor:
    """How many times its floor a lab may take to come up, and how many seconds beside that."""

    times: float
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.times:g} × its floor" + (f" plus {self.seconds:g} s" if self.seconds else "")


UPS: Mapping[str, Floor] = {
    "home-lan": Floor(1.5, 0.4),
    "internet": Floor(1.5, 2.0),
    "chain-50": Floor(1.25),
    "chain-200": Floor(1.25),
}
DOWN = Floor(1.2)
BY_HAND = {"chain-50": 4.0}
STORIES = {"arp-poisoning": 3.0, "traceroute-15": 2.0}
SILENT_FOR = 0.5
COMMANDS = {"--list": 0.3}
TAP_RATE, NEARLY = 100_000, 0.95
"""Frames a second that the tap keeps; a sender that comes that near to a rate has sent at it."""
PLANNED_WITHIN = {1000: 1.0}
REPORTED_WITHIN = {300: 1.0, 10_000: 10.0}
CHANCE = 1.3
"""How much more than n log n a growth may be that is still put down to chance."""

SHAPES = ("campus", "chain")


def goals(parts: Parts) -> tuple[Goal, ...]:
    """Return all goals whose figures are there."""
    known = {"a": _floors, "b": _by_hand, "c": _stories, "d": _commands, "f": _tap, "g": _plans, "h": _reports}
    return tuple(goal for key, judge in known.items() if key in parts for goal in judge(parts[key]))


def labs(part: Part, other: str) -> tuple[str, ...]:
    """Return the labs that were measured beside something, in the order in which they were."""
    return tuple(name.split("/")[0] for name in part.figures if name.endswith(f"/{other}/up"))


def _floors(part: Part) -> Iterator[Goal]:
    there = labs(part, "bare")
    for lab in there:
        if lab in UPS:
            yield _within(part, lab, "up", UPS[lab])
    for lab in there:
        yield _within(part, lab, "down", DOWN)


def _within(part: Part, lab: str, what: str, floor: Floor) -> Goal:
    ours, bare = part.figures[f"{lab}/lab/{what}"], part.figures[f"{lab}/bare/{what}"]
    left = ratios(ours, bare, allowance=floor.seconds)
    seen = f"{ratios(ours, bare).shown()} ×" + (
        f"; without the {floor.seconds:g} s {left.shown()} ×" * bool(floor.seconds)
    )
    return Goal(f"`{what}` of {lab} within {floor}", seen, left.median <= floor.times)


def _by_hand(part: Part) -> Iterator[Goal]:
    for lab, times in BY_HAND.items():
        if f"{lab}/hand/up" in part.figures:
            faster = ratios(part.figures[f"{lab}/hand/up"], part.figures[f"{lab}/lab/up"])
            sentence = f"`up` of {lab} at least {times:g} × faster than with Docker's networks"
            yield Goal(sentence, f"{faster.shown(1)} ×", faster.median >= times)


def _stories(part: Part) -> Iterator[Goal]:
    for story, within in STORIES.items():
        if story in part.figures:
            took = Spread.of(part.figures[story])
            yield Goal(f"{story}, on a running lab, below {within:g} s", f"{took.shown(1)} s", took.median < within)
    if SILENCE in part.figures:
        lost = Spread.of(part.figures[SILENCE])
        sentence = f"after a cable is cut, less than {SILENT_FOR:g} s of pings are lost"
        yield Goal(sentence, f"{lost.shown()} s", lost.most < SILENT_FOR)


def _commands(part: Part) -> Iterator[Goal]:
    for command, within in COMMANDS.items():
        took = Spread.of(part.figures[command])
        yield Goal(f"`./invoke {command}` below {within:g} s", f"{took.shown()} s", took.median < within)


def _tap(part: Part) -> Iterator[Goal]:
    if f"{TAP_RATE}/rate" in part.figures:
        rate, drops = Spread.of(part.figures[f"{TAP_RATE}/rate"]), sum(part.figures[f"{TAP_RATE}/drops"])
        seen = f"{drops:,.0f} dropped, of {rate.median:,.0f} a second that the sender sent"
        met = not drops and rate.median >= NEARLY * TAP_RATE
        yield Goal(f"the tap keeps {TAP_RATE:,} small frames a second without a drop", seen, met)


def _plans(part: Part) -> Iterator[Goal]:
    for shape in SHAPES:
        took = whole_plans(part, shape)
        for size, within in PLANNED_WITHIN.items():
            if size in took:
                sentence = f"check and plan of a {shape} of {size:,} nodes below {within:g} s"
                yield Goal(sentence, f"{took[size]:.2f} s", took[size] < within)
        if len(took) > 1:
            least, most = min(took), max(took)
            growth, allowed = took[most] / took[least], most * log(most) / (least * log(least))
            sentence = f"a {shape} grows no worse than n log n, from {least:,} to {most:,} nodes"
            yield Goal(sentence, f"{growth:,.0f} ×, where n log n is {allowed:,.0f} ×", growth <= CHANCE * allowed)


def _reports(part: Part) -> Iterator[Goal]:
    for count, within in REPORTED_WITHIN.items():
        if f"{count}/seconds" in part.figures:
            took = Spread.of(part.figures[f"{count}/seconds"])
            yield Goal(f"the page of {count:,} frames within {within:g} s", f"{took.shown()} s", took.median < within)


def whole_plans(part: Part, shape: str) -> dict[int, float]:
    """Return the median seconds of checking and planning by the number of nodes, for one shape."""
    names = [name.removesuffix("/plan") for name in part.figures if name.startswith(shape) and name.endswith("/plan")]
    return {
        int(name.rpartition("-")[2]): Spread.of(part.figures[f"{name}/check"]).median
        + Spread.of(part.figures[f"{name}/plan"]).median
        for name in names
    }
