"""Who got to see a secret: in plain, in base64, on each wire, and split between two segments."""

import base64

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.packet import Raw

from lab.capture import exposed
from tests.capture.build import ATTACKER, ROUTER, ROUTER_WAN, VICTIM, WEB, capture
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


def test_a_secret_that_is_whole_on_one_wire_and_split_on_another_is_found_on_both():
    def forwarded(data, seq, flags="PA"):
        segment = TCP(sport=40000, dport=6667, flags=flags, seq=seq)
        return wire(IP(src=VICTIM.ip, dst=WEB.ip) / (segment / Raw(data) if data else segment), ROUTER_WAN, WEB)

    found = exposed(
        capture(
            *(says(b"", 0, "S"), says(b"PASS django4life", 1)),
            *(forwarded(b"", 0, "S"), forwarded(b"PASS djan", 1), forwarded(b"go4life", 10)),
        ),
        SECRET,
    )
    assert {one.network for one in found} == {"lan", "wan"}


def test_only_the_stream_that_carries_it_counts():
    other = IP(src=VICTIM.ip, dst=ATTACKER.ip) / TCP(sport=40000, dport=6667, flags="S")
    split = [says(b"", 0, "S"), says(b"PASS djan", 1), says(b"go4life\r\n", 10)]
    found = exposed(capture(*split, wire(other, VICTIM, ATTACKER)), SECRET)
    assert [one.frame for one in found] == [1, 2, 3]


def test_a_secret_that_is_split_over_ipv6_is_found_too():
    def says6(data, seq, flags="PA"):
        segment = TCP(sport=40000, dport=6667, flags=flags, seq=seq)
        return wire(IPv6(src="fe80::1", dst="fe80::2") / (segment / Raw(data) if data else segment), VICTIM, ROUTER)

    assert exposed(capture(says6(b"", 0, "S"), says6(b"PASS djan", 1), says6(b"go4life\r\n", 10)), SECRET)
