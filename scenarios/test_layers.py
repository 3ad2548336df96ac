"""What the frames of the story of layers must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab.capture.anatomy import anatomy

ETHERNET, UDP_HEADER = 14, 8
IPV4, PROTOCOL_TCP, PROTOCOL_UDP = 0x0800, 6, 17
STACK = ["link", "internet", "transport", "application"]


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("layers")


@pytest.fixture(scope="module")
def request_on(seen):
    """The frame with the request, on each of the two wires that it takes."""
    return frames_on(seen.fetched, TCP(dport=80) / Raw())


@pytest.fixture(scope="module")
def question_on(seen):
    """The frame with the question for the address, likewise."""
    return frames_on(seen.asked, UDP(dport=53) / DNS())


def frames_on(act, pattern):
    there = {network: act.on(network) for network in ("floor", "servers")}
    wanted = {network: one.only(pattern)[0] for network, one in there.items()}
    return {network: next(frame for frame in one if frame.packet is wanted[network]) for network, one in there.items()}


def spans(pieces):
    return [(piece.begin, piece.end) for piece in pieces]


def of(frame):
    return [(layer.begin, layer.end) for layer in anatomy(frame)]


def piece(frame, number):
    """The bytes of a layer of a frame, counted from the outside."""
    begin, end = of(frame)[number]
    return frame.data[begin:end]


def test_both_frames_are_made_of_the_four_layers(seen):
    assert [one.layer for one in seen.request] == STACK
    assert [one.layer for one in seen.question] == STACK


def test_the_pieces_add_up_to_the_frame_without_a_gap(seen, request_on, question_on):
    for pieces, frame in ((seen.request, request_on["floor"]), (seen.question, question_on["floor"])):
        assert spans(pieces) == of(frame)
        assert pieces[0].begin == 0
        assert pieces[-1].end == len(frame.data)
        assert [one.end for one in pieces[:-1]] == [one.begin for one in pieces[1:]]


def test_each_header_is_as_long_as_it_says_itself(seen, request_on):
    packet, lengths = request_on["floor"].packet, [one.end - one.begin for one in seen.request]
    assert lengths[:3] == [ETHERNET, 4 * packet[IP].ihl, 4 * packet[TCP].dataofs]
    assert packet[IP].len == sum(lengths[1:])


def test_the_header_of_udp_is_always_eight_bytes_and_says_how_much_it_carries(seen, question_on):
    packet, lengths = question_on["floor"].packet, [one.end - one.begin for one in seen.question]
    assert lengths[2] == UDP_HEADER
    assert packet[UDP].len == sum(lengths[2:])


def test_each_layer_says_what_it_carries(request_on, question_on):
    request, question = request_on["floor"].packet, question_on["floor"].packet
    assert request[Ether].type == question[Ether].type == IPV4
    assert (request[IP].proto, question[IP].proto) == (PROTOCOL_TCP, PROTOCOL_UDP)
    assert (request[TCP].dport, question[UDP].dport) == (80, 53)


def test_the_innermost_bytes_are_what_the_browser_says(request_on):
    lines = piece(request_on["floor"], 3).decode().split("\r\n")
    assert lines[0] == "GET / HTTP/1.1"
    assert "Host: www.office.example" in lines
    assert lines[-2:] == ["", ""]


def test_on_the_next_wire_ethernet_is_made_anew(seen, request_on):
    here, there = (request_on[network].packet[Ether] for network in ("floor", "servers"))
    alice, router, web = (seen.plan[name] for name in ("alice", "router", "web"))
    assert (here.src, here.dst) == (alice.mac, router.on("floor").mac)
    assert (there.src, there.dst) == (router.on("servers").mac, web.mac)


def test_of_ip_only_the_time_to_live_and_its_checksum_change(request_on):
    here, there = (bytearray(piece(request_on[network], 1)) for network in ("floor", "servers"))
    changed = {at for at, (one, other) in enumerate(zip(here, there, strict=True)) if one != other}
    assert changed <= {8, 10, 11}
    assert here[8] - there[8] == 1


def test_the_two_layers_within_arrive_as_they_were_sent(request_on, question_on):
    for on in (request_on, question_on):
        for number in (2, 3):
            assert piece(on["floor"], number) == piece(on["servers"], number)


def test_the_checksum_of_each_ip_header_is_right(request_on, question_on):
    for on in (request_on, question_on):
        for frame in on.values():
            header = piece(frame, 1)
            total = sum(int.from_bytes(header[at : at + 2], "big") for at in range(0, len(header), 2))
            assert (total & 0xFFFF) + (total >> 16) == 0xFFFF
