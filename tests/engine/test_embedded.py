import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.engine import discovery, host
from lab.engine.embedded import EmbeddedEngine
from lab.errors import EngineError
from lab.progress import Nobody

DAEMON = """\
# Stands in for dockerd: serves the socket and keeps the pid file that it is told to.
import os, pathlib, signal, socket, sys
words = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
with open(os.environ["STARTS"], "a") as starts:
    starts.write(" ".join(sys.argv[1:]) + "\\n")
if os.environ.get("FAILS"):
    sys.exit("dockerd: no cgroups here")
pid = pathlib.Path(words["--pidfile"])
pid.write_text(str(os.getpid()))
signal.signal(signal.SIGTERM, lambda *_: (pid.unlink(), os._exit(0)))
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[-1].removeprefix("unix://"))
server.listen()
while True:
    asker, _ = server.accept()
    if asker.recv(100):
        asker.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nOK")
    asker.close()
"""


SLEEPS = "import signal; signal.pause()"


@pytest.fixture
def starts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Put a daemon of our own in the way, and return the file with a line for each of its starts."""
    daemon = tmp_path / "bin/dockerd"
    daemon.parent.mkdir()
    (tmp_path / "daemon.py").write_text(DAEMON)
    daemon.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{tmp_path}/daemon.py" "$@"\n')
    daemon.chmod(0o755)
    monkeypatch.setenv("PATH", f"{daemon.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("STARTS", str(tmp_path / "starts"))
    return tmp_path / "starts"


@pytest.fixture
def embedded(starts: Path, tmp_path: Path) -> Iterator[EmbeddedEngine]:
    engine = EmbeddedEngine(state=tmp_path / "state", run=tmp_path / "run")
    yield engine
    engine.stop()


def test_it_is_started_once_even_when_several_ask_at_the_same_time(embedded: EmbeddedEngine, starts: Path) -> None:
    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(lambda _: embedded.start(), range(4)))
    assert embedded.answers()
    assert len(starts.read_text().splitlines()) == 1


def test_it_leaves_the_network_of_the_host_alone(embedded: EmbeddedEngine, starts: Path) -> None:
    embedded.start()
    wanted = {"--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"}
    assert wanted <= set(starts.read_text().split())


def test_it_does_not_get_the_ctrl_c_of_the_terminal(embedded: EmbeddedEngine) -> None:
    embedded.start()
    assert embedded.pid is not None
    assert os.getsid(embedded.pid) == embedded.pid


def test_nobody_else_may_reach_its_socket(embedded: EmbeddedEngine) -> None:
    embedded.start()
    assert stat.S_IMODE(embedded.run.stat().st_mode) == 0o700


def test_it_stops_and_starts_again(embedded: EmbeddedEngine, starts: Path) -> None:
    embedded.start()
    assert embedded.stop()
    assert not embedded.answers()
    assert not embedded.run.exists()
    assert not embedded.stop()
    embedded.start()
    assert embedded.answers()
    assert len(starts.read_text().splitlines()) == 2


def test_one_that_was_killed_is_started_anew(embedded: EmbeddedEngine, starts: Path) -> None:
    embedded.start()
    pid = embedded.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert not embedded.answers()
    embedded.socket.unlink()  # which a real daemon does by itself
    embedded.start()
    assert embedded.answers()


def test_what_a_killed_one_has_left_running_is_ended(embedded: EmbeddedEngine) -> None:
    """Its containerd, or a shim, would keep the next one from starting; somebody else's is left alone."""
    argv = ["sleep", "60", "--address"]
    ours = subprocess.Popen([sys.executable, "-c", SLEEPS, *argv, f"{embedded.run}/exec/containerd/containerd.sock"])
    others = subprocess.Popen([sys.executable, "-c", SLEEPS, *argv, "/run/containerd/containerd.sock"])
    try:
        embedded.start()
        assert ours.wait(5) == -signal.SIGKILL
        assert others.poll() is None
    finally:
        others.kill()
        others.wait()


def test_a_process_that_merely_got_its_number_is_not_stopped(embedded: EmbeddedEngine) -> None:
    embedded.run.mkdir()
    (embedded.run / "docker.pid").write_text(str(os.getpid()))
    assert embedded.pid is None
    assert not embedded.stop()


def test_a_daemon_that_dies_is_explained_by_the_end_of_its_log(
    embedded: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILS", "yes")
    with pytest.raises(EngineError, match="dockerd: no cgroups here"):
        embedded.start()


def test_the_socket_is_short_however_long_the_way_to_the_state_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / ("long" * 40)))
    assert len(str(EmbeddedEngine.of_this_user().socket)) < 60


def test_another_state_folder_is_another_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = set()
    for folder in ("a", "b"):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / folder))
        places.add(EmbeddedEngine.of_this_user().socket)
    assert len(places) == 2


@pytest.mark.docker
@pytest.mark.skipif(not (host.is_root() and host.program("dockerd")), reason="starts a real daemon")
def test_a_real_daemon_starts_answers_and_stops(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    if discovery.rivals():
        pytest.skip("another engine runs here")
    engine = EmbeddedEngine.of_this_user()
    try:
        client = discovery.connect(Nobody())
        assert client.networks.list(filters={"driver": "bridge"}) == []
        client.close()
    finally:
        assert engine.stop()
