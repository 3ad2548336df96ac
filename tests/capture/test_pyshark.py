"""pyshark, which has tshark take frames apart, counts what we count, in recorded evidence.

Needs tshark and the extra `pyshark`; without them these tests are skipped.
"""

import re
import shutil
from pathlib import Path

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import TCP, UDP
from scapy.layers.l2 import ARP

from lab.evidence import load_told
from lab.scenario import announced

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not here")

RECORDED = Path(__file__).parents[2] / "scenarios/recorded"
PAGE = Path(__file__).parents[2] / "docs/captures.md"


@pytest.fixture
def opened(pyshark):
    """Open the capture of a recorded story with pyshark: ``opened("dns", display_filter="dns")``.

    What is kept is read at once: pyshark 0.6 ends a tshark twice whose packets are read one by one, and may then take
    its end for a crash.
    """
    captures = []

    def open_(story, **more):
        captures.append(capture := pyshark.FileCapture(str(RECORDED / story / "capture.pcapng"), **more))
        if capture.keep_packets:
            capture.load_packets()
        return capture

    yield open_
    for capture in captures:
        capture.close()


def frames(story):
    return [frame for act in load_told(RECORDED / story) for frame in act.capture]


def port(packet):
    """Return the interface of a packet; where there is a comment, ``frame_info`` is that."""
    return (packet.frame if "frame" in packet else packet.frame_info).interface_name


@pytest.mark.parametrize("story", announced(RECORDED.parent))
def test_each_frame_is_there_once_with_the_port_that_sent_it(opened, story):
    seen = []
    opened(story, keep_packets=False).apply_on_packets(lambda packet: seen.append(port(packet)))
    assert seen == [str(frame.port) for frame in frames(story)]


@pytest.mark.parametrize(
    ("story", "shown", "layer"), [("dns", "dns || mdns", DNS), ("dns", "tcp", TCP), ("arp-poisoning", "arp", ARP)]
)
def test_a_display_filter_keeps_what_a_pattern_keeps(opened, story, shown, layer):
    capture = opened(story, display_filter=shown)
    ours = [frame.number for frame in frames(story) if frame.packet.haslayer(layer)]
    assert ours
    assert [int(packet.number) for packet in capture] == ours


def test_the_fields_of_an_answer_are_those_of_the_frame(opened):
    (answer, *_) = opened("dns", display_filter="dns.a")
    ours = frames("dns")[int(answer.number) - 1]
    assert answer.dns.a == ours.packet[DNS].an[0].rdata
    assert answer.highest_layer == "DNS"


def test_the_example_of_the_page_runs(pyshark, tmp_path, monkeypatch, capsys):
    (example,) = re.findall(r"```python\n(with pyshark.*?)```", PAGE.read_text(), re.DOTALL)
    shutil.copy(RECORDED / "dns/capture.pcapng", tmp_path)
    monkeypatch.chdir(tmp_path)
    exec(example, {"pyshark": pyshark})
    said = capsys.readouterr().out.splitlines()
    asked = [
        f"{frame.number} {frame.packet[DNS].qd[0].qname.decode()[:-1]}"
        for frame in frames("dns")
        if UDP in frame.packet and 53 in (frame.packet[UDP].sport, frame.packet[UDP].dport)
    ]
    assert said[: len(asked)] == asked
    assert len(said) == len(asked) + len(frames("dns"))


def test_packets_that_are_not_kept_are_not_there_afterwards(opened):
    came = []
    capture = opened("dns", keep_packets=False)
    capture.apply_on_packets(came.append)
    assert len(came) == len(frames("dns"))
    with pytest.raises(NotImplementedError):
        _ = capture[0]


@pytest.mark.xfail(
    strict=True, reason="pyshark 0.6 tells the first summary of each 64 bytes that it waits for, no more"
)
def test_summaries_are_as_many_as_frames(opened):
    assert len(list(opened("dns", only_summaries=True))) == len(frames("dns"))
