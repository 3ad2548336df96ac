"""The page that says what the bench has found: for each part what was measured, how, the figures and the goals."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from textwrap import fill

from lab.bench.figures import SILENCE, Circumstances, Part, Parts
from lab.bench.goals import SHAPES, goals, labs
from lab.bench.statistics import Spread, ratios

_WORKING = ("sender", "tap", "client", "others")
"""Who takes processor time while the tap is tried."""

_BEGIN, _END = "<!-- remarks -->\n", "<!-- /remarks -->\n"

HEAD = """\
# Performance

How long Wiretale takes, beside what it cannot do without. Written by `./invoke bench --write`; the raw figures of
each round are in [performance.json](performance.json).

A time says little without its machine. So labs are measured in turn with a **floor**: as many containers as the lab
has, the switch and the wiring included, created, started and removed by eight threads of the bare Docker SDK, with
no network, no wires and no services. Nobody who uses containers is faster than that. Both are commands with a
process of their own, from its start to its end, so the start of Python is in both. A ratio is that of two
measurements one after the other; of several pairs the median is told, with the least and the greatest in
parentheses. Absolute times were taken on the machine, and under the load, that each section names: the load is how
many programs wanted a processor at a time. On a machine with more to do than processors, times are multiples of
what they are on an idle one, and ratios scatter.
"""


def page(parts: Parts, remarks: str = "") -> str:
    """Return the whole page; ``remarks`` is what somebody wrote on it about the goals that are missed."""
    sections = [section(parts[key]) for key, section in _SECTIONS.items() if key in parts]
    return "\n".join([HEAD, _goals(parts), f"{_BEGIN}{remarks}{_END}", *sections])


def remarks_of(text: str) -> str:
    """Return what somebody wrote on a page, which the next one keeps."""
    return text.partition(_BEGIN)[2].partition(_END)[0]


def _goals(parts: Parts) -> str:
    rows = [(goal.sentence, goal.seen, "yes" if goal.met else "**no**") for goal in goals(parts)]
    return "## Goals\n\n" + _table(("goal, on two processors", "seen", "met"), rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _section(title: str, words: str, table: str, where: Circumstances) -> str:
    return f"## {title}\n\n{_filled(words)}\n\n{table}\n{_filled(_told(where))}\n"


def _filled(words: str) -> str:
    return fill(words, 120, break_long_words=False, break_on_hyphens=False)


def _told(where: Circumstances) -> str:
    before, after = where.load
    return (
        f"Measured {where.date}: {where.cpus} processors ({where.cpu}), {where.memory_mb / 1024:.0f} GiB, Linux "
        f"{where.kernel}, Docker {where.engine}, Python {where.python}; load {before:g} before, {after:g} after."
    )


def _floors(part: Part) -> str:
    words = (
        "A lab comes up with `./invoke up topology=home-lan` and goes down with `./invoke down`. A chain is a row of "
        "routers with a host at each end. It is up when all its wires are there and each service in it has answered a "
        "question. The last three columns are where the time of `up` goes, as it tells it; the rest is the start of "
        "the command and its reading and planning."
    )
    columns = ("lab", "nodes", "up", "floor", "ratio", "down", "floor", "ratio", "containers", "wires", "services")
    return _section("Labs beside their floor", words, _table(columns, _pairs(part, "bare")), part.circumstances)


def _by_hand(part: Part) -> str:
    words = (
        "What one would script without Wiretale: `docker network create` for each cable of the chain, a container "
        "on its first network, `docker network connect` for its second, eight at a time. It has no routes yet, "
        "nobody watches its wires, and no two of it fit beside each other. The ratio is how many times faster "
        "Wiretale is."
    )
    rows = []
    for lab in labs(part, "hand"):
        cells = [lab]
        for what in ("up", "down"):
            ours, theirs = part.figures[f"{lab}/lab/{what}"], part.figures[f"{lab}/hand/{what}"]
            cells += [f"{_seconds(ours)}", f"{_seconds(theirs)}", f"{ratios(theirs, ours).shown(1)} ×"]
        rows.append(cells)
    columns = ("lab", "up", "by hand", "faster", "down", "by hand", "faster")
    return _section("Labs beside Docker's networks", words, _table(columns, rows), part.circumstances)


def _pairs(part: Part, other: str) -> Iterator[list[str]]:
    for lab in labs(part, other):
        cells = [lab, f"{part.figures[f'{lab}/nodes'][0]:.0f}"]
        for what in ("up", "down"):
            ours, theirs = part.figures[f"{lab}/lab/{what}"], part.figures[f"{lab}/{other}/{what}"]
            cells += [_seconds(ours), _seconds(theirs), f"{ratios(ours, theirs).shown()} ×"]
        steps = (part.figures.get(f"{lab}/lab/{step}", ()) for step in ("containers", "wires", "services"))
        yield [*cells, *(_seconds(values) for values in steps)]


def _seconds(values: Sequence[float]) -> str:
    return f"{Spread.of(values).shown()} s" if values else "–"


def _stories(part: Part) -> str:
    words = (
        "`./invoke run scenario=NAME` on a lab that is up: the story is told, its frames are recorded and drawn, "
        "and its proofs are asked. The time is that of the whole command; scapy and pytest need more than a "
        "second of it."
    )
    rows = [(story, _seconds(took)) for story, took in sorted(part.figures.items()) if story != SILENCE]
    return _section("Stories", words, _table(("story", "told and proven in"), rows), part.circumstances)


def _commands(part: Part) -> str:
    words = "What comes before any work: commands that need no engine, beside a Python that does nothing."
    rows = [(_called(name), _seconds(took)) for name, took in part.figures.items()]
    asked = (
        "Where the start of `{}` goes, as `python -X importtime` tells it; it takes a little longer when it is told:"
    )
    table = _table(("command", "time"), rows) + _profiles(part, asked)
    return _section("The start of a command", words, table, part.circumstances)


def _profiles(part: Part, sentence: str) -> str:
    """Return the profiles of a part, each behind the sentence with its name."""
    return "".join(f"\n{sentence.format(name)}\n\n```text\n{told}\n```\n" for name, told in part.notes.items())


def _called(name: str) -> str:
    return "`python -c pass`" if name == "python" else f"`./invoke {name}`"


def _memory(part: Part) -> str:
    words = (
        "What a node costs that does nothing, the median of ten nodes of a chain: what the kernel counts for "
        "its control group, without file pages that it would give back; and the process of Docker's that watches "
        "over it (its proportional share; only where the engine runs on this machine). A bare container, "
        "which only sleeps, stands beside it."
    )
    figures = part.figures
    rows = [
        (called, *(f"{Spread.of(figures[f'{what}/{kind}']).shown(0)} KiB" for what in ("lab", "bare")))
        for kind, called in (("group", "its control group"), ("shim", "its watcher"))
        if f"lab/{kind}" in figures
    ]
    return _section("Memory", words, _table(("of one node", "in a lab", "bare"), rows), part.circumstances)


def _tap(part: Part) -> str:
    words = (
        "One node sends frames of 60 bytes to another at an even rate, and the tap in the switch sees each of "
        "them twice: as it enters, and as it leaves. The sender, the tap, Docker, which carries the tap's stream, "
        "and the client that counts it share the processors. Lag is how long after the sender's end the tap's "
        "mark came round, behind all frames."
    )
    rates = sorted({int(name.split("/")[0]) for name in part.figures})
    rows = [
        (
            f"{rate:,}",
            *(_count(part.figures[f"{rate}/{what}"]) for what in ("rate", "sent", "seen", "drops")),
            _seconds(part.figures[f"{rate}/lag"]),
        )
        for rate in rates
    ]
    columns = ("asked for, frames/s", "sent, frames/s", "sent", "seen by the client", "dropped", "lag")
    spent = [
        (f"{rate:,}", *(_seconds(part.figures[f"{rate}/{who}"]) for who in _WORKING))
        for rate in rates
        if f"{rate}/tap" in part.figures
    ]
    profile = "\nProcessor time that went into it, of all processors together:\n\n" + _table(
        ("asked for, frames/s", "the sender", "the tap", "the client", "all others: Docker, the kernel's own work"),
        spent,
    )
    return _section("The tap", words, _table(columns, rows) + (profile if spent else ""), part.circumstances)


def _count(values: Sequence[float]) -> str:
    least, middle, most = (f"{value:,.0f}" for value in (min(values), Spread.of(values).median, max(values)))
    return middle if least == most else f"{middle} ({least}–{most})"


def _plans(part: Part) -> str:
    words = (
        "Topologies without a lab: `check` reads one and looks for all that is wrong with it, `plan` computes "
        "every address, route, file and command. A campus is a backbone with √n routers, and hosts behind each; a "
        "chain is the worst that there is, since each of its n routers has a route of its own to each of its n "
        "cables. Processor time of one process."
    )
    rows = [
        (
            f"{shape} of {size:,}",
            *(_seconds(part.figures[f"{shape}-{size}/{what}"]) for what in ("check", "plan")),
            f"{part.figures[f'{shape}-{size}/routes'][0]:,.0f}",
        )
        for shape in SHAPES
        for size in _sizes(part, shape)
    ]
    table = _table(("topology", "check", "plan", "routes in it"), rows)
    profiles = _profiles(part, "Where the time of planning {} goes:")
    return _section("Large topologies", words, table + profiles, part.circumstances)


def _reports(part: Part) -> str:
    words = (
        "The page of a run, from its folder to its text: pings, each of a program of its own, so that nothing is "
        "folded. Up to 1,000 frames each of them is taken apart on the page; a larger one holds the steps alone. "
        "Processor time of one process, without the start of Python."
    )
    counts = sorted({int(name.split("/")[0]) for name in part.figures})
    rows = [
        (
            f"{count:,}",
            _seconds(part.figures[f"{count}/seconds"]),
            f"{part.figures[f'{count}/bytes'][0] / 1024:,.0f} KiB",
        )
        for count in counts
    ]
    return _section("Pages of runs", words, _table(("frames", "made in", "size"), rows), part.circumstances)


def _sizes(part: Part, shape: str) -> list[int]:
    return sorted(
        int(name.split("/")[0].rpartition("-")[2])
        for name in part.figures
        if name.startswith(shape) and name.endswith("/plan")
    )


_SECTIONS: Mapping[str, Callable[[Part], str]] = {
    "a": _floors,
    "b": _by_hand,
    "c": _stories,
    "d": _commands,
    "e": _memory,
    "f": _tap,
    "g": _plans,
    "h": _reports,
}
