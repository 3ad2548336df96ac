"""Checking and planning one file, with the processor time of each: `python -m lab.bench.planning FILE`."""

import json
import sys
import time
from cProfile import Profile
from io import StringIO
from pathlib import Path
from pstats import Stats

from lab import kinds
from lab.plan import plan
from lab.topology.reading import parse

_LINES = 8


def timed(text: bytes) -> dict[str, float]:
    """Return how long a topology is checked and planned, in seconds, and how many routes the plan has."""
    known = kinds.load()
    began = time.process_time()
    topology = parse(text, "generated.yml", known)
    checked = time.process_time()
    planned = plan(topology)
    ended = time.process_time()
    routes = sum(len(node.routes) for node in planned.nodes.values())
    return {"check": checked - began, "plan": ended - checked, "routes": routes}


def profile(text: bytes) -> str:
    """Return where the time of planning goes: the functions that take most of it, with their shares of all."""
    topology = parse(text, "generated.yml", kinds.load())
    profiled = Profile()
    profiled.runcall(plan, topology)
    return _table(Stats(profiled, stream=StringIO()))


def _table(stats: Stats) -> str:
    own = sorted(((took[2], took[0], where) for where, took in stats.stats.items()), reverse=True)  # type: ignore[attr-defined]
    whole = sum(seconds for seconds, _, _ in own)
    return "\n".join(
        f"{seconds / whole:4.0%} {calls:>9} calls  {Path(file).name}:{name}"
        for seconds, calls, (file, _, name) in own[:_LINES]
    )


if __name__ == "__main__":
    sys.stdout.write(json.dumps(timed(Path(sys.argv[1]).read_bytes())) + "\n")
