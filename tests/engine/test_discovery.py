import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.engine import discovery, host
from lab.engine.embedded import EmbeddedEngine
from lab.errors import EngineError
from lab.progress import Nobody

OURS, ANOTHER = "net:[1]", "net:[2]"


@pytest.fixture(autouse=True)
def a_user_without_an_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@contextmanager
def serving(path: Path) -> Iterator[None]:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        yield


def test_the_engine_that_docker_host_names_is_used_when_it_answers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    with serving(tmp_path / "d.sock"):
        found = discovery.find()
    assert found == discovery.Address(f"unix://{tmp_path}/d.sock", "DOCKER_HOST")


def test_a_socket_that_nobody_serves_is_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d.sock")
    assert discovery.find() is None
    with serving(tmp_path / "d.sock"):
        pass
    assert (tmp_path / "d.sock").exists()
    assert discovery.find() is None


def test_a_remote_engine_is_never_replaced_by_a_local_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    with pytest.raises(EngineError, match=r"tcp://127\.0\.0\.1:9 \(DOCKER_HOST\) does not answer"):
        discovery.connect(Nobody())


@pytest.mark.parametrize("way", ["currentContext", "DOCKER_CONTEXT"])
def test_the_current_docker_context_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str) -> None:
    from docker.context import Context

    (tmp_path / "docker").mkdir()
    (tmp_path / "docker/config.json").write_text('{"currentContext": "mine"}' if way == "currentContext" else "{}")
    if way == "DOCKER_CONTEXT":
        monkeypatch.setenv("DOCKER_CONTEXT", "mine")
    Context("mine", host=f"unix://{tmp_path}/c.sock").save()
    with serving(tmp_path / "c.sock"):
        found = discovery.find()
    assert found is not None
    assert found.url == f"unix://{tmp_path}/c.sock"
    assert "'mine'" in found.source


def test_a_context_that_does_not_exist_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONTEXT", "no-such")
    with pytest.raises(EngineError, match="there is no Docker context 'no-such'"):
        discovery.find()


@pytest.mark.skipif(not host.is_root(), reason="becomes another user for a moment")
def test_an_engine_that_we_may_not_use_is_not_replaced_but_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "d.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{place}")
    for folder in (tmp_path, *tmp_path.parents):
        if folder != Path("/tmp") and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o011)
    with serving(place):
        place.chmod(0o600)  # not 0660: the group stays root's
        os.seteuid(65534)
        try:
            with pytest.raises(EngineError, match=r"sudo usermod -aG docker \$USER"):
                discovery.find()
        finally:
            os.seteuid(0)


def process(proc: Path, pid: int, *words: str, namespace: str = OURS) -> None:
    folder = proc / str(pid)
    (folder / "ns").mkdir(parents=True)
    (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in words))
    (folder / "ns/net").symlink_to(namespace)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    process(tmp_path / "proc", 1, "/sbin/init")
    (tmp_path / "proc/self").symlink_to("1")
    (tmp_path / "proc/uptime").write_text("")
    return tmp_path / "proc"


def test_a_daemon_with_a_bridge_in_our_network_is_a_rival(proc: Path) -> None:
    process(proc, 7, "/usr/bin/dockerd", "-H", "fd://")
    process(proc, 9, "dockerd")
    assert discovery.rivals(proc) == (7, 9)


def test_a_daemon_without_a_bridge_or_in_a_network_of_its_own_is_no_rival(proc: Path) -> None:
    process(proc, 7, "dockerd", "--bridge=none")
    process(proc, 8, "dockerd", namespace=ANOTHER)
    process(proc, 9, "vi", "dockerd")
    process(proc, 10)  # a kernel thread has no words
    assert discovery.rivals(proc) == ()


def test_a_process_that_ended_while_we_looked_is_no_rival(proc: Path) -> None:
    (proc / "7").mkdir()
    assert discovery.rivals(proc) == ()


def test_nothing_is_started_beside_a_rival(monkeypatch: pytest.MonkeyPatch, proc: Path) -> None:
    process(proc, 7, "dockerd")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{proc}/no.sock")
    monkeypatch.setattr(discovery, "rivals", lambda real=discovery.rivals: real(proc))
    monkeypatch.setattr(host, "is_root", lambda: True)
    monkeypatch.setattr(host, "program", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(EmbeddedEngine, "start", lambda self: pytest.fail("it was started"))
    with pytest.raises(EngineError, match="process 7"):
        discovery.connect(Nobody())


def test_who_is_not_root_is_told_what_to_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    monkeypatch.setattr(host, "is_root", lambda: False)
    with pytest.raises(EngineError, match=r"sudo apt-get install --no-install-recommends docker\.io"):
        discovery.connect(Nobody())


def test_nothing_is_installed_without_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "is_root", lambda: True)
    monkeypatch.setattr(host, "program", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(host, "run", lambda *words: pytest.fail("something was run"))
    with pytest.raises(EngineError, match=r"sudo apt-get install --no-install-recommends docker\.io$"):
        host.install(("docker.io",), "No Docker engine is installed", Nobody())
