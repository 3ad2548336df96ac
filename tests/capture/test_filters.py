"""The table of docs/captures.md: a display filter, a capture filter and a pattern keep the same frames."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from lab.capture.patterns import matches
from lab.evidence import load_told

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "scenarios/recorded/surfing"
CAPTURE = RECORDED / "capture.pcapng"
ROW = re.compile(r"^\| ([^|]+) \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", re.MULTILINE)
ROWS = ROW.findall((ROOT / "docs/captures.md").read_text())
WORDS = {layer.__name__: layer for layer in (ARP, Ether, IP, TCP, UDP)}


@pytest.fixture(scope="module")
def frames():
    """All frames of the story."""
    return [frame for act in load_told(RECORDED) for frame in act.capture]


@pytest.fixture
def kept(frames, pattern):
    """The frames that a pattern keeps; there is none in the table that keeps nothing, or everything."""
    found = [frame for frame in frames if matches(eval(pattern, WORDS), frame.packet)]
    assert 0 < len(found) < len(frames)
    return found


def lines(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_the_table_has_its_rows():
    assert len(ROWS) == 7


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")
@pytest.mark.parametrize(("what", "display", "_", "pattern"), ROWS, ids=[row[0] for row in ROWS])
def test_a_display_filter_keeps_what_a_pattern_keeps(kept, what, display, _, pattern):
    told = lines("tshark", "-r", CAPTURE, "-Y", display, "-T", "fields", "-e", "frame.number")
    assert [int(line) for line in told] == [frame.number for frame in kept]


@pytest.mark.skipif(shutil.which("tcpdump") is None, reason="tcpdump is not here")
@pytest.mark.parametrize(("what", "_", "asked", "pattern"), ROWS, ids=[row[0] for row in ROWS])
def test_a_capture_filter_keeps_what_a_pattern_keeps(kept, what, _, asked, pattern):
    told = lines("tcpdump", "-tt", "--nano", "-n", "-r", CAPTURE, asked)
    times = [line.split(" ")[0] for line in told if re.match(r"\d+\.\d{9} ", line)]
    assert times == [f"{frame.time_ns // 10**9}.{frame.time_ns % 10**9:09}" for frame in kept]
