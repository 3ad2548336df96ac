"""The doctor on a real engine: what it says was really tried, and nothing of that stays."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.bringup import labs
from lab.cli.program import ROOT, main
from lab.client import Client
from lab.doctor.finding import State, worst
from lab.doctor.judging import FEATURES, kernel, limits_in_force, rights
from lab.doctor.trying import WANTED, tried
from lab.engine.brief import LAB
from lab.engine.docker import DockerEngine
from lab.engine.protocol import ContainerSpec
from lab.errors import EngineError
from lab.instance import OWNER, Instance
from lab.progress import Nobody
from lab.waiting import until
from tests.engine.real import docker_engine, empty_engine, node_image

pytestmark = pytest.mark.docker

OURS = f"wiretale-test-doctor-{os.getpid()}"


@pytest.fixture
def engine() -> Iterator[DockerEngine]:
    """The engine; no container of a doctor's may be on it after a test."""
    engine = docker_engine()
    yield engine
    left = engine.containers({OWNER: OURS})
    for container in left:
        engine.remove(container.id)
    assert not left


def test_what_labs_need_works_where_labs_run(engine: DockerEngine) -> None:
    found = tried(engine, OURS, node_image())
    assert worst([*rights(found), *kernel(found.failures)]) is not State.TROUBLE
    assert worst(limits_in_force(found)) is State.OK
    assert found.free > 0
    assert any(package.startswith("python3=") for package in found.packages)


def test_without_its_capabilities_the_trial_makes_no_wire_and_enters_no_node(engine: DockerEngine) -> None:
    found = tried(engine, OURS, node_image(), rights=frozenset())
    needs_net_admin = FEATURES.keys() - {"ipv6", "packets", "steering"}
    assert {name for name in needs_net_admin if found.failures[name]} == needs_net_admin
    assert found.failures["packets"]
    assert found.entering
    assert found.capabilities == 0


def test_what_is_missing_is_told_by_the_one_who_missed_it(engine: DockerEngine) -> None:
    found = tried(engine, OURS, node_image(), rights=WANTED - {"NET_RAW"})
    assert {name for name, why in found.failures.items() if why} - {"netem", "steering", "ipv6"} == {"packets"}
    assert "not permitted" in found.failures["packets"]


def test_an_image_that_cannot_run_is_an_error_and_leaves_nothing(engine: DockerEngine) -> None:
    with pytest.raises(EngineError):
        tried(engine, OURS, "wiretale/node:of-another-world")


@pytest.mark.usefixtures("engine")
def test_it_looks_at_everything_ends_well_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    node_image()
    monkeypatch.setenv("LOGNAME", OURS)
    assert main(["doctor", "--json"]) == 0
    told = {it["what"]: it for it in json.loads(capsys.readouterr().out)["findings"]}
    assert told["engine"]["state"] == told["image"]["state"] == told["clock"]["state"] == "ok"
    assert {feature.subject for feature in FEATURES.values()} <= told.keys()


def test_one_that_is_killed_at_work_leaves_nothing(engine: DockerEngine) -> None:
    program = f"from tests.doctor.test_live import *; tried(docker_engine(), {OURS!r}, node_image())"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE) as doctor:
        until(lambda: _running(engine) == 2 or doctor.poll() is not None, "the trial to run", within=20)
        doctor.send_signal(signal.SIGKILL)
    assert doctor.returncode in {-signal.SIGKILL, 0}
    until(lambda: not engine.containers({OWNER: OURS}), "the end of the trial", within=10)


def _running(engine: DockerEngine) -> int:
    return sum(one.state == "running" for one in engine.containers({OWNER: OURS}))


def test_what_one_left_that_was_killed_before_is_found_and_cleaned_up(engine: DockerEngine) -> None:
    instance = Instance(OURS, LAB)
    engine.create(ContainerSpec(instance.container("node-1"), node_image(), ("cat",), labels=instance.labels))
    assert [found.instance for found in labs(engine, OURS)] == [instance]
    removed, _ = Client(engine, lambda nodes: node_image(), Nobody(), owner=OURS).clean()
    assert removed == (instance,)


def test_an_engine_without_an_image_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with empty_engine(tmp_path / "engine") as empty:
        monkeypatch.setenv("DOCKER_HOST", empty.url)
        assert main(["doctor", "--json"]) == 0
    told = {it["what"]: it for it in json.loads(capsys.readouterr().out)["findings"]}
    assert told["engine"]["state"] == told["engine's disk"]["state"] == told["memory limit"]["state"] == "ok"
    assert {told[name]["state"] for name in ("image", "veth", "capabilities")} == {"note"}
    assert "no image of ours is there" in told["veth"]["seen"]
