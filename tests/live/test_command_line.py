"""The command line as a user meets it: every verb of a lab's life, its words and its exit codes."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import docker
import pytest
from scapy.layers.inet import ICMP

from lab.capture import Capture
from lab.engine import discovery
from lab.progress import Nobody
from lab.waiting import until

ROOT = Path(__file__).parents[2]
OWNER = f"tester-{os.getpid()}"
"""A user of its own, so that `clean` finds nothing of anybody else's."""

pytestmark = pytest.mark.docker


def started(*words, **streams):
    argv = [sys.executable, "-m", "lab.cli", *words]
    return subprocess.Popen(argv, cwd=ROOT, env=os.environ | {"LOGNAME": OWNER}, text=True, **streams)


def said(*words, expect=0):
    with started(*words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as verb:
        out, errors = verb.communicate(timeout=120)
    assert verb.returncode == expect, errors + out
    return out + errors


@pytest.fixture(scope="module", autouse=True)
def tidy():
    yield
    said("clean")


@pytest.fixture(scope="module")
def lab():
    """The home LAN, up under its own name."""
    return said("up", "topology=home-lan")


def test_without_a_lab_status_says_so():
    assert "No lab is running" in said("status")


def test_up_ends_with_the_nodes_and_what_to_try_next(lab):
    assert "DNS on port 53" in lab
    assert "./invoke run scenario=" in lab


def test_up_again_changes_nothing_and_says_so(lab):
    assert "nothing was changed" in said("up", "home-lan")


def test_status_knows_what_answers(lab):
    out = said("status")
    assert out.count("answers") == 3
    assert "198.18.2.80" in out


def test_list_names_topologies_scenarios_and_labs(lab):
    out = said("list")
    assert "arp-poisoning" in out
    assert "home-lan (home-lan, ready)" in out


def test_exec_passes_output_and_exit_code_on(lab):
    assert said("exec", "node=victim", "--", "sh", "-c", "echo 'it says'; exit 7", expect=7) == "it says\n"


def test_exec_passes_input_on(lab):
    argv = [sys.executable, "-m", "lab.cli", "exec", "node=victim", "--", "rev"]
    done = subprocess.run(
        argv, input="abc\n", capture_output=True, text=True, cwd=ROOT, env=os.environ | {"LOGNAME": OWNER}, check=True
    )
    assert done.stdout == "cba\n"


def test_an_unknown_node_is_answered_with_those_that_there_are(lab):
    assert "it has attacker, dns" in said("exec", "node=victor", "--", "true", expect=2)


def test_an_unknown_scenario_is_answered_with_the_nearest(lab):
    assert "did you mean 'dns'?" in said("run", "scenario=dnss", expect=2)


def test_run_tells_the_story_and_keeps_its_evidence(lab):
    out = said("run", "scenario=arp-poisoning")
    assert "The attacker answers for the router's address" in out
    assert "All 13 proofs passed" in out
    folder = ROOT / re.search(r"The evidence is in (\S+);", out)[1]
    assert {file.name for file in folder.iterdir()} == {
        "capture.pcapng",
        "ladder.txt",
        "report.html",
        "result.json",
        "topology.yml",
    }
    assert "LIE: 192.168.1.1 is router's" in (folder / "ladder.txt").read_text()


def test_a_capture_streams_frames_while_they_come(lab, tmp_path):
    file = tmp_path / "x.pcapng"
    with started("capture", f"file={file}", stderr=subprocess.PIPE) as capture:
        # the first bytes are the file's head, written when the tap is at work
        until(lambda: file.exists() and file.stat().st_size, "the capture's head", within=20)
        said("exec", "node=victim", "--", "ping", "-c", "1", "192.168.1.53")
        until(lambda: len(Capture.load(file)) >= 4, "the frames of a ping", within=10)
        capture.send_signal(signal.SIGINT)
        assert capture.wait(20) == 0
    assert {frame.port.node for frame in Capture.load(file)} >= {"victim", "dns"}  # the printer may announce itself
    assert ICMP(type="echo-reply") in Capture.load(file).sent_by("dns")


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")
def test_pyshark_reads_a_capture_that_is_a_pipe_as_frames_come(lab, pyshark):
    from pyshark.capture.capture import StopCapture
    from pyshark.capture.pipe_capture import PipeCapture

    seen = []

    def takes(packet):
        seen.append((packet.frame_info.interface_name, packet.icmp.type))
        if len(seen) == 4:
            raise StopCapture

    with started("capture", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as capturing:
        ping = "ping", "-n", "-c", "20", "-i", "0.2", "192.168.1.53"
        with started("exec", "node=victim", "--", *ping, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            pipe = os.dup(capturing.stdout.fileno())
            PipeCapture(pipe=pipe, display_filter="icmp").apply_on_packets(takes, timeout=60)
        capturing.send_signal(signal.SIGINT)
        capturing.wait(20)
    assert seen == [("victim:lan", "8"), ("dns:lan", "0")] * 2


def test_with_several_labs_one_has_to_be_named(lab):
    said("up", "topology=home-lan", "name=second")
    out = said("status", expect=2)
    assert "name=home-lan" in out
    assert "name=second" in out
    assert "second" in said("status", "name=second")
    said("down", "name=second")


def test_another_topology_under_the_same_name_is_refused(lab, tmp_path):
    other = tmp_path / "other.yml"
    other.write_text((ROOT / "topologies/home-lan.yml").read_text().replace("name: home-lan", "name: other"))
    assert "of the topology 'home-lan'; take it down" in said("up", f"topology={other}", "name=home-lan", expect=2)


def test_a_topology_that_changed_says_what_is_changed(lab, tmp_path):
    said("up", "topology=home-lan", "name=changing")
    other = tmp_path / "home-lan.yml"
    other.write_text((ROOT / "topologies/home-lan.yml").read_text().replace("lan: 23", "lan: 24"))
    out = said("up", f"topology={other}", "name=changing")
    assert "victim: its links changed; made anew" in out
    assert "unchanged: router" in out
    assert "Up after" in out
    said("down", "name=changing")


def test_four_labs_of_one_file_come_up_from_four_processes_and_clean_leaves_nothing(lab):
    ups = [
        started("up", "topology=home-lan", f"name=lab{n}", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for n in range(4)
    ]
    for one in ups:
        out, _ = one.communicate(timeout=120)
        assert one.returncode == 0, out
    engine = discovery.connect(Nobody())
    assert len(ours(engine)) == 5 * 8
    said("clean")
    assert ours(engine) == []


def ours(engine: docker.DockerClient):
    return engine.containers.list(all=True, filters={"label": f"wiretale.owner={OWNER}"})
