"""TLS: what everybody can read, what the keys open, and what is no TLS at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.capture import Stream, streams
from lab.capture.deciphering import deciphered
from lab.capture.tls import Record, handshake, records, server_name
from lab.cli.program import SCENARIOS
from lab.errors import Inconclusive
from lab.evidence import load
from lab.scenario import find

STORY = find("encrypted", SCENARIOS)


@pytest.fixture(scope="module")
def seen():
    return load(STORY.evidence, STORY.recorded)


@pytest.fixture(scope="module")
def ends(seen):
    both = streams(seen.logged.on("floor"))
    return next(one for one in both if one.dport == 443), next(one for one in both if one.sport == 443)


def stream(data):
    return Stream("a", 1, "b", 443, data)


def hello(extensions):
    """A client's first message with these extensions."""
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + len(extensions).to_bytes(2, "big") + extensions
    message = b"\1" + len(body).to_bytes(3, "big") + body
    return stream(b"\x16\3\1" + len(message).to_bytes(2, "big") + message)


def test_the_name_is_found_among_other_extensions():
    name = b"\0\0\0\6\0\4\0\0\1a"
    assert server_name(hello(b"\0\x2b\0\2\3\4" + name).data) == "a"
    assert server_name(hello(b"\0\x2b\0\2\3\4").data) == ""


def test_a_last_record_that_was_cut_off_is_left_out():
    assert records(b"\x17\3\3\0\2ab\x17\3\3\0\5c") == (Record(23, b"ab"),)


def test_what_is_no_tls_is_no_tls():
    with pytest.raises(Inconclusive, match="no TLS"):
        server_name(b"GET / HTTP/1.1\r\n\r\n")


def test_with_the_keys_both_directions_are_read(seen, ends):
    client, server = deciphered(*ends, seen.keys)
    assert client.data.startswith(b"GET / HTTP/1.1\r\n")
    assert server.data.startswith(b"HTTP/1.1 200 OK\r\n")
    assert 20 in {message.kind for message in client.handshake}


def test_other_keys_open_nothing(seen, ends):
    def swapped(old, new):
        return "\n".join(
            " ".join([*line.split()[:2], line.split()[2].translate(str.maketrans(old, new))])
            for line in seen.keys.splitlines()
            if not line.startswith("#")
        )

    with pytest.raises(Inconclusive, match="of another connection"):
        deciphered(*ends, swapped("0123456789abcdef", "123456789abcdef0"))
    with pytest.raises(Inconclusive, match="no CLIENT_HANDSHAKE_TRAFFIC_SECRET for this connection"):
        deciphered(*ends, "")


def test_a_changed_byte_is_found_out(seen, ends):
    client, server = ends
    changed = replace(server, data=server.data[:-20] + bytes([server.data[-20] ^ 1]) + server.data[-19:])
    with pytest.raises(Inconclusive):
        deciphered(client, changed, seen.keys)


def test_keys_that_are_no_keys_are_refused(ends):
    random = handshake(ends[0].data)[0].content[2:34].hex()
    with pytest.raises(Inconclusive, match="no log of keys"):
        deciphered(*ends, f"CLIENT_HANDSHAKE_TRAFFIC_SECRET {random} xyz")


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_whatever_the_bytes_are_the_answer_is_one_of_ours(one, other):
    for data in (one, b"\x16\3\1\0" + bytes([len(one) & 0xFF]) + one, hello(one).data):
        try:
            server_name(data)
            deciphered(stream(data), stream(b"\x16\3\3\0" + bytes([len(other) & 0xFF]) + other), "")
        except Inconclusive:
            continue
