"""Where the start of a command goes: the time that each package takes to be imported, as Python itself tells it."""

import sys
from collections import Counter
from collections.abc import Iterable

from lab.bench.commands import python

_LINES = 10


def profile(*words: str) -> str:
    """Return which packages a command imports, the slowest first. Raises ``ScenarioFailed`` when it fails."""
    return table(python("-X", "importtime", "-m", "lab.cli", *words).said.splitlines())


def table(told: Iterable[str]) -> str:
    """Return packages as a table of text; what ``-X importtime`` told is one module a line, in microseconds. Pure."""
    took: Counter[str] = Counter()
    for line in told:
        if line.startswith("import time:") and "self" not in line:
            own, _, module = line.removeprefix("import time:").split("|")
            took[_package(module.strip())] += int(own)
    listed = took.most_common(_LINES)
    rest = took.total() - sum(own for _, own in listed)
    lines = [*listed, ("all others", rest), ("in all", took.total())]
    return "\n".join(f"{own / 1000:6.0f} ms  {package}" for package, own in lines)


def _package(module: str) -> str:
    """Return the package that a module belongs to; the standard library is one, and we are one."""
    package = module.partition(".")[0]
    return "Python's own library" if package in sys.stdlib_module_names else package
