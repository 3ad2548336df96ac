"""The wiring's and the tap's programs, as far as they need no network namespace: files, services, marks."""

import base64
import contextlib
import io
import json
import os
import signal
import socket
import struct
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lab import wiring
from lab.capture import Seen
from lab.tap import Mark, Records
from lab.waiting import until
from tests.wiring.conftest import PROGRAMS
from tests.wiring.test_wiring import JOB, PIDS, PLAN, SWITCH

Load = Callable[[str], ModuleType]


@pytest.fixture
def wire(program: Load) -> ModuleType:
    return program("wire")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    return root


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "passwd").write_text("precious")
    return outside


@pytest.mark.parametrize(
    "job",
    [
        JOB,
        wiring.wires(PLAN, SWITCH, PIDS, furnished={"gate"}),
        wiring.joins(PLAN, SWITCH, PIDS),
        wiring.signs(PLAN, SWITCH, PIDS),
        wiring.waiting(PIDS),
        wiring.releases(PLAN, PIDS, 1),
        wiring.questions(PLAN, PIDS, 1),
        wiring.forgets(PLAN, SWITCH, PIDS),
    ],
)
def test_the_program_knows_every_task_that_it_is_given(wire: ModuleType, job: wiring.Job) -> None:
    for task in job:
        words = {key: value for key, value in task.items() if key != "do"}
        signature(wire.TASKS[task["do"]]).bind(**words)


def test_a_file_is_written_with_its_mode_and_the_folders_it_needs(wire: ModuleType, root: Path) -> None:
    old = os.umask(0o077)
    try:
        wire.put(root, "/srv/pages/index.html", b"\x00hello", 0o644)
    finally:
        os.umask(old)
    file = root / "srv/pages/index.html"
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"\x00hello", 0o644)


def test_a_file_that_is_there_is_replaced_whole_and_gets_its_mode(wire: ModuleType, root: Path) -> None:
    (root / "hosts").write_text("something longer")
    (root / "hosts").chmod(0o600)
    wire.put(root, "/hosts", b"short", 0o644)
    assert (root / "hosts").read_text() == "short"
    assert (root / "hosts").stat().st_mode & 0o777 == 0o644


def test_a_folder_that_is_a_link_is_refused(wire: ModuleType, root: Path, outside: Path) -> None:
    (root / "etc").symlink_to(outside)
    with pytest.raises(OSError, match="Not a directory"):
        wire.put(root, "/etc/passwd", b"mine", 0o644)
    assert (outside / "passwd").read_text() == "precious"


def test_a_file_that_is_a_link_is_refused(wire: ModuleType, root: Path, outside: Path) -> None:
    (root / "passwd").symlink_to(outside / "passwd")
    with pytest.raises(OSError, match="symbolic links"):
        wire.put(root, "/passwd", b"mine", 0o644)
    assert (outside / "passwd").read_text() == "precious"


@pytest.mark.parametrize("path", ["/../outside/passwd", "/etc/../../outside/passwd", "/./passwd", "/etc/.."])
def test_a_way_that_leads_out_is_refused(wire: ModuleType, root: Path, outside: Path, path: str) -> None:
    with pytest.raises(OSError):
        wire.put(root, path, b"mine", 0o644)
    assert (outside / "passwd").read_text() == "precious"
    assert not [it for it in root.rglob("*") if it.is_file()]


def test_no_folder_stays_open(wire: ModuleType, root: Path, outside: Path) -> None:
    (root / "etc").symlink_to(outside)
    before = sorted(Path("/proc/self/fd").iterdir())
    for path in ("/etc/passwd", "/a/b/c/d"):
        try:
            wire.put(root, path, b"", 0o644)
        except OSError:
            continue
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_a_file_that_cannot_be_written_is_named_with_the_reason(wire: ModuleType) -> None:
    job = [{"do": "files", "pid": os.getpid(), "files": [{"path": "/proc/none/x", "mode": 0o644, "content": ""}]}]
    assert wire.answer_to(job) == {"task": 0, "failed": "/proc/none/x: No such file or directory"}


def test_the_first_task_that_fails_is_told_and_the_rest_is_left(wire: ModuleType) -> None:
    done = []

    def fails() -> None:
        raise wire.Failed("no")

    wire.TASKS.update({"well": lambda: done.append(1), "badly": fails})
    job = [{"do": "well"}, {"do": "badly"}, {"do": "well"}]
    assert (wire.answer_to(job), done) == ({"task": 1, "failed": "no"}, [1])


def test_what_tasks_have_to_say_is_in_the_answer(wire: ModuleType) -> None:
    wire.TASKS.update({"silent": lambda: None, "talkative": lambda: [1, 2]})
    assert wire.answer_to([{"do": "silent"}, {"do": "talkative"}, {"do": "talkative"}]) == {"said": [1, 2, 1, 2]}
    assert wire.answer_to([{"do": "silent"}]) == {}


def words_of(pid: int) -> set[bytes]:
    """Return the first word of a process's command line, if it is there."""
    with contextlib.suppress(OSError):
        return {Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0]}
    return set()


def begun_by(pid: int) -> set[bytes]:
    """Return the first words of a process and of its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return words_of(pid).union(*map(words_of, map(int, children)))


def sleeps(pid: int) -> bool:
    """Tell whether a process has done what it had to do for now: proc(5), the state of a process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


@pytest.mark.parametrize("name", ["enter", "serve"])
def test_a_node_waits_while_its_first_program_has_begun_nothing(
    wire: ModuleType, program: Load, root: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The programs themselves, at a FIFO of ours; a service that was killed has the node wait again."""
    fifo, first = root / "released", root / name
    os.mkfifo(fifo)
    first.write_text((PROGRAMS / name).read_text().replace("/run/wiretale/released", str(fifo)))
    first.chmod(0o755)
    monkeypatch.setattr(wire, "FIRST", [os.fsencode(first)])
    monkeypatch.setattr(wire, "RELEASED", str(fifo)[1:])
    with subprocess.Popen([first, "sleep", "60"]) as node:
        monkeypatch.setattr(wire, "home", lambda pid: "node" if pid == node.pid else pid)
        try:
            until(lambda: wire.waiting([node.pid]) == [node.pid], "the node to wait", within=5)
            wire.release(os.getpid())
            until(lambda: b"sleep" in begun_by(node.pid) and sleeps(node.pid), "the service", within=5)
            assert wire.waiting([node.pid]) == []
            if name == "serve":
                node.send_signal(signal.SIGUSR1)
                until(lambda: wire.waiting([node.pid]) == [node.pid], "the node to wait again", within=5)
        finally:
            node.kill()


def test_a_process_that_is_gone_is_a_task_that_failed(wire: ModuleType) -> None:
    answer = wire.answer_to([{"do": "ip", "pid": 2**30, "batch": []}])
    assert answer["task"] == 0
    assert "No such file" in answer["failed"]


def test_a_released_node_reads_a_line(wire: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fifo = root / "released"
    os.mkfifo(fifo)
    monkeypatch.setattr(wire, "RELEASED", str(fifo)[1:])
    said: list[str] = []
    node = threading.Thread(target=lambda: said.append(fifo.read_text()))
    node.start()
    wire.release(os.getpid())
    node.join(5)
    assert said == ["go\n"]


def test_a_node_that_never_waits_for_its_wires_is_told(
    wire: ModuleType, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fifo = root / "released"
    os.mkfifo(fifo)
    monkeypatch.setattr(wire, "RELEASED", str(fifo)[1:])
    monkeypatch.setattr(wire, "PATIENCE", 0.01)
    with pytest.raises(wire.Failed, match="does not wait for its wires"):
        wire.release(os.getpid())


@pytest.fixture
def service() -> Iterator[int]:
    """Serve a greeting in two pieces on a TCP port; give the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            taken, _ = server.accept()
            with taken:
                asked = taken.recv(100)
                taken.sendall(b"you said ")
                taken.sendall(asked)
                taken.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(5)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_an_answer_is_read_until_it_fits(program: Load, service: int) -> None:
    fits, said = program("asking.py").answer("tcp", service, text(b"hello"), text(b"said.hello"))
    assert (fits, said) == (True, b"you said hello")


def test_an_answer_that_does_not_fit_is_told(program: Load, service: int, monkeypatch: pytest.MonkeyPatch) -> None:
    asking = program("asking.py")
    monkeypatch.setattr(asking, "PATIENCE", 0.05)
    assert asking.answer("tcp", service, text(b"hello"), text(b"never")) == (False, b"you said hello")


def test_where_nobody_answers_the_reason_is_told(program: Load) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        fits, said = program("asking.py").answer("tcp", nobody.getsockname()[1], text(b"hello"), text(b"refused"))
    assert not fits
    assert b"refused" in said


class Pieces:
    """What the tap writes, as the reader gets it."""

    def __init__(self, header: struct.Struct) -> None:
        port, frame, mark = b"p1", b"\x02" * 60, json.dumps({"packets": 9, "drops": 4}).encode()
        self.data = b"".join(
            [
                header.pack(b"P", 0, 7, 0, len(port)) + port,
                header.pack(b"F", 1, 7, 1_700_000_000_000_000_001, len(frame)) + frame,
                header.pack(b"F", 0, 9, 2, 0),
                header.pack(b"M", 0, 3, 0, len(mark)) + mark,
            ]
        )


@pytest.mark.parametrize("length", [1, 2, 17, 18, 19, 500])
def test_the_reader_understands_the_tap_however_its_bytes_are_cut(program: Load, length: int) -> None:
    data = Pieces(program("tap").HEADER).data
    records = Records()
    seen = [record for at in range(0, len(data), length) for record in records.feed(data[at : at + length])]
    known, unknown, mark = seen
    assert (known.port, known.outgoing, known.time_ns, known.data) == (
        "p1",
        True,
        1_700_000_000_000_000_001,
        b"\x02" * 60,
    )
    assert (unknown.port, unknown.outgoing, unknown.data) == ("", False, b"")
    assert mark == Mark(3, 4)


class Statistics:
    """The part of the ring that a mark needs."""

    def statistics(self) -> dict[str, int]:
        return {"packets": 5, "drops": 1}


class Obstacle:
    """What holds frames up, until it is told that it does no more."""

    def __init__(self) -> None:
        self.drops, self.awaited, self.holds = 0, False, True

    def __bool__(self) -> bool:
        return False

    def hold(self) -> None:
        self.awaited = True

    def are_out(self) -> bool:
        self.awaited = self.holds
        return not self.holds


@pytest.fixture
def at_a_mark(program: Load) -> tuple[ModuleType, Any]:
    """Return the tap's program and a tap whose markers for mark 3 are on their way, in its fifth round."""
    module = program("tap")
    tap = object.__new__(module.Tap)  # without its sockets, which need a right
    tap.ring, tap.whose, tap.cpus, tap.obstacles = Statistics(), b"12345678", {0, 1}, Obstacle()
    tap.marks, tap.round, tap.missing, tap.legs = deque([3]), 5, {0, 1}, 0
    tap.send_markers = lambda: None
    return module, tap


@pytest.fixture
def come_round(at_a_mark: tuple[ModuleType, Any]) -> Callable[..., list[Seen | Mark]]:
    """Let a marker come round, and return what the tap says to it."""
    module, tap = at_a_mark

    def comes(number: int, cpu: int, whose: bytes = b"12345678") -> list[Seen | Mark]:
        tap.out = io.BytesIO()
        tap.see_marker(module.MARKER.pack(module.MARKER_TYPE, whose, number, cpu), 0)
        return Records().feed(tap.out.getvalue())

    return comes


def test_a_mark_is_told_when_the_markers_of_all_processors_have_come_round(
    come_round: Callable[..., list[Seen | Mark]],
) -> None:
    assert come_round(5, 1) == []
    assert come_round(4, 0) == []
    assert come_round(5, 0, whose=b"another.") == []
    assert come_round(5, 0) == [Mark(3, 1)]


def test_a_mark_waits_for_what_is_held_up_on_its_way_as_often_as_a_frame_can_be(
    at_a_mark: tuple[ModuleType, Any], come_round: Callable[..., list[Seen | Mark]]
) -> None:
    module, tap = at_a_mark
    tap.legs = module.LEGS
    for number in range(5, 5 + module.LEGS):
        assert [come_round(number, cpu) for cpu in (0, 1)] == [[], []]
        tap.go_on()
        assert tap.round == number  # something is still on its way
        tap.obstacles.holds = False
        tap.go_on()
        assert tap.round == number + 1
        assert come_round(number, 0) == []  # a marker of the round before that was sent twice
        tap.obstacles.holds = True
    assert [come_round(5 + module.LEGS, cpu) for cpu in (0, 1)] == [[], [Mark(3, 1)]]


def test_marks_that_are_asked_for_at_once_are_told_one_after_the_other(
    at_a_mark: tuple[ModuleType, Any], come_round: Callable[..., list[Seen | Mark]]
) -> None:
    _, tap = at_a_mark
    tap.ask(4)
    assert [come_round(5, cpu) for cpu in (0, 1)] == [[], [Mark(3, 1)]]
    assert [come_round(6, cpu) for cpu in (0, 1)] == [[], [Mark(4, 1)]]


def test_what_the_program_that_delays_has_lost_counts(
    at_a_mark: tuple[ModuleType, Any], come_round: Callable[..., list[Seen | Mark]]
) -> None:
    at_a_mark[1].obstacles.drops = 7
    come_round(5, 0)
    assert come_round(5, 1) == [Mark(3, 8)]
