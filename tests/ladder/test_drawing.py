"""A ladder as it is drawn: within its width, each frame once, arrows from their senders, whatever the frames hold."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from lab import kinds
from lab.capture import UNKNOWN
from lab.ladder import Style, as_text, commented, ladder, normalised, rows
from lab.ladder.acts import columns
from lab.ladder.folding import steps
from lab.plan import plan
from lab.topology.reading import parse
from tests.capture.build import ATTACKER, ROUTER, ROUTER_WAN, VICTIM, WEB, capture, sent
from tests.ladder.traffic import PING, Told, asks, claim, relayed, routed, visit

PORTS = [VICTIM, ATTACKER, ROUTER, ROUTER_WAN, WEB, UNKNOWN]
BROADCAST = [ATTACKER, ROUTER]
HEADS = {
    b"": "nothing",
    bytes(Ether(dst="ff:ff:ff:ff:ff:ff", src=VICTIM.mac) / ARP()): "arp",
    bytes(Ether(dst=ROUTER.mac, src=VICTIM.mac) / IP(src=VICTIM.ip, dst=WEB.ip) / TCP(dport=80)): "tcp",
    bytes(Ether(dst=ROUTER.mac, src=VICTIM.mac) / IP(src=VICTIM.ip, dst=WEB.ip) / UDP(dport=53)): "dns",
    bytes(Ether(dst=ROUTER.mac, src=VICTIM.mac) / IP(src=VICTIM.ip, dst=WEB.ip) / ICMP(type=11) / IP()): "icmp",
}
EVIL = b"GET /\x1b[2J\x9b31m\xe2\x80\xae\xe4\xb8\xad HTTP/1.1\r\n"


@st.composite
def frames(draw):
    data = draw(st.sampled_from(list(HEADS))) + draw(st.sampled_from([b"", EVIL]) | st.binary(max_size=80))
    if data and draw(st.booleans()):
        place = draw(st.integers(0, len(data) - 1))
        data = data[:place] + draw(st.binary(min_size=1, max_size=4)) + data[place + 1 :]
    return sent(data, draw(st.sampled_from(PORTS)), draw(st.lists(st.sampled_from(PORTS), max_size=3)))


HOSTILE = st.lists(frames(), max_size=8).map(lambda several: Told(capture(*several)))
WIDTHS = st.integers(12, 160)


def drawn(plan, *frames, width=80, **options):
    return as_text(ladder([Told(capture(*frames))], plan, width, **options))


def counted(told):
    return [row.number for step in told for row in step.rows]


@given(act=HOSTILE, width=WIDTHS, ascii=st.booleans(), unfold=st.booleans())
@settings(max_examples=150, deadline=None)
def test_whatever_the_frames_hold_no_line_is_too_wide_and_none_controls_a_terminal(small, act, width, ascii, unfold):
    told = ["".join(span.text for span in line) for line in ladder([act], small, width, ascii=ascii, unfold=unfold)]
    assert all(len(line) <= width and line.isprintable() for line in told)
    assert not ascii or all(line.isascii() for line in told)


@given(act=HOSTILE)
@settings(max_examples=150, deadline=None)
def test_whatever_the_frames_hold_each_is_in_one_step(small, act):
    seen = rows(act.capture, small)
    order = [*columns(small), "?"]
    assert sorted(counted(steps(seen, order))) == [row.number for row in seen]
    assert counted(steps(seen, order, unfold=True)) == [row.number for row in seen]


@given(act=HOSTILE)
@settings(max_examples=100, deadline=None)
def test_whatever_the_frames_hold_they_have_a_normal_form_and_comments(small, act):
    assert all(line.isprintable() for line in normalised([act], small).splitlines())
    assert all(frame.comment.isprintable() for frame in commented(act.capture, small))


def test_hosts_stand_before_the_nodes_that_lead_out_of_their_network(small):
    assert columns(small) == ("victim", "attacker", "router", "web")


@pytest.fixture(scope="module")
def two_lans():
    """Two networks that have no way out but one router, and a network beyond."""
    networks = "networks: {a: 10.0.1.0/24, b: 10.0.2.0/24, wan: 10.0.3.0/24, far: 10.0.4.0/24}"
    nodes = """nodes:
      router: {kind: router, links: {a: 1, b: 1, wan: 1}}
      isp: {kind: router, links: {wan: 2, far: 1}}
      ann: {kind: host, links: {a: 23}}
      dora: {kind: host, links: {b: 23}}
      web: {kind: host, links: {far: 80}}"""
    return plan(parse(f"name: two-lans\n{networks}\n{nodes}\n".encode(), "two-lans.yml", kinds.load()))


def test_hosts_of_several_networks_stand_before_the_router_that_leads_out_of_them_all(two_lans):
    assert columns(two_lans) == ("ann", "dora", "router", "isp", "web")


@pytest.mark.parametrize("width", [60, 80, 100, 140])
def test_an_arrow_begins_at_its_sender_and_ends_at_its_receiver(small, width):
    lines = drawn(small, *routed(PING, 3), width=width).splitlines()
    names, arrow = lines[1], next(line for line in lines if "●" in line)
    for name, char in (("victim", "●"), ("router", "▶"), ("web", "▶")):
        assert abs(names.index(name) + len(name) // 2 - _nearest(arrow, char, names.index(name))) <= 0


def _nearest(line, char, place):
    return min((at for at, one in enumerate(line) if one == char), key=lambda at: abs(at - place))


def test_a_way_over_routers_is_one_arrow(small):
    text = drawn(small, *routed(PING, 3))
    assert text.count("echo request") == 1
    assert "1–2" in text


def test_a_router_that_must_ask_its_way_is_seen_asking(small):
    first, second = routed(PING, 3)
    text = drawn(small, first, asks(ROUTER_WAN, WEB.ip, [WEB]), claim(WEB, ROUTER_WAN, WEB.ip, WEB.mac), second)
    assert re.search(r"echo request.*who has 10.0.2.80.*is at.*echo request · forwarded by router", text, re.DOTALL)


def test_a_relay_is_an_arrow_of_its_own_with_a_word(small):
    text = drawn(small, *relayed(PING, 3))
    assert text.count("echo request") == 2
    assert "meant for web, comes to attacker" in text
    assert "relayed by attacker: frame 1 again" in text


def test_a_lie_has_its_word_on_a_line_of_its_own_or_beside_its_arrow(small):
    lines = ladder([Told(capture(claim(ATTACKER, VICTIM, ROUTER.ip, ATTACKER.mac)))], small, 80)
    lies = [span.text for line in lines for span in line if span.style is Style.LIE]
    assert "LIE: 10.0.1.1 is router's" in lies


def test_a_handshake_is_one_step_and_so_is_the_end(small):
    text = drawn(small, *visit(), width=100)
    told = re.findall(r"(?:TCP|HTTP) [^│]*?(?=\s{2,}|│|$)", text, re.MULTILINE)
    assert [" ".join(one.split()) for one in told] == [
        "TCP 3-way handshake · NAT: 10.0.1.23:40001 becomes 10.0.2.1:40001",
        "HTTP GET / HTTP/1.1 +ACK",
        "HTTP 200 OK +ACK",
        "TCP connection closed +ACK",
    ]


def test_segments_of_one_answer_are_one_step(small):
    text = drawn(small, *visit(pieces=[b"HTTP/1.1 200 OK\r\n\r\nhe", b"ll", b"o"]))
    assert "HTTP 200 OK in 3 segments +3ACK" in text


def test_what_is_said_again_is_counted(small):
    lie = claim(ATTACKER, VICTIM, ROUTER.ip, ATTACKER.mac)
    text = drawn(small, lie, lie, lie)
    assert text.count("LIE") == 1
    assert "×3" in text


def test_unfolded_every_frame_has_its_arrow(small):
    frames = visit()
    assert drawn(small, *frames, unfold=True).count("●") == len(frames)


def test_a_lost_frame_ends_half_way(small):
    text = drawn(small, sent(Ether(src=VICTIM.mac, dst=ROUTER.mac) / PING, VICTIM))
    assert "✗" in text
    assert "lost" in text


def test_a_broadcast_reaches_all_who_heard_it(small):
    text = drawn(small, asks(VICTIM, ROUTER.ip, BROADCAST))
    assert text.count("▶") == len(BROADCAST)
    assert "broadcast" in text


def test_where_columns_do_not_fit_there_is_a_list(small):
    text = drawn(small, *routed(PING, 3), width=50)
    assert "victim → router → web" in text
    assert "●" not in text


def test_an_act_without_frames_says_so(small):
    assert "no frame" in drawn(small)


@pytest.mark.parametrize("width", [56, 60])
def test_long_words_leave_the_numbers_alone(small, width):
    question = asks(VICTIM, ROUTER.ip, BROADCAST)
    assert "  1 0.00 ms ARP who" in drawn(small, question, *routed(PING, 3), width=width)


def test_an_act_without_a_name_has_no_heading(small):
    (first, *_) = as_text(ladder([Told(capture(*visit()), name="")], small, 80)).splitlines()
    assert first.split() == ["victim", "router", "web"]


def test_in_ascii_nothing_moves(small):
    frames = [*visit(), *relayed(PING, 90)]
    plain, fancy = (drawn(small, *frames, ascii=ascii).splitlines() for ascii in (True, False))
    assert list(map(len, plain)) == list(map(len, fancy))
