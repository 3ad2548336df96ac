"""Wires that reorder and duplicate the frames that a story has chosen, and no others."""

import pytest
from scapy.layers.inet import ICMP, UDP
from scapy.packet import Raw

from lab.errors import InputError
from lab.impairments import Chosen

pytestmark = pytest.mark.docker

TEXT = """
name: mixing
delays: program
networks: {lan: 10.0.1.0/24, far: 10.0.2.0/24}
nodes:
  ada: {kind: host, links: {lan: 2}}
  gate: {kind: router, links: {lan: {host: 1, delay: 5ms}, far: 1}}
  bob: {kind: host, links: {far: 2}}
"""
SENDS = """
import socket, sys
wire = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(6):
    wire.sendto(bytes([number]), (sys.argv[1], 9))
"""
TO_GATE = Chosen("gate", "udp", received=True, dport=9)
IN_ORDER = [0, 1, 2, 3, 4, 5]


@pytest.fixture(scope="module")
def lab(labs, tmp_path_factory):
    file = tmp_path_factory.mktemp("mixing") / "mixing.yml"
    file.write_text(TEXT)
    lab = labs(str(file))
    lab["ada"].ping(lab["bob"])
    return lab


def cards(lab, on="far", copies=0):
    """Send six numbers, and return those that were seen on a network, in their order."""
    with lab.recording() as seen:
        lab["ada"].run("python3", "-c", SENDS, lab["bob"].ip)
        seen.waits_for(UDP(dport=9), times=12 + copies)
    return [packet[Raw].load[0] for packet in seen.capture.on(on).only(UDP(dport=9))]


def test_one_is_passed_by_the_next_one(lab):
    with lab.reordering(Chosen("gate", "udp", nth=3, received=True, dport=9)):
        assert cards(lab) == [0, 1, 3, 2, 4, 5]


def test_one_comes_twice(lab):
    with lab.duplicating(Chosen("gate", "udp", nth=3, received=True, dport=9)):
        assert cards(lab, copies=1) == [0, 1, 2, 2, 3, 4, 5]


def test_they_left_in_their_order(lab):
    with lab.reordering(TO_GATE), lab.duplicating(Chosen("gate", "udp", nth=6, received=True)):
        assert cards(lab, on="lan", copies=1) == IN_ORDER


def test_when_the_block_has_ended_all_is_as_it_was(lab):
    with lab.reordering(TO_GATE), lab.duplicating(TO_GATE):
        pass
    assert cards(lab) == IN_ORDER


def test_one_that_none_has_passed_is_delivered_when_the_block_ends(lab):
    with lab.recording() as seen:
        with lab.reordering(Chosen("gate", "udp", nth=6, received=True)):
            lab["ada"].run("python3", "-c", SENDS, lab["bob"].ip)
        seen.waits_for(UDP(dport=9), times=12)
    assert [frame for frame in seen.capture if not frame.delivered] == []


def test_one_that_none_has_passed_is_waited_for_and_not_taken_for_lost(lab):
    with lab.reordering(Chosen("gate", "udp", nth=6, received=True)):
        assert cards(lab) == IN_ORDER


def test_what_a_node_sends_may_be_late_too(lab):
    with lab.reordering(Chosen("gate", "udp", nth=1, on="lan")), lab.recording() as seen:
        lab["bob"].run("python3", "-c", SENDS, lab["ada"].ip)
        seen.waits_for(UDP(dport=9), times=12)
    numbers = [packet[Raw].load[0] for packet in seen.capture.on("lan").only(UDP(dport=9))]
    assert numbers == IN_ORDER  # as the gate has sent them: a frame has the time of its sender
    assert [frame for frame in seen.capture if not frame.delivered] == []


def test_a_story_that_breaks_off_leaves_no_frame_behind(lab):
    with pytest.raises(RuntimeError), lab.reordering(TO_GATE):
        raise RuntimeError
    assert cards(lab) == IN_ORDER


def test_nothing_is_unmatched(lab):
    with lab.reordering(TO_GATE), lab.duplicating(Chosen("gate", "icmp", received=True)), lab.recording() as seen:
        lab["ada"].ping(lab["bob"])
    assert seen.capture.window.unmatched == 0
    asked = seen.capture.on("far").sent_by("gate").only(ICMP(type="echo-request"))
    assert len(asked) == 2


def test_where_the_kernel_may_delay_frames_nothing_is_chosen(labs):
    lab = labs("home-lan")
    with pytest.raises(InputError, match="delays: program"), lab.reordering(Chosen("victim", "udp")):
        pass


def test_a_wire_without_delay_is_named(lab):
    with pytest.raises(InputError, match="'ada:lan' has no delay"), lab.reordering(Chosen("ada", "udp")):
        pass
