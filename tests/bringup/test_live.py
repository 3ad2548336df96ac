"""Labs on the Docker engine: clients that are killed, neighbours at the same time, true frames, nothing left behind."""

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, TCP

from lab.bringup import Found, State, down, find, labs
from lab.engine.docker import DockerEngine
from lab.engine.protocol import Session
from lab.errors import EngineError
from lab.instance import LAB, OWNER, Instance
from lab.kinds.kind import File, Setup
from lab.progress import Nobody
from lab.running import Lab, entered
from lab.tap import Mark, Tap, tapping
from lab.upkeep import up
from lab.waiting import until
from tests.bringup.small import ASKED, SETUPS, blueprint, small_plan
from tests.engine.real import docker_engine, node_image

pytestmark = pytest.mark.docker

PROJECT = Path(__file__).parents[2]
SOON = 15.0
LONGEST_FRAME = 1514  # an MTU of 1500 and the Ethernet header
_names = count(1)


@pytest.fixture(scope="module")
def engine() -> DockerEngine:
    return docker_engine()


@pytest.fixture(scope="module")
def owner(engine: DockerEngine) -> Iterator[str]:
    """Be somebody whose labs are no one else's, and leave none of them."""
    owner = f"test{os.getpid()}"
    try:
        yield owner
    finally:
        for found in labs(engine, owner):
            down(engine, found)


@pytest.fixture
def instance(owner: str) -> Instance:
    return Instance(owner, f"lab{next(_names)}")


BIG = Setup(
    command=SETUPS["web"].command,
    files=(File("/srv/pages/index.html", "hello\n"), File("/srv/pages/big", "0123456789" * 100_000)),
    ready=(ASKED,),
)
PLAN = small_plan(web=BIG)


@pytest.fixture(scope="module")
def found(engine: DockerEngine, owner: str) -> Iterator[Found]:
    """Give a lab that stays up for the tests that change nothing in it."""
    instance = Instance(owner, "kept")
    up(engine, instance, blueprint(node_image(), plan=PLAN), Nobody())
    found = find(engine, instance)
    yield found
    down(engine, found)


@pytest.fixture
def lab(engine: DockerEngine, found: Found) -> Iterator[Lab]:
    with entered(engine, found, PLAN, Nobody()) as lab:
        yield lab


@contextmanager
def client(verb: str, instance: Instance) -> Iterator[subprocess.Popen[str]]:
    """Hold a client process."""
    argv = [sys.executable, "-m", "tests.bringup.client", verb, instance.owner, instance.name]
    pipe = subprocess.PIPE
    with subprocess.Popen(argv, cwd=PROJECT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def reached(process: subprocess.Popen[str], step: str, later: float) -> None:
    """Wait until a client has begun a step, and for some seconds more."""
    assert f"{step}\n" in iter(process.stdout.readline, "")
    passed(later)


def passed(seconds: float) -> None:
    moment = time.monotonic() + seconds
    until(lambda: time.monotonic() >= moment, "the moment", within=SOON)


def commands() -> str:
    """Return the command lines of all processes of this machine."""
    return "\n".join(_command(process) for process in Path("/proc").iterdir() if process.name.isdigit())


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:  # it has ended
        return ""


def is_all_gone(engine: DockerEngine, instance: Instance, ids: set[str]) -> bool:
    """Tell whether neither containers nor processes are left; a shim outlives its container by up to a second."""
    running = commands()
    return find(engine, instance).state is State.NOTHING and not any(one in running for one in ids)


@pytest.mark.parametrize(
    ("step", "later"),
    [("containers", 0.0), ("containers", 0.05), ("containers", 0.15), ("wires", 0.0), ("services", 0.0)],
)
def test_a_client_that_is_killed_leaves_only_what_the_next_up_removes(
    engine: DockerEngine, instance: Instance, step: str, later: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.bringup.STARTS_WITHIN", 2.0)
    with client("up", instance) as process:
        reached(process, step, later)
        process.send_signal(signal.SIGKILL)
    ours = [one for one in engine.containers({}) if one.name.startswith(instance.container(""))]
    assert all((one.labels[OWNER], one.labels[LAB]) == (instance.owner, instance.name) for one in ours)
    assert ours
    assert up(engine, instance, blueprint(node_image()), Nobody())
    whole = find(engine, instance)
    assert whole.state is State.READY
    down(engine, whole)
    ids = {one.id for one in (*ours, *whole.containers)}
    until(lambda: is_all_gone(engine, instance, ids), "the end of all that was made", within=SOON)


@pytest.mark.parametrize(
    ("step", "later"), [("containers", 0.0), ("containers", 0.1), ("wires", 0.0), ("services", 0.0)]
)
def test_a_client_that_is_interrupted_twice_leaves_nothing(
    engine: DockerEngine, instance: Instance, step: str, later: float
) -> None:
    with client("up", instance) as process:
        reached(process, step, later)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            passed(0.02)
        assert process.wait(SOON) != 0
    assert find(engine, instance).state is State.NOTHING


def test_eight_clients_bring_up_eight_labs_at_once(engine: DockerEngine, owner: str) -> None:
    instances = [Instance(owner, f"of-eight-{number}") for number in range(8)]

    def brought_up(instance: Instance) -> str:
        with client("up", instance) as process:
            return process.communicate()[0]

    with ThreadPoolExecutor(8) as pool:
        assert [said.splitlines()[-1] for said in pool.map(brought_up, instances)] == ["done"] * 8
        there = [find(engine, instance) for instance in instances]
        assert {one.state for one in there} == {State.READY}
        pings = pool.map(lambda it: engine.run(it.container("a"), ["ping", "-c1", "-W2", "10.0.0.2"]), instances)
        assert [done.exit_code for done in pings] == [0] * 8
        list(pool.map(lambda one: down(engine, one), there))
    assert {find(engine, instance).state for instance in instances} == {State.NOTHING}


def test_a_node_that_dies_is_named_with_its_last_words(engine: DockerEngine, instance: Instance) -> None:
    service = replace(SETUPS["web"], command=("sh", "-c", "echo cannot read the zone; exit 1"))
    with pytest.raises(EngineError, match=r"(?s)'web' died.*cannot read the zone"):
        up(engine, instance, blueprint(node_image(), plan=small_plan(web=service)), Nobody())
    assert find(engine, instance).state is State.NOTHING


def test_a_wire_that_cannot_be_laid_is_told(engine: DockerEngine, instance: Instance) -> None:
    with pytest.raises(EngineError, match="could not do 'firewall'"):
        up(engine, instance, blueprint(node_image(), plan=small_plan(a=Setup(firewall="no such word"))), Nobody())
    assert find(engine, instance).state is State.NOTHING


def test_a_node_is_furnished_as_planned(lab: Lab) -> None:
    a = lab["a"]
    assert a.run("cat", "/etc/resolv.conf").stdout == "# no resolver in reach\n"
    assert a.run("cat", "/etc/hosts").stdout.splitlines()[-1] == "10.0.0.1 a"
    assert '"node": "a"' in a.run("cat", "/run/wiretale/lab.json").stdout
    assert a.run("ls", "/sys/class/net").stdout.split() == ["lan", "lo"]
    assert a.run("cat", "/sys/class/net/lan/address").stdout == a.mac + "\n"


def test_a_service_runs_as_its_user_and_answers(lab: Lab) -> None:
    assert lab["web"].run("id", "-un").stdout == "nobody\n"
    assert lab["a"].run("curl", "-s", f"http://{lab['web'].ip}/").stdout == "hello\n"


def test_a_ping_is_seen_once_with_its_true_ports(lab: Lab) -> None:
    lab.forget()
    with lab.recording() as seen:
        lab["a"].ping(lab["b"])
    ways = [
        (frame.port.node, {port.node for port in frame.delivered})
        for frame in seen.capture
        if IP in frame.packet or frame.packet.type == 0x0806
    ]
    everybody_else = {"b", "web"}  # a broadcast goes to all; then the switch knows who is where
    assert ways == [("a", everybody_else), ("b", {"a"}), ("a", {"b"}), ("b", {"a"})]
    assert ICMP(type="echo-request") in seen.capture.sent_by("a")


def test_a_node_knows_its_neighbours_until_all_is_forgotten(lab: Lab) -> None:
    lab["a"].ping(lab["b"])
    assert lab["a"].neighbours()[lab["b"].ip] == lab["b"].mac
    lab.forget()
    assert lab["a"].neighbours() == {}


def sum16(data: bytes) -> int:
    """Return the Internet checksum of RFC 1071 before its complement; 0xFFFF when a right checksum is inside."""
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def is_true(ip: IP) -> bool:
    """Tell whether the checksum of a TCP segment fits, pseudo header included (RFC 9293 section 3.1)."""
    segment = bytes(ip)[ip.ihl * 4 : ip.len]
    pseudo = bytes(ip)[12:20] + struct.pack("!HH", 6, len(segment))
    return sum16(pseudo + segment) == 0xFFFF


def test_frames_are_real_ones_no_larger_than_a_wire_carries_with_checksums_that_fit(lab: Lab) -> None:
    with lab.recording() as seen:
        lab["a"].run("curl", "-s", "-o", "/dev/null", f"http://{lab['web'].ip}/big")
    segments = [frame.packet[IP] for frame in seen.capture if TCP in frame.packet]
    assert sum(len(segment[TCP].payload) for segment in segments if segment.src == lab["web"].ip) > 1_000_000
    assert max(len(frame.data) for frame in seen.capture) == LONGEST_FRAME
    assert all(is_true(segment) for segment in segments)


FLOOD = """
import socket, sys
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("lan", 0))
frames, length = int(sys.argv[1]), int(sys.argv[2])
for number in range(1, frames + 1):
    frame = b"\\xff" * 6 + wire.getsockname()[4] + b"\\x88\\xb6" + number.to_bytes(4, "big")
    wire.send(frame.ljust(length, b"x"))
    if number % 1000 == 0:
        print(number, flush=True)
"""
FLOODS = 20_000


@contextmanager
def flooding(engine: DockerEngine, found: Found, length: int) -> Iterator[Session]:
    """Have node a send FLOODS broadcasts; it prints how many it has sent, now and then."""
    argv = ["python3", "-c", FLOOD, str(FLOODS), str(length)]
    with engine.open(found.nodes["a"].name, argv) as program:
        yield program


class Counted:
    """How many frames of the flood the tap has told so far: those that entered (False) and that left (True)."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self.seen: Counter[bool] = Counter()
        self.drops = 0

    def proven(self) -> "Counted":
        """Ask for a mark, and count what comes up to it, and what comes in one piece with it."""
        number, there = self._tap.mark(), False
        while not there:
            for record in self._tap.read():
                if isinstance(record, Mark):
                    self.drops, there = record.drops, record.number == number
                else:
                    self.seen[record.outgoing] += record.data[12:14] == b"\x88\xb6"
        return self


def test_a_mark_comes_behind_every_frame_that_was_sent_before_it(engine: DockerEngine, found: Found) -> None:
    sent = 0
    with tapping(engine, found.instance) as tap:
        counted = Counted(tap).proven()
        with flooding(engine, found, length=64) as flood:
            while said := flood.read():
                sent = int(said.split()[-1])
                counted.proven()
                assert counted.seen[False] + counted.drops >= sent
        counted.proven()
    assert sent == FLOODS
    assert counted.drops or counted.seen == {False: FLOODS, True: 2 * FLOODS}


def test_what_nobody_reads_is_dropped_and_counted(engine: DockerEngine, found: Found) -> None:
    with tapping(engine, found.instance) as tap:
        counted = Counted(tap).proven()
        with flooding(engine, found, length=1400) as flood:
            flood.finish()
        counted.proven()
    assert counted.seen[False] < FLOODS
    assert counted.drops > 0


def taps(engine: DockerEngine, found: Found) -> int:
    listed = engine.run(found.instance.switch, ["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'"]).stdout
    return listed.splitlines().count("/usr/lib/wiretale/tap")


@pytest.mark.parametrize("flooded", [False, True], ids=["in-silence", "in-a-flood"])
def test_a_tap_ends_with_its_client(engine: DockerEngine, found: Found, flooded: bool) -> None:
    with client("tap", found.instance) as process:
        reached(process, "done", 0)
        until(lambda: taps(engine, found) == 1, "the tap to run", within=SOON)
        if flooded:
            with flooding(engine, found, length=1400) as flood:
                flood.finish()
        process.send_signal(signal.SIGKILL)
    until(lambda: taps(engine, found) == 0, "the end of the tap", within=SOON)


def test_who_leaves_a_lab_leaves_no_thread_and_no_program(engine: DockerEngine, found: Found) -> None:
    before = set(threading.enumerate())
    with entered(engine, found, PLAN, Nobody()):
        assert set(threading.enumerate()) > before
    until(lambda: set(threading.enumerate()) <= before, "the end of all threads", within=SOON)
    until(lambda: not taps(engine, found), "the end of the tap", within=SOON)
    assert len(find(engine, found.instance).containers) == 4


def test_a_lab_that_runs_is_found_as_it_was_made(engine: DockerEngine, found: Found) -> None:
    assert not up(engine, found.instance, blueprint(node_image(), plan=PLAN), Nobody())
