"""Eight labs from eight processes at once, up and down, round after round."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.cli.program import main
from lab.engine import discovery
from lab.progress import Nobody
from tests.residue import Machine

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
OWNER = f"eight-{os.getpid()}"
NAMES = [f"lab{number}" for number in range(8)]
ROUNDS_IN_CI, ROUNDS = 2, 10
ENDS_WITHIN = 180.0


def said(*words):
    argv = [sys.executable, "-m", "lab.cli", *words]
    environment = os.environ | {"LOGNAME": OWNER}
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=ENDS_WITHIN)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def machine():
    yield Machine.as_it_is(discovery.connect(Nobody()), OWNER)
    patch = pytest.MonkeyPatch()
    patch.setenv("LOGNAME", OWNER)
    main(["clean"])
    patch.undo()


@pytest.mark.parametrize(
    "number", [pytest.param(number, marks=[pytest.mark.soak] * (number >= ROUNDS_IN_CI)) for number in range(ROUNDS)]
)
def test_eight_labs_come_up_and_go_down_at_once(machine, number):
    """Each has the same addresses and the same MACs, and fetches its own page."""
    with ThreadPoolExecutor(8) as pool:
        ups = pool.map(lambda name: said("up", "topology=home-lan", f"name={name}"), NAMES)
        assert all("Up after" in out for out in ups)
        fetch = ("curl", "--silent", "http://python.org/")
        pages = pool.map(lambda name: said("exec", f"name={name}", "node=victim", "--", *fetch), NAMES)
        assert all("<h1>Python</h1>" in page for page in pages)
        downs = pool.map(lambda name: said("down", f"name={name}"), NAMES)
        assert list(downs) == [f"'{name}' is down; nothing of it is left.\n" for name in NAMES]
    machine.assert_clean()
