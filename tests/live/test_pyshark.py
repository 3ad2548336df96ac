"""pyshark reads the wires of a running lab from `./invoke capture`, as its LiveCapture reads an interface."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("pyshark")
pytestmark = [
    pytest.mark.docker,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here"),
]

ROOT = Path(__file__).parents[2]
OURS = os.environ | {"LOGNAME": f"pyshark-{os.getpid()}"}
CLI = [sys.executable, "-m", "lab.cli"]


def told(*words):
    """Say something to the command line, to its end."""
    subprocess.run([*CLI, *words], cwd=ROOT, env=OURS, check=True, capture_output=True)


@pytest.fixture
def capturing():
    """Bring a home LAN up, and give the pipe into which its frames are captured."""
    try:
        told("up", "topology=home-lan")
        with subprocess.Popen([*CLI, "capture"], cwd=ROOT, env=OURS, stdout=subprocess.PIPE) as running:
            yield running.stdout
            running.terminate()
    finally:
        told("clean")


def test_frames_are_read_as_they_come_from_the_port_that_sent_them(capturing):
    from pyshark.capture.capture import StopCapture
    from pyshark.capture.pipe_capture import PipeCapture

    seen = []

    def takes(packet):
        seen.append((packet.frame_info.interface_name, packet.icmp.type))
        if len(seen) == 4:
            raise StopCapture

    capture = PipeCapture(pipe=os.dup(capturing.fileno()), display_filter="icmp")
    pinging = subprocess.Popen(
        [*CLI, "exec", "node=victim", "--", "ping", "-n", "-c", "20", "-i", "0.2", "192.168.1.1"],
        cwd=ROOT,
        env=OURS,
        stdout=subprocess.DEVNULL,
    )
    with pinging:
        capture.apply_on_packets(takes, timeout=60)
        pinging.wait()
    assert seen == [("victim:lan", "8"), ("router:lan", "0")] * 2
