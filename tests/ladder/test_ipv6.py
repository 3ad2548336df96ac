"""IPv6 in a ladder: neighbours and routers, who lies, the same packet on the next wire, and pieces of packets."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoReply,
    ICMPv6EchoRequest,
    ICMPv6MLDMultAddrRec,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptPrefixInfo,
    ICMPv6NDOptSrcLLAddr,
    ICMPv6PacketTooBig,
    ICMPv6TimeExceeded,
    IPv6,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    RouterAlert,
    fragment6,
)
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from lab import kinds
from lab.capture import Stream, streams
from lab.ladder import Style, normalised, rows
from lab.ladder.rows import announcement
from lab.plan import plan
from lab.topology.reading import parse
from tests.capture.build import ATTACKER, ROUTER, ROUTER_WAN, VICTIM, WEB, capture, sent
from tests.ladder.conftest import SMALL
from tests.ladder.traffic import Told, wire

HOST, GATE, GATE_OUT, PAGE = "2001:db8:1::23", "2001:db8:1::1", "2001:db8:2::1", "2001:db8:2::80"
GROUP = "33:33:ff:00:00:01"


@pytest.fixture(scope="module")
def small():
    text = SMALL.replace(b"10.0.1.0/24", b'{subnet: 10.0.1.0/24, ipv6: "2001:db8:1::/64"}')
    text = text.replace(b"10.0.2.0/24", b'{subnet: 10.0.2.0/24, ipv6: "2001:db8:2::/64"}')
    return plan(parse(text, "small.yml", kinds.load()))


def only(plan, *frames):
    return rows(capture(*frames), plan)


def notes(row):
    return [str(note) for note in row.notes]


def routed(layers, label=77):
    """A packet from the victim to the web, on both of its wires."""
    ways = [(VICTIM, ROUTER, 64), (ROUTER_WAN, WEB, 63)]
    return [wire(IPv6(src=HOST, dst=PAGE, fl=label, hlim=left) / layers, by, to) for by, to, left in ways]


def answered(layers, label=78):
    ways = [(WEB, ROUTER_WAN, 64), (ROUTER, VICTIM, 63)]
    return [wire(IPv6(src=PAGE, dst=HOST, fl=label, hlim=left) / layers, by, to) for by, to, left in ways]


def asks(source=HOST, by=VICTIM, target=GATE, option=True):
    layers = ICMPv6ND_NS(tgt=target)
    if option:
        layers /= ICMPv6NDOptSrcLLAddr(lladdr=by.mac)
    return sent(Ether(src=by.mac, dst=GROUP) / IPv6(src=source, dst="ff02::1:ff00:1") / layers, by, [ROUTER, ATTACKER])


def tells(by=ROUTER, target=GATE, mac=ROUTER.mac):
    layers = ICMPv6ND_NA(tgt=target, R=1, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=mac)
    return wire(IPv6(src=target, dst=HOST) / layers, by, VICTIM)


def error(layers):
    return wire(IPv6(src=GATE, dst=HOST) / layers, ROUTER, VICTIM)


PING = ICMPv6EchoRequest(id=7, seq=1, data=b"abcdefgh")
QUOTED = IPv6(src=HOST, dst=PAGE, fl=77) / PING


@pytest.mark.parametrize(
    ("layers", "protocol", "text"),
    [
        (PING, "ICMPv6", "echo request"),
        (ICMPv6EchoReply(id=7), "ICMPv6", "echo reply"),
        (ICMPv6TimeExceeded() / QUOTED, "ICMPv6", "time exceeded"),
        (ICMPv6PacketTooBig(mtu=1280) / QUOTED, "ICMPv6", "packet too big: at most 1280 bytes"),
        (ICMPv6DestUnreach(code=4) / QUOTED, "ICMPv6", "port unreachable"),
        (ICMPv6DestUnreach(code=0) / QUOTED, "ICMPv6", "network unreachable"),
        (ICMPv6ND_RS(), "NDP", f"which router is here? tell {HOST}"),
        (
            ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8:1::", prefixlen=64),
            "NDP",
            f"{HOST} routes, and this is 2001:db8:1::/64",
        ),
        (UDP(sport=5, dport=9) / b"hello", "UDP", "5 bytes to port 9"),
        (TCP(dport=80, flags="S"), "TCP", "SYN"),
        (TCP(dport=80, flags="PA") / b"GET / HTTP/1.1\r\n\r\n", "HTTP", "GET / HTTP/1.1"),
    ],
)
def test_what_is_said_over_ipv6_is_said_in_words(small, layers, protocol, text):
    (row,) = only(small, wire(IPv6(src=HOST, dst=PAGE) / layers, VICTIM, ROUTER))
    assert (row.protocol, row.text) == (protocol, text)


def test_who_joins_a_group_announces_it_when_it_likes(small):
    report = ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(dst="ff02::1:ff00:23")])
    layers = IPv6(src=HOST, dst="ff02::16", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / report
    (row,) = only(small, sent(Ether(src=VICTIM.mac, dst="33:33:00:00:00:16") / layers, VICTIM, [ROUTER]))
    assert (row.protocol, row.text, notes(row)) == ("MLD", "listens to ff02::1:ff00:23", ["multicast"])
    assert announcement(row)
    assert not announcement(only(small, asks())[0])


def test_a_neighbour_that_answers_for_its_own_address_tells_the_truth(small):
    question, answer = only(small, asks(), tells())
    assert question.text == f"who has {GATE}? tell {HOST}"
    assert (answer.text, notes(answer)) == (f"{GATE} is at {ROUTER.mac} (router)", [])


def test_who_claims_an_ipv6_address_of_somebody_else_lies(small):
    (row,) = only(small, tells(by=ATTACKER, mac=ATTACKER.mac))
    assert "LIE: 2001:db8:1::1 is router's" in notes(row)
    assert row.notes[0].style is Style.LIE


def test_a_solicitation_can_lie_as_well(small):
    (row,) = only(small, asks(source=GATE, by=ATTACKER, target=HOST))
    assert "LIE: 2001:db8:1::1 is router's" in notes(row)


def test_who_makes_sure_that_it_is_alone_claims_nothing(small):
    (row,) = only(small, asks(source="::", target=HOST, option=False))
    assert (row.text, notes(row)) == (f"does anybody have {HOST}?", ["multicast"])


def test_an_address_for_one_network_alone_has_an_owner_too(small):
    local = small["victim"].on("lan").link_local
    (row,) = only(small, wire(IPv6(src=local, dst=GATE) / ICMPv6EchoRequest(), ATTACKER, ROUTER))
    assert notes(row) == ["LIE: it is attacker who speaks as victim"]


def test_a_packet_is_the_same_one_wire_on(small):
    first, second = only(small, *routed(PING))
    assert (second.before, second.talk) == (first.number, first.number)


@pytest.mark.parametrize("other", [{"label": 79}, {"layers": ICMPv6EchoRequest(id=7, seq=2)}])
def test_another_packet_is_another_one(small, other):
    frames = [routed(PING)[0], routed(**{"layers": PING, **other})[1]]
    assert [row.before for row in only(small, *frames)] == [0, 0]


def test_a_hop_limit_that_lets_a_packet_die_is_worth_a_word(small):
    (row,) = only(small, wire(IPv6(src=HOST, dst=PAGE, hlim=1) / PING, VICTIM, ROUTER))
    assert notes(row) == ["hop limit 1: passes no router"]


@pytest.mark.parametrize("layers", [PING, UDP(sport=4000, dport=9) / b"x", TCP(sport=4000, dport=80)])
def test_a_complaint_belongs_to_the_conversation_of_the_packet_that_it_quotes(small, layers):
    quoted = IPv6(src=HOST, dst=PAGE, fl=77) / layers
    asked, _, complaint = only(small, *routed(layers), error(ICMPv6PacketTooBig(mtu=1280) / quoted))
    assert complaint.talk == asked.number


def test_who_asks_for_a_router_and_the_answer_are_one_conversation(small):
    local = small["victim"].on("lan").link_local
    solicited = sent(
        Ether(src=VICTIM.mac, dst="33:33:00:00:00:02") / IPv6(src=local, dst="ff02::2") / ICMPv6ND_RS(),
        VICTIM,
        [ROUTER],
    )
    advertised = wire(IPv6(src=small["router"].on("lan").link_local, dst=local) / ICMPv6ND_RA(), ROUTER, VICTIM)
    one, other = only(small, solicited, advertised)
    assert one.talk == other.talk


def test_the_normal_form_names_ports_and_puts_questions_before_what_waited(small):
    def told(port):
        talk = TCP(sport=port, dport=80, flags="S", seq=port)
        question, answer, *rest = [
            asks(),
            tells(),
            *routed(talk, label=port),
            *answered(TCP(sport=80, dport=port, flags="SA")),
        ]
        return normalised([Told(capture(question, answer, *rest))], small)

    text = told(40001)
    assert text == told(50123)
    lines = [line.strip() for line in text.splitlines()]
    assert lines[1].startswith(f"victim -> attacker, router: {HOST} > ff02::1:ff00:1 ttl 255 NDP who has {GATE}?")
    assert lines[3] == f"victim -> router: [{HOST}]:port-1 > [{PAGE}]:80 ttl 64 TCP SYN"


def test_the_normal_form_names_the_number_of_an_echo(small):
    first, second = (
        normalised([Told(capture(*routed(ICMPv6EchoRequest(id=number, seq=1))))], small) for number in (7, 9)
    )
    assert first == second
    assert "ICMPv6 id-1 seq 1 echo request" in first


def test_streams_are_put_together_over_ipv6_as_well():
    request = b"GET / HTTP/1.1\r\n\r\n"
    frames = [
        *routed(TCP(sport=9, dport=80, flags="S", seq=1)),
        *routed(TCP(sport=9, dport=80, flags="PA", seq=2) / request),
    ]
    assert streams(capture(*frames)) == (Stream(HOST, 9, PAGE, 80, request),)


# Pieces


def pieces(packet, size=1280):
    cut = fragment6(packet, size) if IPv6 in packet else fragment(packet, size - 20)
    return [type(packet)(bytes(piece)) for piece in cut]


BIG = IP(src=VICTIM.ip, dst=WEB.ip, id=9, ttl=64) / ICMP(type=8, id=5, seq=1) / Raw(b"x" * 1400)


def test_a_router_cuts_what_its_next_wire_does_not_carry(small):
    passed = BIG.copy()
    passed.ttl = 63
    frames = [wire(BIG, VICTIM, ROUTER), *(wire(piece, ROUTER_WAN, WEB) for piece in pieces(passed))]
    whole, first, last = only(small, *frames)
    assert (first.before, last.before) == (whole.number, whole.number)
    assert {row.talk for row in (whole, first, last)} == {whole.number}
    assert (first.protocol, first.text) == ("ICMP", "echo request, bytes 0–1255, more follow")
    assert (last.protocol, last.text) == ("ICMP", "bytes 1256–1407, the last")
    assert notes(first) == notes(last) == ["cut into pieces by router: its next wire carries less"]


def test_a_sender_may_cut_as_well_and_the_pieces_are_one_conversation(small):
    datagram = IPv6(src=HOST, dst=PAGE) / IPv6ExtHdrFragment(id=5) / UDP(sport=4000, dport=9) / Raw(b"x" * 2000)
    first, last = only(small, *(wire(piece, VICTIM, ROUTER) for piece in pieces(datagram)))
    assert first.talk == last.talk
    assert (first.protocol, first.text) == ("UDP", "2000 bytes to port 9, bytes 0–1231, more follow")
    assert (last.protocol, last.text) == ("UDP", "bytes 1232–2007, the last")
    assert notes(first) == notes(last) == []


def test_the_normal_form_names_the_packet_that_pieces_are_of(small):
    def told(number):
        whole = BIG.copy()
        whole.id = number
        return normalised([Told(capture(*(wire(piece, VICTIM, ROUTER) for piece in pieces(whole))))], small)

    assert told(9) == told(1234)
    assert told(9).count("piece of packet-1") == 2


def test_a_complaint_about_size_says_how_much_is_carried(small):
    layers = ICMP(type=3, code=4, nexthopmtu=1280) / BIG
    sized, complaint = only(
        small, wire(BIG, VICTIM, ROUTER), wire(IP(src=ROUTER.ip, dst=VICTIM.ip) / layers, ROUTER, VICTIM)
    )
    assert (complaint.text, complaint.talk) == ("fragmentation needed: at most 1280 bytes", sized.number)
