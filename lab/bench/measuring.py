"""The measurements: each part of the bench as a function, which removes again whatever it made, also after Ctrl-C.

What is compared is measured in turn, so that a busy moment falls on both; each command has a process of its own.
"""

import json
import os
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from lab import kinds
from lab.bench import generating, importing, planning
from lab.bench.bare import Bare, instance
from lab.bench.commands import ROOT, done, python, told, wiretale
from lab.bench.figures import FAILOVER, SILENCE, Circumstances, Part
from lab.client import Client
from lab.engine.docker import DockerEngine
from lab.engine.embedded import locked, state_folder
from lab.errors import InputError
from lab.instance import Instance
from lab.node import PING_EVERY
from lab.progress import Listener
from lab.scenario import announced
from lab.tap import Mark, tapping
from lab.topology.reading import find, read

if TYPE_CHECKING:
    import docker

Figures = defaultdict[str, list[float]]

RATES = (10_000, 50_000, 100_000, 150_000)
"""Frames a second that the tap is tried with."""


_WEIGHED = 10
"""How many nodes of a lab are weighed, about."""


@dataclass(frozen=True)
class Sizes:
    """How much is measured: the labs of the first parts, the stories, and how large topologies are planned."""

    topologies: tuple[str, ...] = ("home-lan", "internet")
    chains: tuple[int, ...] = (10, 50, 200)
    by_hand: tuple[int, ...] = (10, 50)
    stories: tuple[str, ...] = ()
    """None of them means all that there are."""
    idle: int = 50
    rates: tuple[int, ...] = RATES
    seconds: float = 1.0
    planned: tuple[int, ...] = (100, 1000, 5000)
    planned_chains: tuple[int, ...] = (100, 300, 1000)
    reported: tuple[int, ...] = (300, 1000, 10_000)


@dataclass(frozen=True)
class Bench:
    """Where and how often is measured; ``folder`` holds generated topologies while the bench is at work."""

    docker: "docker.DockerClient"
    client: Client
    image: str
    rounds: int
    sizes: Sizes
    folder: Path
    listener: Listener

    def file(self, text: str) -> str:
        """Return the path of a file with a topology."""
        name = text.split()[1]
        file = self.folder / f"{name}.yml"
        file.write_text(text)
        return str(file)

    @contextmanager
    def lab(self, topology: str, name: str) -> Iterator[None]:
        """Have a lab up while the block lasts."""
        wiretale("up", f"topology={topology}", f"name={name}")
        try:
            yield
        finally:
            self.remove(name)

    def remove(self, name: str) -> None:
        """Remove what is there of a lab."""
        for found in self.client.labs():
            if found.instance.name == name:
                self.client.down(found)

    def in_turn(self, works: Mapping[str, Callable[[], object]]) -> None:
        """Do several works in each round, each round beginning with another one."""
        order = list(works)
        for number in range(self.rounds):
            for what in order[number % len(order) :] + order[: number % len(order)]:
                with self.listener.step(f"{what} {number + 1}/{self.rounds}"):
                    works[what]()


@contextmanager
def bench(
    docker: "docker.DockerClient", client: Client, image: str, rounds: int, sizes: Sizes, listener: Listener
) -> Iterator[Bench]:
    """Give a bench that has removed all that it made when the block ends, and what a killed one had left."""
    bare = Bare(docker, image)
    # Two at once would measure each other, and remove what the other one has made.
    with locked(state_folder() / "bench.lock"), TemporaryDirectory(prefix="wiretale-bench-") as folder:
        bare.down()
        try:
            yield Bench(docker, client, image, rounds, sizes, Path(folder), listener)
        finally:
            bare.down()
            for found in client.labs():
                if found.instance.name.startswith("bench-"):
                    client.down(found)


def measured(bench: Bench, part: str) -> Part:
    """Measure one part."""
    before = os.getloadavg()[0]
    figures: Figures = defaultdict(list)
    notes = PARTS[part](bench, figures) or {}
    values = {name: tuple(round(value, 6) for value in several) for name, several in figures.items()}
    return Part(_circumstances(bench, before), values, notes)


def _circumstances(bench: Bench, before: float) -> Circumstances:
    told = dict(line.split(":", 1) for line in Path("/proc/cpuinfo").read_text().splitlines() if ":" in line)
    cpu = next((value.strip() for key, value in told.items() if key.strip() == "model name"), platform.machine())
    return Circumstances(
        date=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=cpu,
        cpus=len(os.sched_getaffinity(0)),
        memory_mb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        kernel=platform.release(),
        python=platform.python_version(),
        engine=bench.docker.version()["Version"],
        load=(round(before, 1), round(os.getloadavg()[0], 1)),
    )


def up_and_down(bench: Bench, figures: Figures) -> None:
    """(a) Labs come up and go down, in turn with as many bare containers."""
    labs = {name: name for name in bench.sizes.topologies}
    labs |= {f"chain-{size}": bench.file(generating.chain(size)) for size in bench.sizes.chains}
    for lab, topology in labs.items():
        nodes = len(read(find(topology), kinds.load()).nodes)
        bench.in_turn(
            {
                f"{lab}, as a lab": partial(_lab, bench, lab, topology, figures),
                f"{lab}, bare": partial(_bare, bench, f"{lab}/bare", nodes, 0, figures),
            }
        )
        figures[f"{lab}/nodes"] = [nodes]


def by_hand(bench: Bench, figures: Figures) -> None:
    """(b) Chains come up and go down, in turn with the same on Docker's networks."""
    for size in bench.sizes.by_hand:
        lab = f"chain-{size}"
        topology = bench.file(generating.chain(size))
        bench.in_turn(
            {
                f"{lab}, as a lab": partial(_lab, bench, lab, topology, figures),
                f"{lab}, by hand": partial(_bare, bench, f"{lab}/hand", size, size - 1, figures),
            }
        )


def _lab(bench: Bench, lab: str, topology: str, figures: Figures) -> None:
    name = f"bench-{lab}"
    try:
        up = wiretale("up", f"topology={topology}", f"name={name}")
        down = wiretale("down", f"name={name}")
    finally:
        bench.remove(name)
    figures[f"{lab}/lab/up"].append(up.seconds)
    figures[f"{lab}/lab/down"].append(down.seconds)
    for step, seconds in up.steps.items():
        figures[f"{lab}/lab/{step}"].append(seconds)


def _bare(bench: Bench, key: str, nodes: int, cables: int, figures: Figures) -> None:
    words = (bench.image, str(nodes + 1), str(cables))  # the switch is the one that is more; the wiring adds itself
    try:
        up = python("-m", "lab.bench.bare", "up", *words)
        down = python("-m", "lab.bench.bare", "down", *words)
    finally:
        Bare(bench.docker, bench.image).down()
    figures[f"{key}/up"].append(up.seconds)
    figures[f"{key}/down"].append(down.seconds)


def stories(bench: Bench, figures: Figures) -> None:
    """(c) Stories are told to running labs, with their proofs."""
    there = announced(ROOT / "scenarios")
    wanted = {name: there[name] for name in bench.sizes.stories or there}
    for topology in sorted(set(wanted.values())):
        lab = f"bench-{Path(topology).stem}"
        with bench.lab(topology, lab):
            mine = [name for name, its in wanted.items() if its == topology]
            bench.in_turn({name: partial(_tell, name, lab, figures) for name in mine})


def _tell(story: str, lab: str, figures: Figures) -> None:
    ran = told(story, lab)
    figures[story].append(ran.seconds)
    if story == FAILOVER:
        figures[SILENCE].append(ran.lost_pings * PING_EVERY)


def commands(bench: Bench, figures: Figures) -> dict[str, str]:
    """(d) Commands that need no engine, from the shell's point of view, in turn with Python that does nothing."""
    script = str(ROOT / "invoke")
    asked = ("--list", "check topology=home-lan", "plan topology=home-lan")
    works = {words: partial(_run, words, (script, *words.split()), figures) for words in asked}
    nothing = {"python": partial(_run, "python", (sys.executable, "-c", "pass"), figures)}
    bench.in_turn(works | nothing)
    profiled = "check topology=home-lan"
    return {f"./invoke {profiled}": importing.profile(*profiled.split())}


def _run(what: str, argv: tuple[str, ...], figures: Figures) -> None:
    figures[what].append(done(*argv).seconds)


def memory(bench: Bench, figures: Figures) -> None:
    """(e) The memory of an idle node: what its control group counts, and the process that watches over it."""
    size = bench.sizes.idle
    name = f"bench-chain-{size}"
    with bench.lab(bench.file(generating.chain(size)), name):
        _weigh_some(bench, "lab", Instance(bench.client.owner, name), figures)
    bare = Bare(bench.docker, bench.image)
    try:
        bare.up(size)
        _weigh_some(bench, "bare", instance(), figures)
    finally:
        bare.down()


def _weigh_some(bench: Bench, what: str, lab: Instance, figures: Figures) -> None:
    """Weigh some nodes of a lab from its beginning to its end."""
    there = DockerEngine(bench.docker).containers(lab.labels)
    nodes = [one for one in there if one.name not in (lab.switch, lab.wiring)]
    for one in nodes[:: max(1, len(nodes) // _WEIGHED)]:
        _weigh(bench, one.id, what, figures)


def _weigh(bench: Bench, container: str, what: str, figures: Figures) -> None:
    told = _statistics(bench, container)["memory_stats"]
    files = told["stats"].get("total_inactive_file", told["stats"].get("inactive_file", 0))
    figures[f"{what}/group"].append((told["usage"] - files) / 1024)
    pid = bench.docker.api.inspect_container(container)["State"]["Pid"]
    with suppress(OSError):  # an engine elsewhere shows no processes here
        shim = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        rollup = Path(f"/proc/{shim}/smaps_rollup").read_text()
        figures[f"{what}/shim"].append(float(rollup.partition("Pss:")[2].split()[0]))


def tap(bench: Bench, figures: Figures) -> None:
    """(f) Small frames at several rates, through the tap and its stream, to a client that reads it."""
    engine, program = DockerEngine(bench.docker), Path(__file__).with_name("sender.py").read_bytes()
    lab = Instance(bench.client.owner, "bench-wire")
    with bench.lab(bench.file(generating.WIRE), lab.name):
        bench.in_turn(
            {f"{r} frames/s": partial(_try_tap, bench, engine, lab, program, r, figures) for r in bench.sizes.rates}
        )


def _try_tap(bench: Bench, engine: DockerEngine, lab: Instance, program: bytes, rate: int, figures: Figures) -> None:
    from lab.bench.counting import Counter

    words = ("python3", "-IS", "-", str(rate), str(bench.sizes.seconds))
    with tapping(engine, lab) as wire:
        counter = Counter(wire)
        counter.reach(wire.mark())
        before = _spent(bench, lab)
        sent = json.loads(engine.run(lab.container("sender"), words, program, user="root").stdout)
        ended = time.monotonic()
        mark: Mark = counter.reach(wire.mark())
        lag = time.monotonic() - ended
        spent = _spent(bench, lab)
        counter.ended = True
    for who, seconds in spent.items():
        figures[f"{rate}/{who}"].append(seconds - before[who])
    figures[f"{rate}/rate"].append(sent["sent"] / sent["seconds"])
    figures[f"{rate}/sent"].append(sent["sent"])
    figures[f"{rate}/seen"].append(counter.frames)
    figures[f"{rate}/drops"].append(mark.drops)
    figures[f"{rate}/lag"].append(lag)


def _spent(bench: Bench, lab: Instance) -> dict[str, float]:
    """Return the processor time, in seconds, that each of those has taken who work while frames are counted."""
    with Path("/proc/stat").open() as stat:
        user, nice, system, _idle, _wait, *interrupts = map(int, stat.readline().split()[1:8])
    spent = {
        "sender": _used(bench, lab.container("sender")),
        "tap": _used(bench, lab.switch),
        "client": time.process_time(),
    }
    machine = (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
    return spent | {"others": machine - sum(spent.values())}


def _used(bench: Bench, container: str) -> float:
    return float(_statistics(bench, container)["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9


def _statistics(bench: Bench, container: str) -> dict[str, Any]:
    """Return what the kernel has counted for a container until now."""
    told: dict[str, Any] = bench.docker.api.stats(container, stream=False, one_shot=True)
    return told


def plans(bench: Bench, figures: Figures) -> dict[str, str]:
    """(g) Topologies are checked and planned, each in a process of its own: the processor time of each."""
    texts = {f"campus-{size}": generating.campus(size) for size in bench.sizes.planned}
    texts |= {f"chain-{size}": generating.chain(size) for size in bench.sizes.planned_chains}

    bench.in_turn(
        {name: partial(_note, figures, name, "lab.bench.planning", bench.file(text)) for name, text in texts.items()}
    )
    profiled = sorted(bench.sizes.planned_chains)[-2:][0]  # a profile takes many times as long as what it profiles
    return {f"a chain of {profiled}": planning.profile(generating.chain(profiled).encode())}


def reports(bench: Bench, figures: Figures) -> None:
    """(h) The pages of runs of so many frames, each made in a process of its own: its processor time, and its size."""
    counts = map(str, bench.sizes.reported)
    bench.in_turn({f"{count} frames": partial(_note, figures, count, "lab.bench.reporting", count) for count in counts})


def _note(figures: Figures, name: str, module: str, word: str) -> None:
    """Note the figures that a module tells, run in a process of its own."""
    for what, value in json.loads(python("-m", module, word).printed).items():
        figures[f"{name}/{what}"].append(value)


PARTS: Mapping[str, Callable[[Bench, Figures], dict[str, str] | None]] = {
    "a": up_and_down,
    "b": by_hand,
    "c": stories,
    "d": commands,
    "e": memory,
    "f": tap,
    "g": plans,
    "h": reports,
}


def parts_of(words: str) -> tuple[str, ...]:
    """Return the parts that are meant, as in "a" or "c,d"; all of them for "all". Raises ``InputError``."""
    wanted = tuple(PARTS) if words == "all" else tuple(words.split(","))
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        raise InputError(f"there is no part '{unknown[0]}' of the bench; there are {', '.join(PARTS)}, and all")
    return wanted
