"""A lab that nobody uses is silent: not one frame in ten seconds, so that every frame of a story is the story's."""

import pytest
from scapy.layers.inet import IP, UDP

from tests.live.conftest import TOPOLOGIES, somebody

pytestmark = pytest.mark.docker

SECONDS = 10
MDNS = 5353


@pytest.fixture(scope="module")
def lab(labs):
    return labs("home-lan")


def ten_seconds(lab):
    """Let time pass in a node, where it makes no frame, and return what was seen meanwhile."""
    with lab.recording() as recording:
        somebody(lab).run("sleep", str(SECONDS))
    return recording.capture


def is_printers_announcement(frame):
    packet = frame.packet
    is_mdns = packet.haslayer(UDP) and packet[UDP].dport == packet[UDP].sport == MDNS
    is_igmp = packet.haslayer(IP) and packet[IP].proto == 2
    return frame.port.node == "printer" and (is_mdns or is_igmp)


def test_after_coming_up_only_the_printer_announces_itself(lab):
    first = ten_seconds(lab)
    assert [str(frame) for frame in first if not is_printers_announcement(frame)] == []


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_then_there_is_silence(labs, topology):
    assert [str(frame) for frame in ten_seconds(labs(topology))] == []


def test_after_traffic_there_is_silence_again(lab):
    with lab.recording() as traffic:
        lab["victim"].run("curl", "--silent", "http://python.org/")
        lab["attacker"].ping(lab["printer"])
    assert len(traffic.capture) > 20
    assert [str(frame) for frame in ten_seconds(lab)] == []
