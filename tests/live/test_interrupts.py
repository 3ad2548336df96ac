"""`up`, `run` and `down` interrupted, and killed, at ten moments of their time: they say so, and leave nothing."""

import os
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import pytest

from lab.cli.program import main
from lab.engine import discovery
from lab.errors import TimedOut
from lab.progress import Nobody
from lab.waiting import until
from tests.residue import Machine, told

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
OWNER = f"interrupted-{os.getpid()}"
ENDS_WITHIN = 60.0

VERBS = {
    "up": ("up", "topology=home-lan"),
    "run": ("run", "scenario=dns"),
    "down": ("down",),
}
LAST_WORDS = {"up": "Worth trying next", "run": "proofs passed", "down": "nothing of it is left"}
MOMENTS = [(number + 0.5) / 10 for number in range(10)]
IN_EVERY_RUN = MOMENTS[2::3]
TRIALS = [
    pytest.param(verb, number, moment, marks=() if moment in IN_EVERY_RUN else pytest.mark.soak)
    for verb in VERBS
    for number in (signal.SIGINT, signal.SIGKILL)
    for moment in MOMENTS
]


def started(*words):
    argv = [sys.executable, "-m", "lab.cli", *words]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(argv, cwd=ROOT, env=os.environ | {"LOGNAME": OWNER}, text=True, **streams)


def prepared(verb):
    if verb == "down":
        assert main(VERBS["up"]) == 0


@cache
def takes(verb):
    """Measure how long a verb takes when it is left alone, in seconds."""
    prepared(verb)
    began = time.monotonic()
    with started(*VERBS[verb]) as alone:
        out, errors = alone.communicate(timeout=120)
    assert alone.returncode == 0, out + errors
    seconds = time.monotonic() - began
    assert main(["clean"]) == 0
    return seconds


@pytest.fixture(scope="module")
def machine():
    """Give the machine as it was, with a lab made and gone before: what stays for good is there then."""
    patch = pytest.MonkeyPatch()
    patch.setenv("LOGNAME", OWNER)
    takes("up")
    yield Machine.as_it_is(discovery.connect(Nobody()), OWNER)
    patch.undo()


@pytest.mark.parametrize(("verb", "number", "moment"), TRIALS)
def test_a_verb_that_is_ended_says_so_and_leaves_nothing(machine, verb, number, moment, capsys):
    takes(verb)
    prepared(verb)
    at = time.monotonic() + moment * takes(verb)
    with started(*VERBS[verb]) as ended:
        until(lambda: time.monotonic() >= at or ended.poll() is not None, "the moment", within=ENDS_WITHIN)
        ended.send_signal(number)
        out, errors = ended.communicate(timeout=ENDS_WITHIN)
    if number == signal.SIGKILL:
        assert ended.returncode in (-signal.SIGKILL, 0)
    elif ended.returncode == 130:
        assert errors.splitlines()[-1] == "interrupted"
        assert "Traceback" not in errors
    elif ended.returncode == -signal.SIGINT:  # our program does not listen yet, or any more
        assert not out or LAST_WORDS[verb] in out
    else:
        assert ended.returncode == 0
        assert LAST_WORDS[verb] in out
    try:
        until(lambda: has_cleaned(capsys) and not machine.left(), "nothing to be left", within=ENDS_WITHIN)
    except TimedOut as error:
        raise AssertionError(told(machine.left())) from error


def has_cleaned(capsys):
    """Clean up; a lab whose maker was killed this moment counts as being made until the engine has heard of it.

    So does what the engine makes for one who was killed while he waited for it: the next ``clean`` sees that.
    """
    capsys.readouterr()
    assert main(["clean"]) == 0
    return "left alone" not in capsys.readouterr().out
