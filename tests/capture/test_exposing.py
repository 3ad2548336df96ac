"""Who got to see a secret: in plain, in base64, on each wire, and split between two segments."""

import base64

import pytest
from scapy.layers.inet import IP, TCP
from scapy.packet import Raw

from lab.capture import exposed
from tests.capture.build import ROUTER, VICTIM, capture
from tests.ladder.traffic import wire

SECRET = "django4life"


def says(data, seq=1, flags="PA"):
    segment = TCP(sport=40000, dport=6667, flags=flags, seq=seq)
    return wire(IP(src=VICTIM.ip, dst=ROUTER.ip) / (segment / Raw(data) if data else segment), VICTIM, ROUTER)


def test_a_frame_that_carries_it_tells_its_wire_its_sender_and_who_got_it():
    (found,) = exposed(capture(says(b"PASS django4life\r\n")), SECRET)
    assert (found.network, found.sender, found.heard, found.spelt) == ("lan", "victim", ("router",), "plain")


def test_where_nobody_says_it_nothing_is_found():
    assert exposed(capture(says(b"", 0, "S"), says(b"PASS django4live\r\n")), SECRET) == ()


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "user:"])
@pytest.mark.parametrize("after", ["", "!", "!!"])
def test_base64_is_found_wherever_it_begins(before, after):
    coded = base64.b64encode(f"{before}{SECRET}{after}".encode())
    (found,) = exposed(capture(says(b"Authorization: Basic " + coded)), SECRET)
    assert found.spelt == "base64"


def test_a_secret_that_is_split_is_found_in_the_stream():
    found = exposed(capture(says(b"", 0, "S"), says(b"PASS djan", 1), says(b"go4life\r\n", 10)), SECRET)
    assert len(found) == 3
    assert {one.spelt for one in found} == {"plain"}
