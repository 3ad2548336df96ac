"""What a wire does to chosen frames: which one it is, what goes on instead, and that none is lost or made up."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet, Raw

HERE, THERE = "10.0.0.1", "10.0.0.2"
IP4 = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IP(src=HERE, dst=THERE)
IP6 = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / IPv6(src="2001:db8::1", dst="2001:db8::2")
CARDS = [bytes(IP4 / UDP(sport=7, dport=9) / Raw(bytes([number]))) for number in range(5)]
OTHER = bytes(IP4 / UDP(sport=7, dport=10) / Raw(b"other"))


@pytest.fixture(scope="module")
def module(program_for_all: Callable[[str], ModuleType]) -> ModuleType:
    return program_for_all("mangling.py")


@pytest.fixture
def passes(module: ModuleType) -> Callable[..., list[bytes]]:
    """Send frames over a wire that treats one badly, and return what has come out, and what comes when it is spared."""

    def run(does: str, nth: int, frames: list[bytes], **wanted: Any) -> list[bytes]:
        mangled = module.Mangled(does, nth, **{"protocol": "udp", "dport": 9, **wanted})
        return [one for frame in frames for one in module.passed(frame, [mangled])] + mangled.lets_go()

    return run


def test_the_second_one_is_passed_by_the_third(passes: Callable[..., list[bytes]]) -> None:
    one, two, three, four, five = CARDS
    assert passes("late", 2, CARDS) == [one, three, two, four, five]


def test_frames_that_do_not_fit_pass_it_too_and_set_it_free_no_sooner(passes: Callable[..., list[bytes]]) -> None:
    one, two, three = CARDS[:3]
    assert passes("late", 2, [OTHER, one, two, OTHER, three]) == [OTHER, one, OTHER, three, two]


def test_the_last_one_is_there_when_it_is_spared(passes: Callable[..., list[bytes]]) -> None:
    assert passes("late", 5, CARDS) == CARDS


def test_the_third_one_comes_twice(passes: Callable[..., list[bytes]]) -> None:
    one, two, three, four, five = CARDS
    assert passes("twice", 3, CARDS) == [one, two, three, three, four, five]


@pytest.mark.parametrize("turn", [1, -1])
def test_each_choice_counts_what_comes_and_not_what_others_make_of_it(module: ModuleType, turn: int) -> None:
    one, two, three, four, five = CARDS
    choices = [module.Mangled(does, nth, protocol="udp") for does, nth in (("late", 3), ("twice", 2))][::turn]
    came = [out for frame in CARDS for out in module.passed(frame, choices)]
    assert came == [one, two, two, four, three, five]


def test_one_that_comes_twice_may_be_late_as_well(module: ModuleType) -> None:
    one, two, three = CARDS[:3]
    choices = [module.Mangled(does, 2, protocol="udp") for does in ("late", "twice")]
    assert [out for frame in CARDS[:3] for out in module.passed(frame, choices)] == [one, three, two, two]


@given(st.lists(st.sampled_from([*CARDS, OTHER])), st.integers(1, 6), st.sampled_from(["late", "twice"]))
def test_nothing_is_lost_and_nothing_made_up(module: ModuleType, frames: list[bytes], nth: int, does: str) -> None:
    mangled = module.Mangled(does, nth, protocol="udp", dport=9)
    came = [one for frame in frames for one in module.passed(frame, [mangled])] + mangled.lets_go()
    fitting = [frame for frame in frames if frame is not OTHER]
    doubled = [fitting[nth - 1]] if does == "twice" and nth <= len(fitting) else []
    assert sorted(came) == sorted([*frames, *doubled])


def tcp(flags: str = "A", **more: Any) -> Packet:
    return IP4 / TCP(sport=7, dport=80, flags=flags, **more)


@pytest.mark.parametrize(
    ("packet", "wanted", "fits"),
    [
        (tcp(), {"protocol": "tcp"}, True),
        (tcp(), {"protocol": "udp"}, False),
        (tcp(), {"protocol": "tcp", "dport": 80, "sport": 7}, True),
        (tcp(), {"protocol": "tcp", "dport": 7}, False),
        (tcp("S"), {"protocol": "tcp", "flags": "S"}, True),
        (tcp("SA"), {"protocol": "tcp", "flags": "S"}, False),
        (tcp("SA"), {"protocol": "tcp", "flags": "AS"}, True),
        (tcp() / Raw(b"!"), {"protocol": "tcp", "data": True}, True),
        (tcp() / Raw(b"!"), {"protocol": "tcp", "data": False}, False),
        (tcp(options=[("Timestamp", (1, 2))]), {"protocol": "tcp", "data": True}, False),
        (tcp(options=[("Timestamp", (1, 2))]), {"protocol": "tcp", "data": False}, True),
        (tcp() / Raw(b""), {"protocol": "tcp", "data": None}, True),
        (IP6 / TCP(sport=7, dport=80) / Raw(b"!"), {"protocol": "tcp", "dport": 80, "data": True}, True),
        (IP6 / UDP(sport=7, dport=9), {"protocol": "udp", "dport": 9}, True),
        (IP4 / ICMP(), {"protocol": "icmp"}, True),
        (IP6 / ICMPv6EchoRequest(), {"protocol": "icmp"}, True),
        (IP4 / ICMP(), {"protocol": "tcp"}, False),
        (Ether() / ARP(), {"protocol": "icmp"}, False),
        (IP4 / UDP(sport=7, dport=9), {"protocol": "udp", "sport": 7}, True),
        (Ether() / IP(frag=3, proto=17) / Raw(bytes(20)), {"protocol": "udp"}, False),
    ],
)
def test_what_is_wanted_is_found(module: ModuleType, packet: Packet, wanted: dict[str, Any], fits: bool) -> None:
    assert module.fits(bytes(packet), **wanted) is fits


def test_what_ethernet_fills_a_short_frame_up_with_is_no_data(module: ModuleType) -> None:
    assert not module.fits(bytes(tcp()) + bytes(6), protocol="tcp", data=True)


@given(st.binary(max_size=80), st.sampled_from([b"\x08\x00", b"\x86\xdd"]), st.sampled_from(["tcp", "udp", "icmp"]))
def test_nonsense_never_ends_the_program(module: ModuleType, nonsense: bytes, kind: bytes, protocol: str) -> None:
    for frame in (nonsense, bytes(12) + kind + nonsense, bytes(12) + kind + b"\x45" + nonsense):
        assert module.fits(frame, protocol, sport=1, data=True) in (True, False)
