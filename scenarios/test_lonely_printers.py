"""What the frames of the story of lonely printers must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

MDNS, GROUP, GROUP_MAC = 5353, "224.0.0.251", "01:00:5e:00:00:fb"
FLOOR = {"alice", "bob", "eve", "router", "tivo"}
PTR, SRV, ANY = 12, 33, 255
KIND, SERVICE = "_ipp._tcp.local", "printer._ipp._tcp.local"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("lonely-printers")


@pytest.fixture(scope="module")
def printer(seen):
    return seen.plan["printer"]


@pytest.fixture(scope="module")
def called(seen):
    """What the printer says to the group, in its order."""
    return [frame for frame in seen.called.sent_by("printer") if goes_to_group(frame)]


@pytest.fixture(scope="module")
def probes(called):
    return [frame.packet[DNS] for frame in called if not frame.packet[DNS].qr]


@pytest.fixture(scope="module")
def announcements(called):
    return [frame.packet[DNS] for frame in called if frame.packet[DNS].qr]


def goes_to_group(frame):
    return UDP in frame.packet and frame.packet[IP].dst == GROUP and frame.packet[UDP].dport == MDNS


def answers(message, kind):
    return [one for one in message.an if one.type == kind]


def text(name):
    return name.decode().removesuffix(".")


def test_whatever_it_says_goes_to_everybody_on_this_wire(called):
    for frame in called:
        assert frame.packet[Ether].dst == GROUP_MAC
        assert {port.node for port in frame.delivered} == FLOOR


def test_no_router_passes_it_on(seen, called):
    assert called
    assert {frame.port.network for frame in seen.called if goes_to_group(frame)} == {"floor"}


def test_first_it_asks_whether_somebody_has_its_names(probes):
    assert [question.qtype for probe in probes for question in probe.qd] == [ANY] * sum(
        len(probe.qd) for probe in probes
    )
    asked = {text(question.qname) for probe in probes for question in probe.qd}
    assert "printer.local" in asked
    assert SERVICE in asked


def test_it_says_at_once_what_it_would_answer(probes):
    assert all(probe.ns for probe in probes)


def test_the_name_of_the_service_is_asked_for_three_times(probes):
    asked = [text(question.qname) for probe in probes for question in probe.qd]
    assert asked.count(SERVICE) == 3


def test_then_it_says_three_times_what_it_can_do(announcements):
    told = [text(one.rdata) for message in announcements for one in answers(message, PTR) if text(one.rrname) == KIND]
    assert told == [SERVICE] * 3


def test_no_announcement_comes_before_the_last_probe(called):
    told = [frame.packet[DNS].qr for frame in called if SERVICE in names(frame.packet[DNS])]
    assert told == sorted(told)
    assert told.count(0) == 3
    assert told.count(1) >= 3


def names(message):
    """The names that are asked for, or whose port is told."""
    return {text(one.qname) for one in message.qd} | {text(one.rrname) for one in answers(message, SRV)}


def test_it_says_at_which_port_it_waits(announcements):
    told = {(text(one.target), one.port) for message in announcements for one in answers(message, SRV)}
    assert ("printer.local", 631) in told


def test_nobody_answers(seen, called, printer):
    assert called
    assert [frame for frame in seen.called if IP in frame.packet and frame.packet[IP].src != printer.ip] == []


def test_who_asks_the_printer_itself_is_answered(seen, printer):
    (question, answer) = [frame.packet for frame in seen.asked if UDP in frame.packet and frame.port.node != "dns"]
    assert (question[IP].src, question[IP].dst) == (seen.plan["bob"].ip, printer.ip)
    assert text(question[DNS].qd[0].qname) == "printer.local"
    assert answer[DNS].an[0].rdata == printer.ip == seen.answer.strip()


def test_the_name_server_is_not_asked(seen):
    dns = seen.plan["dns"].ip
    assert seen.asked.only(IP(dst=seen.plan["printer"].ip))
    assert [frame for frame in seen.asked if IP in frame.packet and frame.packet[IP].dst == dns] == []
