"""A frame taken apart: each field has the bytes that it was read from, and what is damaged is taken apart as well."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.layers.snmp import SNMP, SNMPget, SNMPvarbind

from lab.capture import anatomy, load_acts
from tests.capture.build import ROUTER, VICTIM, sent

RECORDED = sorted((Path(__file__).parents[2] / "scenarios/recorded").iterdir())


def parts(packet, layer):
    (found,) = [one for one in anatomy(sent(packet, VICTIM, [ROUTER])) if one.name == layer]
    return {part.name: part for part in found.parts}


def bytes_of(packet, layer, field):
    part = parts(packet, layer)[field]
    return bytes(packet)[part.begin : part.end]


def test_a_field_has_the_bytes_that_it_was_read_from():
    claim = Ether() / ARP(op=2, hwsrc="02:00:00:00:00:66", psrc="10.0.1.1")
    assert bytes_of(claim, "ARP", "hwsrc") == bytes.fromhex("020000000066")
    assert bytes_of(claim, "ARP", "psrc") == bytes([10, 0, 1, 1])
    assert parts(claim, "ARP")["op"].value == "is-at"


def test_a_field_of_some_bits_has_the_bytes_that_they_are_in():
    packet = Ether() / IP(flags="DF", frag=0) / TCP(flags="SA")
    assert bytes_of(packet, "IP", "version") == bytes_of(packet, "IP", "ihl") == b"\x45"
    assert len(bytes_of(packet, "IP", "frag")) == 2
    assert bytes_of(packet, "TCP", "flags") == b"\x50\x12"  # nine bits of them


def test_records_are_told_with_what_they_say():
    asked = Ether() / IP() / UDP(dport=53) / DNS(qd=DNSQR(qname="python.org.", qtype="A"))
    assert "python.org." in parts(asked, "DNS")["qd"].value
    assert "qtype=A" in parts(asked, "DNS")["qd"].value


def test_what_is_no_layer_that_is_known_is_bytes():
    (one,) = anatomy(sent(b"short", VICTIM))
    assert (one.name, one.begin, one.end) == ("Raw", 0, 5)


def test_nothing_in_a_value_controls_a_terminal():
    payload = Ether() / IP() / ICMP() / b"\x1b[2J"
    assert "\x1b" not in "".join(part.value for layer in anatomy(sent(payload, VICTIM)) for part in layer.parts)


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_the_layers_of_each_recorded_frame_are_all_of_its_bytes_in_order(folder):
    for act in load_acts(folder / "capture.pcapng").values():
        for frame in [*act][:60]:
            layers = anatomy(frame)
            ends = [(layer.begin, layer.end) for layer in layers]
            assert [begin for begin, _ in ends] == [0, *(end for _, end in ends[:-1])]
            assert ends[-1][1] == len(frame.data)
            assert all(one.begin <= it.begin < it.end <= one.end for one in layers for it in one.parts)


@given(st.binary(max_size=120), st.integers(0, 60))
def test_a_damaged_frame_is_taken_apart(data, at):
    whole = bytes(Ether() / IP() / UDP(dport=53) / DNS(qd=DNSQR(qname="python.org.")))
    for one in anatomy(sent(whole[:at] + data, VICTIM)):
        assert 0 <= one.begin <= one.end <= at + len(data)


def test_a_message_in_asn1_is_taken_apart_into_its_elements():
    message = SNMP(version=1, community="word", PDU=SNMPget(varbindlist=[SNMPvarbind(oid="1.3.6.1.2.1.1.5.0")]))
    packet = Ether() / IP() / UDP(sport=40000, dport=161) / message
    assert list(parts(packet, "SNMP")) == ["version", "community", "PDU"]
    assert bytes_of(packet, "SNMP", "version") == b"\x02\x01\x01"
    assert bytes_of(packet, "SNMP", "community") == b"\x04\x04word"
    assert bytes_of(packet, "SNMP", "PDU")[0] == 0xA0
    assert parts(packet, "SNMP")["PDU"].end == len(bytes(packet))


def test_a_message_in_asn1_that_is_cut_keeps_within_its_bytes():
    whole = bytes(Ether() / IP() / UDP(sport=40000, dport=161) / SNMP(version=1, community="word", PDU=SNMPget()))
    for layer in anatomy(sent(Ether(whole[:-6]), VICTIM, [ROUTER])):
        for part in layer.parts:
            assert layer.begin <= part.begin <= part.end <= layer.end
