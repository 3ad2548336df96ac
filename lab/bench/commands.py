"""Commands of ours, each in a process of its own, with the time that it took from its start to its end."""

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree

from lab.errors import ScenarioFailed

ROOT = Path(__file__).resolve().parents[2]

_STEP = re.compile(r"\b(containers|wires|services) (\d+\.\d+) s")
_COUNTED = re.compile(r"^\s*(\d+) packets transmitted, (\d+) received", re.MULTILINE)


@dataclass(frozen=True)
class Done:
    """A command that ended well: how long it took in seconds, what it printed, and what it said beside that."""

    seconds: float
    printed: str
    said: str = ""

    @property
    def steps(self) -> dict[str, float]:
        """The steps of bringing a lab up, in seconds, as ``up`` tells them."""
        return {word: float(seconds) for word, seconds in _STEP.findall(self.printed)}

    @property
    def lost_pings(self) -> int:
        """How many pings got no answer, of the first series that was counted. Raises ``ScenarioFailed`` without one."""
        counted = _COUNTED.search(self.printed)
        if counted is None:
            raise ScenarioFailed(f"no pings were counted in:\n{self.printed}")
        return int(counted[1]) - int(counted[2])


def done(*argv: str) -> Done:
    """Run a program to its end. Raises ``ScenarioFailed`` with its words when it fails."""
    began = time.monotonic()
    ended = subprocess.run(argv, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if ended.returncode:
        raise ScenarioFailed(f"{' '.join(argv[1:])} ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
    return Done(seconds, ended.stdout, ended.stderr)


def python(*words: str) -> Done:
    """Run a module, or a program, of ours by the Python that we run in."""
    return done(sys.executable, *words)


def wiretale(*words: str) -> Done:
    """Run one of Wiretale's verbs."""
    return python("-m", "lab.cli", *words)


def told(scenario: str, lab: str) -> Done:
    """Tell a story to a running lab, without keeping its evidence."""
    ran = wiretale("run", f"scenario={scenario}", f"name={lab}")
    for folder in re.findall(r"^The evidence is in (\S+?);", ran.printed, re.MULTILINE):
        rmtree(ROOT / folder)
    return ran
