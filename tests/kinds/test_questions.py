"""The questions that prove readiness, read by scapy, and the answers that count, as the daemons gave them."""

import re

import pytest
from scapy.layers.dns import DNS, DNSRRSOA

from lab.kinds import questions

AUTHORITY = DNSRRSOA(rrname="python.org.", mname="dns.python.org.", rname="hostmaster.python.org.", serial=1)


def fits(question, answer):
    return re.search(question.expect, answer, re.DOTALL) is not None


def reply(asked, **fields):
    header = {"id": asked.id, "qr": 1, "aa": 1, "rd": 0, "qd": asked.qd, "an": AUTHORITY, **fields}
    return bytes(DNS(**header))


def test_a_name_server_is_asked_for_the_authority_over_its_zone():
    asked = DNS(questions.dns("python.org").send)
    assert (asked.qr, asked.rd, asked.qdcount) == (0, 0, 1)
    assert (asked.qd[0].qname, asked.qd[0].qtype, asked.qd[0].qclass) == (b"python.org.", 6, 1)


def test_a_name_server_is_ready_when_it_answers_with_authority():
    question = questions.dns("python.org")
    assert fits(question, reply(DNS(question.send)))


@pytest.mark.parametrize(
    "wrong",
    [{"rcode": 2}, {"rcode": 5}, {"aa": 0}, {"qr": 0}, {"an": []}, {"id": 1}],
    ids=["it failed", "it refused", "not its zone", "no answer at all", "nothing in it", "to somebody else"],
)
def test_a_name_server_is_not_ready_when_its_answer_is(wrong):
    question = questions.dns("python.org")
    assert not fits(question, reply(DNS(question.send), **wrong))


def test_a_web_server_is_ready_when_it_has_the_page():
    question = questions.http("/news.html")
    assert question.send == b"GET /news.html HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert fits(question, b"HTTP/1.1 200 OK\r\nServer: nginx\r\n\r\n<title>")
    assert not fits(question, b"HTTP/1.1 404 Not Found\r\nX: HTTP/1.1 200 \r\n\r\n")
    assert not fits(question, b"HTTP/1.1 500 Internal Server Error\r\n\r\n")


def test_a_printer_is_asked_for_its_name():
    head, body = questions.ipp("/ipp/print").send.split(b"\r\n\r\n")
    assert head.startswith(b"POST /ipp/print HTTP/1.1\r\n")
    assert f"Content-Length: {len(body)}".encode() in head.split(b"\r\n")
    assert body[:9] == bytes.fromhex("0200 000b 00000001 01")
    assert b"\x45\x00\x0bprinter-uri\x00\x19ipp://localhost/ipp/print" in body
    assert body.endswith(b"\x44\x00\x14requested-attributes\x00\x0cprinter-name\x03")


HEAD = b"HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Type: application/ipp\r\n\r\n"


def test_a_printer_is_ready_when_it_says_successful_ok_chunked_or_not():
    question = questions.ipp("/ipp/print")
    said = bytes.fromhex("0200 0000 00000001 01")
    assert fits(question, HEAD + said)
    assert fits(question, HEAD + b"61\r\n" + said)


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + bytes.fromhex("0200 0406 00000001 03"),
        HEAD + bytes.fromhex("0200 0000 00000002 01"),
        HEAD,
        b"HTTP/1.1 400 Bad Request\r\n\r\n" + bytes.fromhex("0200 0000 00000001 01"),
    ],
    ids=["not found", "somebody else", "half an answer", "a bad request"],
)
def test_a_printer_is_not_ready_when_its_answer_is(answer):
    assert not fits(questions.ipp("/ipp/print"), answer)
