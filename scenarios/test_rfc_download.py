"""What the frames of the story of the downloads must show: one fact, one test. Live and recorded evidence alike."""

import hashlib

import pytest
from scapy.layers.dns import DNS
from scapy.layers.inet import IP, TCP

from lab.capture import messages, streams

NAME = "www.rfc-editor.org"
URLLIB, REQUESTS, SOCKET = "rfc-by-urllib", "rfc-by-requests", "rfc-by-socket"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("rfc-download")


@pytest.fixture(scope="module")
def text(seen):
    """The text as the topology gives it."""
    (file,) = (file for file in seen.plan["rfc"].setup.files if file.path.endswith(".txt"))
    return file.content.encode()


@pytest.fixture(scope="module")
def acts(seen):
    """The acts with a download, by the program."""
    return {URLLIB: seen.urllib, REQUESTS: seen.requests, SOCKET: seen.socket}


@pytest.fixture(scope="module")
def requests(acts):
    """What each program asked with."""
    return {program: asked(act)[0] for program, act in acts.items()}


def the_one(several):
    (one,) = several
    return one


def asked(act):
    """The requests that Alice has sent, in their order."""
    sent = [stream for stream in streams(act.on("floor")) if stream.dport == 80]
    return [the_one(messages(stream.data)) for stream in sent]


def answered(act):
    """The answers that came."""
    came = [stream for stream in streams(act.on("floor")) if stream.sport == 80]
    return [the_one(messages(stream.data)) for stream in came]


def first_to_hang_up(act):
    """Who has sent the first FIN on Alice's wire."""
    return next(frame.packet[IP].src for frame in act.on("floor") if TCP in frame.packet and frame.packet[TCP].flags.F)


# Three downloads


def test_each_program_asks_for_the_name_before_it_connects(acts):
    for act in acts.values():
        assert act.on("floor").in_order(DNS(qr=0), DNS(qr=1), TCP(flags="S"), TCP(flags="SA"))


def test_three_times_the_same_text_crosses_the_wire(acts, text):
    assert [the_one(answered(act)).body for act in acts.values()] == [text] * 3


def test_three_files_hold_that_text(seen, text):
    digest = hashlib.sha256(text).hexdigest()
    assert [line.split() for line in seen.digests] == [
        [digest, f"/tmp/{program}.txt"] for program in (URLLIB, REQUESTS, SOCKET)
    ]


def test_each_program_says_how_long_the_text_is(seen, text):
    assert seen.printed == tuple(f"/tmp/{program}.txt: {len(text)} bytes\n" for program in (URLLIB, REQUESTS, SOCKET))


def test_all_ask_for_the_same_path_at_the_same_host(requests):
    assert {(one.start.split()[0], one.start.split()[1], one.fields["host"]) for one in requests.values()} == {
        ("GET", "/rfc/rfc2324.txt", NAME)
    }


def test_urllib_takes_the_text_as_it_is_and_lets_the_server_hang_up(requests):
    fields = requests[URLLIB].fields
    assert fields["accept-encoding"] == "identity"
    assert fields["connection"] == "close"
    assert fields["user-agent"].startswith("Python-urllib/3.")


def test_requests_would_take_it_compressed_and_keep_the_line(requests):
    fields = requests[REQUESTS].fields
    assert {"gzip", "deflate"} <= {word.strip() for word in fields["accept-encoding"].split(",")}
    assert fields["connection"] == "keep-alive"
    assert fields["accept"] == "*/*"
    assert fields["user-agent"].startswith("python-requests/")


def test_with_a_socket_nothing_is_said_that_was_not_typed(requests):
    assert requests[SOCKET].start == "GET /rfc/rfc2324.txt HTTP/1.0"
    assert dict(requests[SOCKET].fields) == {"Host": NAME}


def test_the_server_hangs_up_first_unless_it_was_asked_to_stay(seen, acts):
    rfc, alice = seen.plan["rfc"].ip, seen.plan["alice"].ip
    assert {program: first_to_hang_up(act) for program, act in acts.items()} == {
        URLLIB: rfc,
        REQUESTS: alice,
        SOCKET: rfc,
    }


# What goes wrong


def test_a_wrong_argument_costs_no_packet(seen):
    assert [frame for frame in seen.misspelt if frame.port.node in ("alice", "router", "rfc", "dns")] == []
    assert list(seen.missing.sent_by("alice"))


def test_the_program_says_what_it_wants(seen):
    assert seen.exit_codes[:2] == (1, 1)
    assert all(said.startswith("say the number of an RFC") for said in seen.refused[:2])


def test_a_number_that_there_is_not_is_asked_for_three_times(seen):
    assert [one.start.split()[1] for one in asked(seen.missing)] == ["/rfc/rfc9999.txt"] * 3


def test_the_server_says_404_each_time(seen):
    assert [one.start.split()[1] for one in answered(seen.missing)] == ["404"] * 3


def test_each_program_says_that_there_is_none(seen):
    assert seen.exit_codes[2:] == (1, 1, 1)
    assert all(said.startswith("there is no RFC 9999: ") and "404" in said for said in seen.refused[2:])
