"""What the frames of the printing story must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRSRV
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from lab.capture import messages, streams

GROUP = IP(dst="224.0.0.251") / UDP(sport=5353, dport=5353)
IPP = "printer._ipp._tcp.local."
ANNOUNCEMENT = GROUP / DNS(qr=1, an=DNSRR(rrname="_ipp._tcp.local.", type="PTR"))
PTR, TXT = 12, 16
GET_PRINTER_ATTRIBUTES, PRINT_JOB, SUCCESSFUL_OK = 0x000B, 0x0002, 0x0000
IPP_VERSIONS, END_OF_ATTRIBUTES = (b"\x01\x01", b"\x02\x00"), b"\x03"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("printing")


@pytest.fixture(scope="module")
def victim(seen):
    return seen.plan["victim"]


@pytest.fixture(scope="module")
def printer(seen):
    return seen.plan["printer"]


@pytest.fixture(scope="module")
def attacker(seen):
    return seen.plan["attacker"]


@pytest.fixture(scope="module")
def letter(seen):
    return seen.letter.encode()


@pytest.fixture(scope="module")
def requests(seen):
    return said(seen.printed.sent_by("victim").received_by("printer"))


@pytest.fixture(scope="module")
def answers(seen):
    return said(seen.printed.sent_by("printer").received_by("victim"))


def said(capture):
    """Return the HTTP messages of all streams, without the "100 Continue" between a question and its document."""
    found = [message for stream in streams(capture) for message in messages(stream.data)]
    return [message for message in found if " 100 " not in message.start]


def number(message):
    """Return the operation that an IPP request asks for, or the status that an answer gives (RFC 8010, 3.1.1)."""
    return int.from_bytes(message.body[2:4], "big")


def announced(seen):
    """Return the records that the printer announced; their order and number say nothing, since delays are random."""
    answers = seen.announced.sent_by("printer").only(GROUP / DNS(qr=1, aa=1))
    return [record for answer in answers for record in answer[DNS].an]


# Act one: the printer announces itself


def test_before_the_printer_takes_its_name_it_asks_whether_somebody_has_it(seen):
    assert seen.announced.sent_by("printer").in_order(
        GROUP / DNS(qr=0, qd=DNSQR(qname=IPP, qtype="ALL")),
        GROUP / DNS(qr=1, aa=1, an=DNSRRSRV(rrname=IPP)),
    )


def test_nobody_says_that_the_name_is_taken(seen):
    for node in ("victim", "attacker", "router", "dns"):
        assert GROUP not in seen.announced.sent_by(node)
    assert GROUP in seen.announced.sent_by("printer")


def test_the_printer_announces_its_services(seen):
    services = {record.rrname for record in announced(seen) if record.type == PTR}
    assert {b"_ipp._tcp.local.", b"_ipps._tcp.local.", b"_http._tcp.local.", b"_printer._tcp.local."} <= services


def test_the_announcement_says_where_the_service_is(seen, printer):
    said = seen.announced.sent_by("printer")
    assert GROUP / DNS(qr=1, an=DNSRR(rrname="_ipp._tcp.local.", type="PTR", rdata=IPP)) in said
    assert GROUP / DNS(qr=1, an=DNSRRSRV(rrname=IPP, port=631, target="printer.local.")) in said
    assert GROUP / DNS(qr=1, an=DNSRR(rrname="printer.local.", type="A", rdata=printer.ip)) in said


def test_the_announcement_says_what_the_printer_can_do(seen):
    (text,) = {tuple(record.rdata) for record in announced(seen) if (record.rrname, record.type) == (IPP.encode(), TXT)}
    assert b"rp=ipp/print" in text
    assert b"pdl=application/pdf,image/jpeg,text/plain" in text


def test_every_neighbour_hears_the_announcement(seen):
    for node in ("victim", "attacker", "router", "dns"):
        assert Ether(dst="01:00:5e:00:00:fb") / ANNOUNCEMENT in seen.announced.received_by(node)


def test_the_announcement_is_made_three_times(seen):
    assert seen.announced.sent_by("printer").count(ANNOUNCEMENT) == 3


# Act two: a letter is printed


def test_the_victim_first_asks_what_the_printer_can_do_and_then_prints(requests):
    assert [number(request) for request in requests] == [GET_PRINTER_ATTRIBUTES, PRINT_JOB]


def test_the_victim_speaks_ipp_over_http(requests):
    for request in requests:
        assert request.start == "POST /ipp/print HTTP/1.1"
        assert request.fields["Content-Type"] == "application/ipp"
        assert request.body[:2] in IPP_VERSIONS


def test_the_printer_answers_each_request_with_success(requests, answers):
    assert [answer.start for answer in answers] == ["HTTP/1.1 200 OK"] * 2
    assert [number(answer) for answer in answers] == [SUCCESSFUL_OK] * 2
    assert [answer.body[4:8] for answer in answers] == [request.body[4:8] for request in requests]


def test_the_letter_travels_behind_the_attributes_of_its_job(requests, letter):
    assert requests[-1].body.endswith(END_OF_ATTRIBUTES + letter)


def test_the_printer_keeps_what_was_sent(seen):
    assert seen.spooled == seen.letter


def test_ipptool_is_content(seen):
    assert seen.ipptool_printed.count("[PASS]") == 2
    assert "[FAIL]" not in seen.ipptool_printed


def test_the_switch_keeps_the_letter_from_the_attacker(seen, victim):
    assert seen.printed.received_by("attacker").lacks(TCP(), given=ARP(op="who-has", psrc=victim.ip))


# Act three: the letter is overheard


def test_the_attacker_lies_to_both(seen, victim, printer, attacker):
    lies = seen.overheard.sent_by("attacker")
    assert ARP(op="is-at", psrc=printer.ip, hwsrc=attacker.mac) in lies.received_by("victim")
    assert ARP(op="is-at", psrc=victim.ip, hwsrc=attacker.mac) in lies.received_by("printer")


def test_the_letter_is_readable_in_the_frames_that_the_attacker_gets(seen, letter):
    jobs = said(seen.overheard.sent_by("victim").received_by("attacker"))
    assert jobs[-1].body.endswith(END_OF_ATTRIBUTES + letter)


def test_the_letter_lies_in_the_clear_within_one_frame(seen, attacker, letter):
    assert Ether(dst=attacker.mac) / TCP(dport=631) / Raw(load=letter) in seen.overheard.sent_by("victim")


def test_the_attacker_passes_the_letter_on(seen, printer, letter):
    assert seen.overheard.in_order(
        Ether(dst=seen.plan["attacker"].mac) / TCP(dport=631) / Raw(load=letter),
        Ether(dst=printer.mac) / TCP(dport=631) / Raw(load=letter),
    )
    assert seen.spooled_overheard == seen.letter


def test_the_attacker_reads_the_letter(seen):
    assert set(seen.letter.splitlines()) <= set(seen.attacker_read)


def test_the_printer_answers_as_if_nothing_were_amiss(seen):
    answers = said(seen.overheard.sent_by("attacker").received_by("victim"))
    assert [number(answer) for answer in answers] == [SUCCESSFUL_OK] * 2


def test_the_attacker_takes_its_lie_back(seen, victim, printer):
    truth = seen.overheard.sent_by("attacker")
    assert ARP(op="is-at", psrc=printer.ip, hwsrc=printer.mac) in truth.received_by("victim")
    assert ARP(op="is-at", psrc=victim.ip, hwsrc=victim.mac) in truth.received_by("printer")
