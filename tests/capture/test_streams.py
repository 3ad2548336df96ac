"""Streams are put together from segments, and HTTP messages are taken out of streams."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from lab.capture import exchange, messages, streams
from lab.errors import Inconclusive
from tests.capture.build import ROUTER, VICTIM, WEB, capture, sent

FIRST = 2**32 - 4
"""The number of a SYN: the numbers of the bytes behind it begin anew at 0 after the third."""


def segment(data=b"", at=0, flags="A", syn=FIRST, sport=40000):
    packet = IP(src=VICTIM.ip, dst=WEB.ip) / TCP(sport=sport, dport=80, flags=flags, seq=(syn + 1 + at) % 2**32) / data
    return sent(Ether(src=VICTIM.mac, dst=ROUTER.mac) / packet, VICTIM, [ROUTER])


SYN = segment(at=-1, flags="S")


def test_segments_are_put_in_their_order_and_count_once():
    (stream,) = streams(capture(SYN, segment(b"hel", 0), segment(b"world", 5), segment(b"lo", 3), segment(b"hello", 0)))
    assert (stream.src, stream.sport, stream.dst, stream.dport) == (VICTIM.ip, 40000, WEB.ip, 80)
    assert stream.data == b"helloworld"


@settings(deadline=None)
@given(data=st.binary(max_size=60), cuts=st.lists(st.tuples(st.integers(0, 59), st.integers(1, 20))), seed=st.randoms())
def test_however_a_stream_is_cut_it_comes_out_the_same(data, cuts, seed):
    pieces = [(at, data[at : at + length]) for at, length in [*cuts, (0, 60)]]
    seed.shuffle(pieces)
    (stream,) = streams(capture(SYN, *(segment(piece, at) for at, piece in pieces)))
    assert stream.data == data


def test_the_padding_of_a_short_frame_is_none_of_it():
    padded = sent(segment(b"x").data + b"\0" * 20, VICTIM, [ROUTER])
    (stream,) = streams(capture(SYN, padded))
    assert stream.data == b"x"


def test_a_port_that_is_used_again_begins_another_stream():
    again = segment(at=-1, flags="S", syn=7)
    one, other = streams(capture(SYN, segment(b"one"), again, segment(b"other", syn=7)))
    assert (one.data, other.data) == (b"one", b"other")


def test_a_gap_is_no_answer():
    with pytest.raises(Inconclusive, match="lacks bytes 3 to 5"):
        streams(capture(SYN, segment(b"hel"), segment(b"world", 5)))


def test_a_stream_without_its_beginning_is_no_answer():
    with pytest.raises(Inconclusive, match="began before the capture"):
        streams(capture(segment(b"hel")))


def test_messages_are_framed_by_length_by_chunks_and_by_the_end():
    data = (
        b"HTTP/1.1 100 Continue\r\n\r\n"
        b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none"
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntw\r\n1;x=y\r\no\r\n0\r\n\r\n"
        b"HTTP/1.0 200 OK\r\n\r\nthree"
    )
    assert [message.body for message in messages(data)] == [b"", b"one", b"two", b"three"]


def test_a_request_without_a_length_has_no_body():
    first, second = messages(b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /b HTTP/1.1\r\nHost: b\r\n\r\n")
    assert (first.start, first.fields["host"], first.body) == ("GET / HTTP/1.1", "a", b"")
    assert second.start == "GET /b HTTP/1.1"


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\none",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntw",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\ntw\r\n",
    ],
)
def test_a_message_that_is_cut_is_no_answer(data):
    with pytest.raises(Inconclusive, match="cut"):
        messages(data)


def answer(data=b"", at=0, flags="A", dport=40000):
    packet = IP(src=WEB.ip, dst=VICTIM.ip) / TCP(sport=80, dport=dport, flags=flags, seq=1001 + at) / data
    return sent(Ether(src=ROUTER.mac, dst=VICTIM.mac) / packet, ROUTER, [VICTIM])


def test_an_exchange_is_what_was_said_to_a_port_and_what_was_answered():
    frames = (SYN, answer(at=-1, flags="SA"), segment(b"how "), answer(b"well"), segment(b"much?", 4))
    assert exchange(capture(*frames), 80) == (b"how much?", b"well")


def test_of_two_connections_to_a_port_none_is_meant():
    other = segment(at=-1, flags="S", sport=40001), answer(at=-1, flags="SA", dport=40001)
    two = capture(SYN, answer(at=-1, flags="SA"), *other)
    for port, number in ((80, 2), (443, 0)):
        with pytest.raises(Inconclusive, match=f"{number} connections go to port {port}"):
            exchange(two, port)
