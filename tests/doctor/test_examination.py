"""Whatever state the engine is in, every line is said: what could not be looked at is said to be so."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from lab.cli.program import main
from lab.doctor import examination
from lab.doctor.finding import Finding, State
from lab.doctor.judging import FEATURES
from lab.engine import host
from lab.engine.condition import Condition, seconds
from lab.engine.discovery import Address
from lab.engine.images import Recipe, Stock
from lab.progress import Nobody
from tests.engine.fake import FakeEngine

NEEDS_AN_ENGINE = {feature.subject for feature in FEATURES.values()} | {
    "capabilities",
    "nodes' namespaces",
    "memory limit",
    "seccomp",
    "engine's disk",
    "clock",
    "image",
    "large image",
    "leftovers",
}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The socket of an engine that is not there, and a state folder without an engine."""
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "docker.sock"


Engine = Callable[[socket.socket], None]


@pytest.fixture
def broken(place: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """An engine that takes connections, and then does what the parameter does."""
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(place))
        door.listen()
        server = threading.Thread(target=_serve, args=(door, request.param))
        server.start()
        yield
        door.shutdown(socket.SHUT_RDWR)
        server.join()


def _serve(door: socket.socket, behave: Engine) -> None:
    with suppress(OSError):  # the door was shut
        while True:
            with closing(door.accept()[0]) as guest, suppress(OSError):
                behave(guest)


def hangs(guest: socket.socket) -> None:
    while guest.recv(1024):
        pass


def hangs_up(guest: socket.socket) -> None:
    guest.recv(1)


def babbles(guest: socket.socket) -> None:
    guest.recv(1024)
    guest.sendall(b"220 mail.example ESMTP\r\n")


def is_another_service(guest: socket.socket) -> None:
    guest.recv(1024)
    guest.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")


def fails(guest: socket.socket) -> None:
    guest.recv(1024)
    guest.sendall(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


def by_subject(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {finding.subject: finding for finding in findings}


def test_without_an_engine_every_line_says_that_it_could_not_be_looked_at(place: Path) -> None:
    found = by_subject(examination.examined(Nobody(), patience=1))
    assert found["engine"].state is not State.OK
    assert {subject for subject in NEEDS_AN_ENGINE if found[subject].state is State.NOTE} == NEEDS_AN_ENGINE
    assert found["state folder"].state is State.OK
    assert {"tshark", "dot", "wireshark"} <= found.keys()
    assert not list(place.parent.iterdir())


def test_without_an_engine_only_root_can_start_one(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "is_root", lambda: False)
    engine = by_subject(examination.examined(Nobody()))["engine"]
    assert engine.state is State.TROUBLE
    assert "sudo systemctl start docker" in engine.remedy


@pytest.mark.parametrize("broken", [hangs, hangs_up, babbles, is_another_service, fails], indirect=True)
def test_an_engine_that_is_broken_is_in_trouble_and_the_rest_is_said_all_the_same(broken: None) -> None:
    found = by_subject(examination.examined(Nobody(), patience=1))
    assert (found["engine"].state, bool(found["engine"].remedy)) == (State.TROUBLE, True)
    assert {subject for subject in NEEDS_AN_ENGINE if found[subject].state is State.NOTE} == NEEDS_AN_ENGINE
    assert found["state folder"].state is State.OK


def test_an_engine_that_runs_no_container_is_in_trouble_and_its_word_is_taken_for_the_rest() -> None:
    engine, where = FakeEngine(), Address("tcp://far.example:2375", "DOCKER_HOST")
    told = Condition("28", "1.50", "Debian", "/var/lib/docker", True, True, False, 0.0, 0.0)
    stock = Stock("wiretale/node:1", present=True, has_large=True, others={}, dangling=())
    found = by_subject(tuple(examination._trial(where, Recipe.of({}), told, stock, engine)))
    assert (found["trial"].state, "restart" in found["trial"].remedy) == (State.TROUBLE, True)
    assert "the trial failed" in found["veth"].seen
    assert [found[limit].state for limit in ("memory limit", "seccomp")] == [State.OK, State.NOTE]
    assert found["engine's disk"].state is State.NOTE
    assert not engine.containers({})


@pytest.mark.parametrize("broken", [fails], indirect=True)
def test_trouble_is_exit_code_3_and_machines_read_why(broken: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "trouble"
    assert {"what", "state", "seen", "remedy"} == set(told["findings"][0])


@pytest.mark.parametrize("broken", [fails], indirect=True)
def test_the_state_is_a_word_and_the_remedy_is_on_its_line(broken: None, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 3
    out = capsys.readouterr().out
    (line,) = (line for line in out.splitlines() if " engine  " in line)
    assert line.split()[0] == "trouble"
    assert "restart" in line
    assert "In trouble: engine." in out


def test_the_engines_time_is_read_to_the_nanosecond_or_not_at_all() -> None:
    assert seconds("2026-11-25T22:32:35.835921196Z") == pytest.approx(1795645955.835921)
    assert seconds("2026-11-25T23:32:35+01:00") == 1795645955
    assert seconds("soon") != seconds("soon")
