"""What pyshark finds in the frames is what we find, and what the programs said: one fact, one test.

The proofs need tshark and the extra `pyshark`; where one of them is missing they are not asked, and say so.
"""

import asyncio
import shutil

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import ICMP, TCP, UDP

from lab.capture import messages, save_acts, streams

NAME, HTTP, PINGS = "gallery.office.example", 80, 4
WIRES = ["floor", "workshop"]
"""The networks between Alice and the machine; what goes from one to the other is on both."""
REQUEST, REPLY = 8, 0
"""Types of ICMP (RFC 792)."""

pytestmark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("pyshark")


@pytest.fixture
def opened(seen, tmp_path):
    """Open the frames of an act: ``opened("fetched", display_filter="dns")``; what is kept is read at once.

    pyshark 0.6 ends a tshark twice whose packets are read one by one, and may then take its end for a crash.
    """
    library = pytest.importorskip("pyshark", reason="pyshark is not installed: .venv/bin/pip install pyshark")
    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    captures = []

    def open_(act, **more):
        save_acts(file := tmp_path / f"{len(captures)}.pcapng", {act: getattr(seen, act)})
        captures.append(capture := library.FileCapture(str(file), **more))
        if capture.keep_packets:
            capture.load_packets()
        return capture

    yield open_
    for capture in captures:
        capture.close()
    asyncio.set_child_watcher(None)  # pyshark leaves one that is bound to this loop
    asyncio.set_event_loop(None)
    loop.close()


def networks(packets):
    """Return the networks that packets were seen on; where a frame has a comment, ``frame_info`` is that."""
    frames = [packet.frame if "frame" in packet else packet.frame_info for packet in packets]
    return [frame.interface_name.partition(":")[2] for frame in frames]


def numbers(packets):
    return [int(packet.number) for packet in packets]


def ours(capture, layer):
    """Return the places of the frames with a layer, counted from 1 as tshark does."""
    return [place for place, frame in enumerate(capture, start=1) if layer in frame.packet]


def calls_out(frame):
    """The printer may call out meanwhile, by mDNS (RFC 6762), which is a protocol of its own for tshark."""
    return frame.packet[UDP].dport == 5353


# FileCapture, and a display filter


def test_a_filter_keeps_the_frames_that_our_pattern_keeps(seen, opened):
    kept = numbers(opened("fetched", display_filter="dns"))
    assert kept == [place for place in ours(seen.fetched, DNS) if not calls_out(seen.fetched.frames[place - 1])]
    assert len(kept) == 2 * len(WIRES)


def test_each_question_has_the_name_that_was_typed(opened):
    questions = list(opened("fetched", display_filter="dns.flags.response == 0"))
    assert [packet.dns.qry_name for packet in questions] == [NAME] * len(WIRES)


def test_the_answer_has_the_address_that_is_called_then(seen, opened):
    addresses = {packet.dns.a for packet in opened("fetched", display_filter="dns.a")}
    called = {packet.ip.dst for packet in opened("fetched", display_filter=f"tcp.dstport == {HTTP}")}
    assert addresses == called == {seen.plan["gallery"].ip}


def test_a_handshake_is_there_once_on_each_wire(seen, opened):
    began = list(opened("fetched", display_filter="tcp.flags.syn == 1 && tcp.flags.ack == 0"))
    assert networks(began) == WIRES
    assert {packet.highest_layer for packet in began} == {"TCP"}
    assert numbers(began) == [
        place for place in ours(seen.fetched, TCP) if seen.fetched.frames[place - 1].packet[TCP].flags == "S"
    ]


def test_the_page_is_as_long_as_what_curl_printed(seen, opened):
    answers = list(opened("fetched", display_filter="http.response"))
    assert {packet.http.response_code for packet in answers} == {"200"}
    assert {int(packet.http.content_length) for packet in answers} == {len(seen.page.encode())}


def test_the_page_that_we_read_is_the_same(seen):
    (page,) = [one.body for end in streams(seen.fetched.on("floor")) if end.sport == HTTP for one in messages(end.data)]
    assert page == seen.page.encode()


# apply_on_packets, and keep_packets


def test_the_function_is_called_for_each_ping_and_each_answer(seen, opened):
    kinds = []
    opened("pinged", display_filter="icmp", keep_packets=False).apply_on_packets(
        lambda packet: kinds.append(int(packet.icmp.type))
    )
    assert kinds == [seen.pinged.frames[place - 1].packet[ICMP].type for place in ours(seen.pinged, ICMP)]
    assert kinds.count(REQUEST) == kinds.count(REPLY) == PINGS * len(WIRES)


def test_ping_says_how_many_they_were(seen, opened):
    asked = list(opened("pinged", display_filter=f'icmp.type == {REQUEST} && frame.interface_name contains "alice"'))
    assert seen.counted == f"{len(asked)} packets transmitted"


def test_what_is_not_kept_is_not_there_afterwards(opened):
    came = []
    capture = opened("pinged", display_filter="icmp", keep_packets=False)
    capture.apply_on_packets(lambda packet: came.append(packet.number))
    assert len(came) == 2 * PINGS * len(WIRES)
    with pytest.raises(NotImplementedError):
        _ = capture[0]
