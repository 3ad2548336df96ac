"""An engine that is killed, is restarted, or has no room left: one clear error, and `up` or `clean` put it right."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lab.cli.program import main
from tests.live.private import private_engine
from tests.residue import Machine

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
OWNER = f"troubled-{os.getpid()}"
STEPS = ("containers", *(pytest.param(step, marks=pytest.mark.soak) for step in ("wires", "services")))


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """Give an engine of our own, which is the one of all commands here."""
    patch = pytest.MonkeyPatch()
    patch.setenv("LOGNAME", OWNER)
    with private_engine(tmp_path_factory.mktemp("private")) as engine:
        patch.setenv("DOCKER_HOST", engine.url)
        yield engine
    patch.undo()


@pytest.fixture
def machine(engine):
    """Give the machine as it was before; after the test nothing must be left."""
    machine = Machine.as_it_is(engine.client, OWNER, engine.neighbour)
    yield machine
    engine.start()
    assert main(["clean"]) == 0
    replace(machine, engine=engine.client).assert_clean()


def up():
    return main(["up", "topology=home-lan"])


@pytest.mark.parametrize("step", STEPS)
def test_an_engine_that_is_killed_while_a_lab_is_made_is_told(engine, machine, step):
    argv = [sys.executable, "-m", "lab.cli", "up", "topology=home-lan"]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen(argv, cwd=ROOT, text=True, **streams) as verb:
        assert f"{step} ...\n" in iter(verb.stderr.readline, "")
        engine.kill()
        errors = verb.stderr.read()
        assert verb.wait(60) == 3, errors
    assert "Traceback" not in errors
    assert "engine" in errors.splitlines()[-1]
    engine.start()
    assert up() == 0


@pytest.mark.parametrize("end", ["killed", pytest.param("stopped", marks=pytest.mark.soak)])
def test_after_a_restart_of_the_engine_up_brings_the_lab_back(engine, machine, end, capsys):
    assert up() == 0
    if end == "killed":
        engine.kill()
    else:
        engine.embedded.stop()
    engine.start()
    capsys.readouterr()
    assert up() == 0
    assert "wires: the switch had died; laid anew" in capsys.readouterr().err
    assert (
        main(["exec", "node=victim", "--", "curl", "--silent", "--fail", "--output", "/dev/null", "http://python.org/"])
        == 0
    )


def test_a_full_disk_is_told_and_up_works_again_when_there_is_room(engine, machine, capsys):
    with engine.full_disk():
        assert up() == 3
        errors = capsys.readouterr().err
    assert "Traceback" not in errors
    assert "no space left on device" in errors
    assert up() == 0


@pytest.mark.soak
def test_a_lab_that_is_up_outlives_a_full_disk_and_can_be_taken_down(engine, machine, capsys):
    assert up() == 0
    with engine.full_disk():
        capsys.readouterr()
        assert main(["down"]) in (0, 3)
        assert "Traceback" not in capsys.readouterr().err
