"""Labs with delay come up, are repaired and changed, and leave nothing, whoever delays: the kernel or a program."""

import os
from pathlib import Path

import pytest
from scapy.layers.inet import UDP
from scapy.packet import Raw

from lab import wiring
from lab.bringup import State
from lab.client import Client
from lab.engine import discovery
from lab.engine.docker import DockerEngine
from lab.errors import EngineError
from lab.instance import Instance
from lab.progress import Nobody
from lab.waiting import until
from lab.wirer import Wirer, wirer
from tests.bringup.bench import Ear

pytestmark = pytest.mark.docker

OWNER = f"long-{os.getpid()}"
TEXT = """
name: long
networks: {lan: 10.0.1.0/24}
nodes:
  near: {kind: host, links: {lan: 1}}
  far: {kind: host, links: {lan: {host: 2, delay: 20ms}}}
"""
TRIES_NETEM = wiring.tries_qdisc("netem")
PROGRAM = "/usr/lib/wiretale/delays"
SOON = 15.0


@pytest.fixture(scope="module")
def ear():
    return Ear()


@pytest.fixture(scope="module")
def client(ear):
    client = Client.connected(ear)
    client.owner = OWNER
    yield client
    client.clean()


@pytest.fixture(scope="module")
def engine():
    return DockerEngine(discovery.connect(Nobody()))


@pytest.fixture
def up(client, tmp_path):
    """Bring the lab up, with other words in its text."""

    def up(*changes):
        text = TEXT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        file = tmp_path / "long.yml"
        file.write_text(text)
        return client.up(str(file))

    return up


@pytest.fixture(scope="module")
def lacks(client, engine):
    """Say why the kernel cannot delay, or nothing."""
    with wirer(engine, Instance(OWNER, "trial"), client._image(())) as hands:
        return hands.asked(TRIES_NETEM)[0]


def milliseconds(engine, found):
    """Return how long a ping from far to near takes."""
    out = engine.run(found.nodes["far"].name, ["ping", "-n", "-c", "1", "-W", "5", "10.0.1.1"]).stdout
    return float(out.split("time=")[1].split()[0])


def programs(engine, found):
    """Return the words of all programs in the switch."""
    return engine.run(found.instance.switch, ["sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' '\\n'"]).stdout.split()


def processes():
    """Return the ids of all processes of this machine that delay frames for somebody."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if PROGRAM in (folder / "cmdline").read_text():
                found.add(int(folder.name))
        except OSError:  # it has ended
            continue
    return found


def test_a_program_delays_only_where_the_kernel_cannot(up, engine, lacks):
    found, _ = up()
    assert (PROGRAM in programs(engine, found)) is bool(lacks)
    assert milliseconds(engine, found) >= 40


def held_by_tbf(wires):
    """Return slow queues in the places where the kernel's delays are: any kernel for labs has these."""
    names = [name for wire in wires for name in (wire.port, wire.helper)]
    return [f"qdisc add dev {name} root tbf rate 200kbit burst 1518 limit 262144" for name in names]


@pytest.fixture
def in_the_kernel(monkeypatch):
    """Have the kernel hold frames on long wires, by queues that it has, where it may lack those that delay."""
    asked = Wirer.asked
    monkeypatch.setattr(Wirer, "asked", lambda hands, job: [""] if job == TRIES_NETEM else asked(hands, job))
    monkeypatch.setattr("lab.impairments.netems", held_by_tbf)


SENDS = """
import socket
wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(10):
    wire.sendto(bytes([number] * 1000), (ADDRESS, 9))
"""


@pytest.mark.parametrize(("sender", "receiver"), [("near", "far"), ("far", "near")])
def test_a_hub_in_the_kernel_carries_frames_as_the_program_does(client, up, in_the_kernel, sender, receiver):
    client.clean()
    found, _ = up()
    with client.entered(found) as lab:
        assert PROGRAM not in programs(lab._engine, found)
        lab[sender].ping(lab[receiver])
        with lab.recording() as seen:
            lab[sender].run("python3", "-c", SENDS.replace("ADDRESS", repr(lab[receiver].ip)))
        sent = [frame for frame in seen.capture if UDP in frame.packet]
        assert [(frame.port.node, [port.node for port in frame.delivered]) for frame in sent] == [
            (sender, [receiver])
        ] * 10
        assert [bytes(frame.packet[Raw])[0] for frame in sent] == list(range(10))
        assert seen.capture.window.unmatched == 0
        with lab["far"].unplugged():
            assert lab["near"].ping(lab["far"]).exit_code
    client.down(found)


def test_a_lab_without_delay_has_no_such_program(up, engine):
    found, _ = up(("{host: 2, delay: 20ms}", "2"))
    assert PROGRAM not in programs(engine, found)
    assert milliseconds(engine, found) < 20


def test_up_again_changes_nothing(up):
    up()
    assert not up()[1]


def test_a_node_that_died_gets_its_long_wire_again(up, engine):
    found, _ = up()
    engine.remove(found.nodes["far"].id)
    found, changes = up()
    assert list(changes.lines) == ["far: it was not there; made", "unchanged: near"]
    assert milliseconds(engine, found) >= 40


def test_a_switch_that_died_is_replaced_and_its_long_wires_with_it(up, engine):
    found, _ = up()
    engine.signal(found.instance.switch, "KILL")
    until(lambda: engine.container(found.instance.switch).state == "exited", "the end of the switch", SOON)
    found, changes = up()
    assert list(changes.lines) == ["wires: the switch had died; laid anew", "unchanged: near, far"]
    assert milliseconds(engine, found) >= 40


def test_another_delay_lays_the_wires_anew_and_changes_no_node(up, engine):
    up()
    found, changes = up(("20ms", "60ms"))
    assert list(changes.lines) == ["wires: the topology changed; laid anew", "unchanged: near, far"]
    assert milliseconds(engine, found) >= 120


def test_down_leaves_nothing_at_work(up, client):
    before = processes()
    found, _ = up()
    ours = {Path(f"/proc/{one.pid}") for one in found.containers}
    client.down(found)
    until(lambda: not any(one.exists() for one in ours), "the end of all that was made", SOON)
    assert processes() <= before


def test_a_topology_may_refuse_the_program_and_then_needs_the_kernel(up, client, lacks):
    client.clean()
    refusing = ("networks:", "delays: kernel\nnetworks:")
    if not lacks:
        assert up(refusing)[0].state is State.READY
        return
    with pytest.raises(EngineError, match=r"cannot delay frames.*'delays: kernel'") as caught:
        up(refusing)
    assert caught.value.exit_code == 3
    assert [found for found in client.labs() if found.state is not State.NOTHING] == []
