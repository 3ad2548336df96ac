"""What the frames of the story of the smallest web server must show: one fact, one test. Live and recorded alike."""

from itertools import takewhile

import pytest
from scapy.layers.inet import IP, TCP

from lab.capture import messages, payload, streams

NAME, PORT = "echo.office.example", 8000


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("twisted-echo")


@pytest.fixture(scope="module")
def asked(seen):
    """What Alice's program said, and the answer."""
    return talk(seen.asked)


@pytest.fixture(scope="module")
def typed(seen):
    """What Bob typed, and the answer."""
    return talk(seen.typed)


def talk(act):
    ends = streams(act.on("floor"))
    (client,) = (end.data for end in ends if end.dport == PORT)
    (server,) = (end.data for end in ends if end.sport == PORT)
    return client, messages(server)[0]


def test_the_body_of_the_answer_is_the_request(asked):
    request, answer = asked
    assert request.endswith(b"\r\n\r\n")
    assert answer.body == request.removesuffix(b"\r\n")


def test_alice_reads_what_her_program_has_said(seen, asked):
    request, _ = asked
    assert seen.curl_printed.encode().splitlines() == request.removesuffix(b"\r\n\r\n").split(b"\r\n")
    assert seen.curl_printed.startswith("GET /coffee?cups=2 HTTP/1.1")


def test_her_program_says_its_name_though_nobody_has_asked(seen):
    assert "User-Agent: curl/" in seen.curl_printed


def test_before_it_stands_what_http_wants(asked):
    _, answer = asked
    assert answer.start == "HTTP/1.0 200 OK"
    assert answer.fields.get_content_type() == "text/plain"
    assert "Content-Length" not in answer.fields


def test_bobs_lines_come_back_as_he_typed_them(typed):
    request, answer = typed
    assert request.decode().split("\n") == ["GET /tea HTTP/1.1", f"Host: {NAME}", "Mood: curious", "", ""]
    assert answer.body.decode().split("\r\n")[:-1] == request.decode().split("\n")[:-2]


def test_the_field_that_nobody_knows_does_not_matter(seen, typed):
    _, answer = typed
    assert answer.start.endswith("200 OK")
    assert "Mood: curious" in seen.netcat_printed


def test_nothing_is_answered_before_the_empty_line(seen):
    said = [frame.packet for frame in seen.typed.on("floor") if TCP in frame.packet and payload(frame.packet[TCP])]
    before = list(takewhile(lambda packet: packet[IP].dst == seen.plan["echo"].ip, said))
    assert b"".join(payload(packet[TCP]) for packet in before).endswith(b"curious\n\n")


def test_the_server_hangs_up_first_and_so_the_answer_ends(seen):
    for act in (seen.asked, seen.typed):
        goodbyes = [frame.packet for frame in act.on("floor") if TCP in frame.packet and frame.packet[TCP].flags.F]
        assert goodbyes[0][IP].src == seen.plan["echo"].ip
