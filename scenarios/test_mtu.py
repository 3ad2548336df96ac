"""What the frames of the MTU story must show: one fact, one test. Live and recorded evidence alike."""

from itertools import pairwise

import pytest
from scapy.layers.inet import ICMP, IP, TCP, IPerror, TCPerror
from scapy.layers.inet6 import (
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6PacketTooBig,
    IPerror6,
    IPv6,
    IPv6ExtHdrFragment,
)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab.capture import messages, payload, streams

THIN = 1280
LARGE = 1400
ICMP_HEADER = 8
BLOCK = 8
"""Bytes that the offset of a fragment counts (RFC 791, 3.1)."""


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("mtu")


@pytest.fixture(scope="module")
def laptop(seen):
    return seen.plan["laptop"]


@pytest.fixture(scope="module")
def desk(seen):
    return seen.plan["desk"]


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def router(seen):
    return seen.plan["router"].on("lan")


@pytest.fixture(scope="module")
def isp(seen):
    return seen.plan["isp"].on("far")


def size(packet):
    """How many bytes of a wire's MTU a packet takes."""
    return packet[IP].len if IP in packet else packet[IPv6].plen + len(IPv6())


def pieces(capture, source, goal):
    """The pieces of IPv4 packets from one address to another."""
    return [one for one in capture.only(IP(src=source, dst=goal)) if one[IP].flags.MF or one[IP].frag]


def pieces6(capture, source, goal):
    return capture.only(IPv6(src=source, dst=goal) / IPv6ExtHdrFragment())


def cannot_pass(web, goal):
    """The page in one packet, on its way."""
    return IP(src=web.ip, dst=goal.ip, len=(THIN + 1, 1500)) / TCP(sport=80)


def page(capture):
    """The page as the server said it, put together from whatever it came in."""
    (said,) = (stream.data for stream in streams(capture) if stream.sport == 80)
    return messages(said)[0].body


def test_nothing_larger_than_1280_bytes_ever_crosses_the_thin_wire(seen):
    for act in (seen.cut, seen.refused, seen.discovered, seen.hole, seen.mended, seen.clamped):
        crossed = [*act.on("thin").only(IP()), *act.on("thin").only(IPv6())]
        assert crossed
        assert max(map(size, crossed)) <= THIN


# Pieces


def test_the_laptop_sends_one_packet_that_may_be_cut(seen, laptop, web):
    (whole,) = seen.cut.sent_by("laptop").only(IP(src=laptop.ip, dst=web.ip))
    assert size(whole) == LARGE + ICMP_HEADER + len(IP())
    assert (whole[IP].flags, whole[IP].frag) == (0, 0)


def test_the_router_cuts_it_into_two_pieces_with_the_number_of_the_whole(seen, laptop, web):
    (whole,) = seen.cut.sent_by("laptop").only(IP(src=laptop.ip, dst=web.ip))
    cut = seen.cut.sent_by("router").only(IP(src=laptop.ip, dst=web.ip))
    assert [(one[IP].id, bool(one[IP].flags.MF)) for one in cut] == [(whole[IP].id, True), (whole[IP].id, False)]


def test_the_offsets_add_up_and_the_pieces_are_the_whole(seen, laptop, web):
    (whole,) = seen.cut.sent_by("laptop").only(IP(src=laptop.ip, dst=web.ip))
    first, last = pieces(seen.cut.sent_by("router"), laptop.ip, web.ip)
    assert (first[IP].frag, last[IP].frag * BLOCK) == (0, len(payload(first[IP])))
    assert payload(first[IP]) + payload(last[IP]) == payload(whole[IP])


def test_nobody_but_the_goal_puts_them_together(seen, laptop, web):
    on_far = pieces(seen.cut.received_by("web"), laptop.ip, web.ip)
    on_thin = pieces(seen.cut.received_by("isp"), laptop.ip, web.ip)
    assert [payload(one[IP]) for one in on_far] == [payload(one[IP]) for one in on_thin]
    assert len(on_far) == 2
    answer = IP(src=web.ip, dst=laptop.ip, frag=0, len=LARGE + ICMP_HEADER + len(IP())) / ICMP(type="echo-reply")
    assert answer in seen.cut.sent_by("web")


def test_the_other_router_cuts_the_answer(seen, laptop, web):
    (answer,) = seen.cut.sent_by("web").only(IP(src=web.ip, dst=laptop.ip))
    first, last = pieces(seen.cut.received_by("laptop"), web.ip, laptop.ip)
    assert {first[IP].id, last[IP].id} == {answer[IP].id}
    assert payload(first[IP]) + payload(last[IP]) == payload(answer[IP])
    assert "1 received" in seen.ping_printed


# A refusal


def test_over_ipv6_the_router_refuses_and_says_how_much_fits(seen, laptop, web, router):
    refusal = IPv6(src=router.ip6, dst=laptop.ip6) / ICMPv6PacketTooBig(mtu=THIN)
    quoted = IPerror6(src=laptop.ip6, dst=web.ip6) / ICMPv6EchoRequest(seq=1)
    assert refusal / quoted in seen.refused.sent_by("router")
    assert "Packet too big: mtu=1280" in seen.ping6_printed


def test_what_is_refused_goes_no_further(seen, laptop):
    first, second = (ICMPv6EchoRequest(seq=number) for number in (1, 2))
    assert IPv6(src=laptop.ip6) / first in seen.refused.on("lan")
    assert seen.refused.on("thin").lacks(IPv6(src=laptop.ip6) / first, given=IPv6(src=laptop.ip6) / second)


def test_then_the_laptop_itself_cuts(seen, laptop, web):
    cut = _pairs(pieces6(seen.refused.sent_by("laptop"), laptop.ip6, web.ip6))
    assert len(cut) == 2
    for first, last in cut:
        one, other = first[IPv6ExtHdrFragment], last[IPv6ExtHdrFragment]
        assert one.id == other.id
        assert (one.offset, one.m, other.m) == (0, 1, 0)
        assert other.offset * BLOCK == len(payload(one))
        assert len(payload(one)) + len(payload(other)) == LARGE + ICMP_HEADER


def test_no_router_cuts_an_ipv6_packet(seen, laptop, web):
    sent = [payload(one[IPv6]) for one in pieces6(seen.refused.sent_by("laptop"), laptop.ip6, web.ip6)]
    arrived = [payload(one[IPv6]) for one in pieces6(seen.refused.received_by("web"), laptop.ip6, web.ip6)]
    assert sent == arrived
    assert len(sent) == 4


def test_each_direction_learns_for_itself(seen, laptop, web, isp):
    refusal = IPv6(src=isp.ip6, dst=web.ip6) / ICMPv6PacketTooBig(mtu=THIN)
    quoted = IPerror6(src=web.ip6, dst=laptop.ip6) / ICMPv6EchoReply(seq=2)
    assert refusal / quoted in seen.refused.sent_by("isp")
    (first, last) = pieces6(seen.refused.received_by("laptop"), web.ip6, laptop.ip6)
    assert first[ICMPv6EchoReply].seq == 3
    assert last[IPv6ExtHdrFragment].m == 0
    assert "icmp_seq=3 ttl" in seen.ping6_printed


# A discovery


def test_tcp_forbids_to_cut_its_packets(seen):
    for act in (seen.discovered, seen.hole, seen.mended, seen.clamped):
        assert {str(packet[IP].flags) for packet in act.only(IP() / TCP())} == {"DF"}


def test_both_ends_believe_at_first_that_1500_bytes_pass(seen, laptop, web):
    said = TCP(options=[("MSS", 1460)])
    assert IP(src=laptop.ip) / said in seen.discovered.received_by("web")
    assert IP(src=web.ip) / said in seen.discovered.received_by("laptop")
    assert cannot_pass(web, laptop) in seen.discovered.sent_by("web")


def test_the_router_complains_to_the_server_and_says_how_much_fits(seen, laptop, web, isp):
    (large,) = seen.discovered.sent_by("web").only(cannot_pass(web, laptop))
    complaint = ICMP(type="dest-unreach", code="fragmentation-needed", nexthopmtu=THIN)
    quoted = IPerror(src=web.ip, dst=laptop.ip, id=large[IP].id) / TCPerror(sport=80, seq=large[TCP].seq)
    assert Ether(dst=web.mac) / IP(src=isp.ip, dst=web.ip) / complaint / quoted in seen.discovered.sent_by("isp")


def test_then_the_server_sends_the_same_bytes_in_smaller_packets(seen, laptop, web):
    (large,) = seen.discovered.sent_by("web").only(cannot_pass(web, laptop))
    complaint, again = ICMP(code="fragmentation-needed"), IP(len=(41, THIN)) / TCP(sport=80, seq=large[TCP].seq) / Raw()
    assert seen.discovered.in_order(cannot_pass(web, laptop), complaint, again)
    smaller = seen.discovered.sent_by("web").only(IP(len=(0, THIN)) / TCP() / Raw())
    assert b"".join(payload(one[TCP]) for one in smaller) == payload(large[TCP])
    assert len(smaller) == 2


def test_the_server_remembers_what_fits(seen, laptop):
    assert f"mtu {THIN}" in seen.way_printed


def test_the_page_is_whole(seen):
    whole = page(seen.discovered)
    assert whole.endswith(b"Yours, Python\n")
    assert seen.curl_printed == f"200, a page of {len(whole)} bytes\n"


# A black hole


def test_small_packets_pass_the_black_hole(seen, desk, web):
    asked = IP(src=desk.ip, dst=web.ip) / TCP(dport=80) / Raw()
    agreed = IP(src=web.ip, dst=desk.ip) / TCP(sport=80, flags="SA")
    assert asked in seen.hole.received_by("web")
    assert agreed in seen.hole.received_by("desk")


def test_the_large_packet_is_sent_again_and_again_and_never_passes(seen, desk, web):
    sent = seen.hole.sent_by("web").only(cannot_pass(web, desk))
    assert len(sent) >= 3
    assert len({(one[TCP].seq, payload(one[TCP])) for one in sent}) == 1
    assert seen.hole.sent_by("isp").lacks(cannot_pass(web, desk), given=IP(src=web.ip) / TCP(flags="SA"))


def test_the_pauses_grow(seen, web, desk):
    moments = [frame.time_ns for frame in seen.hole.sent_by("web") if payload_from(frame, web)]
    pauses = [after - before for before, after in pairwise(moments)]
    assert len(pauses) >= 2
    assert all(after > 1.5 * before for before, after in pairwise(pauses))


def test_nobody_says_why(seen, desk, web):
    assert seen.hole.lacks(IP() / ICMP(), given=cannot_pass(web, desk))


def test_the_desk_gets_not_one_byte(seen, desk, web):
    agreed = IP(src=web.ip) / TCP(sport=80, flags="SA")
    assert seen.hole.received_by("desk").lacks(IP(src=web.ip) / TCP(sport=80) / Raw(), given=agreed)
    assert seen.printed_in_the_hole == ""


def test_when_the_router_speaks_again_the_same_connection_goes_on(seen, desk, web):
    complaint = IP(dst=web.ip) / ICMP(code="fragmentation-needed", nexthopmtu=THIN)
    said = IP(src=web.ip, dst=desk.ip, len=(41, THIN)) / TCP(sport=80) / Raw()
    assert seen.mended.in_order(cannot_pass(web, desk), complaint, said)
    assert seen.mended.lacks(TCP(flags="S"), given=said)
    (opened,) = seen.hole.sent_by("desk").only(TCP(dport=80, flags="S"))
    assert IP(src=web.ip) / TCP(dport=opened[TCP].sport) / Raw() in seen.mended.received_by("desk")
    assert seen.printed_when_mended == seen.curl_printed


# A clamp


def test_the_router_lowers_what_the_desk_says_that_it_takes(seen, desk):
    asked = IP(src=desk.ip) / TCP(flags="S")
    (before,) = seen.clamped.sent_by("desk").only(asked)
    (after,) = seen.clamped.received_by("web").only(asked)
    assert (dict(before[TCP].options)["MSS"], dict(after[TCP].options)["MSS"]) == (1460, THIN - 40)


def test_nothing_is_too_large_any_more_so_nobody_needs_to_complain(seen, web, desk):
    said = IP(src=web.ip, dst=desk.ip, len=(41, THIN)) / TCP(sport=80) / Raw()
    assert seen.clamped.lacks(cannot_pass(web, desk), given=said)
    assert seen.clamped.lacks(IP() / ICMP(), given=said)


def test_the_server_knows_nothing_of_the_thin_wire_and_the_page_comes_all_the_same(seen):
    assert "mtu" not in seen.way_when_clamped
    assert page(seen.clamped) == page(seen.discovered)
    assert seen.printed_when_clamped == seen.curl_printed


def payload_from(frame, web):
    packet = frame.packet
    return TCP in packet and packet[IP].src == web.ip and bool(payload(packet[TCP]))


def _pairs(found):
    return list(zip(found[::2], found[1::2], strict=True))
