"""The rows of a ladder: who sent what to whom by the ports, what is a lie, and what is the same packet again."""

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether

from lab.capture import UNKNOWN
from lab.ladder import Style, rows
from lab.ladder.words import words
from tests.capture.build import ATTACKER, ROUTER, ROUTER_WAN, VICTIM, WEB, capture, sent
from tests.ladder.traffic import EVERYBODY, PING, Lot, answered, asks, claim, relayed, routed, visit, wire


def notes(row):
    return [str(note) for note in row.notes]


def only(frames, plan):
    return rows(capture(*frames), plan)


def test_the_sender_is_who_sent_it_and_not_who_it_claims_to_be(small):
    forged = sent(Ether(src=VICTIM.mac, dst=ROUTER.mac) / IP(src=VICTIM.ip, dst=WEB.ip) / PING, ATTACKER, [ROUTER])
    (row,) = only([forged], small)
    assert row.sender == "attacker"
    assert notes(row) == ["LIE: it is attacker who speaks as victim"]


def test_the_truth_about_an_address_is_no_lie(small):
    (row,) = only([claim(ROUTER, VICTIM, ROUTER.ip, ROUTER.mac)], small)
    assert row.text == "10.0.1.1 is at 02:00:00:00:00:01 (router)"
    assert notes(row) == []


@pytest.mark.parametrize("mac", [ATTACKER.mac, "02:12:34:56:78:9a"])
def test_who_claims_an_address_of_somebody_else_lies(small, mac):
    (row,) = only([claim(ATTACKER, VICTIM, ROUTER.ip, mac)], small)
    assert notes(row) == ["LIE: 10.0.1.1 is router's"]
    assert row.notes[0].style is Style.LIE


def test_a_question_can_lie_as_well(small):
    question = Ether(src=ATTACKER.mac, dst=EVERYBODY) / ARP(op=1, psrc=ROUTER.ip, hwsrc=ATTACKER.mac, pdst=VICTIM.ip)
    (row,) = only([sent(question, ATTACKER, [VICTIM, ROUTER])], small)
    assert notes(row) == ["LIE: 10.0.1.1 is router's", "broadcast"]


def test_a_probe_claims_nothing(small):
    probe = Ether(src=ATTACKER.mac, dst=EVERYBODY) / ARP(op=1, psrc="0.0.0.0", hwsrc=ATTACKER.mac, pdst=ROUTER.ip)
    (row,) = only([sent(probe, ATTACKER, [VICTIM])], small)
    assert row.text == "does anybody have 10.0.1.1?"
    assert notes(row) == ["broadcast"]


def test_who_takes_a_lie_back_tells_the_truth(small):
    (row,) = only([claim(ATTACKER, VICTIM, ROUTER.ip, ROUTER.mac)], small)
    assert notes(row) == ["true, but it is attacker who says so"]


def test_a_packet_is_known_again_behind_a_router_with_nat(small):
    first, second = only(routed(TCP(sport=40000, dport=80, flags="S", seq=9), 3, port=51000), small)
    assert (first.before, second.before) == (0, 1)
    assert first.talk == second.talk
    assert notes(second) == ["NAT: 10.0.1.23:40000 becomes 10.0.2.1:51000"]


def test_a_nat_is_told_once_of_each_address_unless_it_exchanges_a_port(small):
    def opens(port, number, outside):
        return routed(TCP(sport=port, dport=80, flags="S", seq=number), number, outside)

    frames = [*opens(40000, 3, 40000), *opens(40001, 4, 40001), *opens(40002, 5, 51000)]
    first, again, exchanged = (notes(row) for row in only(frames, small)[1::2])
    assert first == ["NAT: 10.0.1.23:40000 becomes 10.0.2.1:40000"]
    assert again == []
    assert exchanged == ["NAT: 10.0.1.23:40002 becomes 10.0.2.1:51000"]


def test_of_a_nat_only_the_packet_that_opens_a_conversation_tells(small):
    assert [row.number for row in only(visit(Lot(seen_outside=51000)), small) if notes(row)] == [2]
    ping, pong = IP() / ICMP(type=8, id=9), IP() / ICMP(type=0, id=9)
    seen = only([*routed(ping[ICMP], 3), *answered(pong[ICMP], 4)], small)
    assert [notes(row) for row in seen] == [[], ["NAT: 10.0.1.23 becomes 10.0.2.1"], [], []]


def test_a_port_that_is_forwarded_is_told(small):
    frames = [
        wire(IP(src=WEB.ip, dst=ROUTER_WAN.ip, id=3, ttl=64) / TCP(sport=9, dport=8080, flags="S"), WEB, ROUTER_WAN),
        wire(IP(src=WEB.ip, dst=VICTIM.ip, id=3, ttl=63) / TCP(sport=9, dport=80, flags="S"), ROUTER, VICTIM),
    ]
    assert notes(only(frames, small)[1]) == ["NAT: 10.0.2.1:8080 becomes 10.0.1.23:80"]


def test_an_answer_belongs_to_its_question_on_both_sides_of_a_nat(small):
    talks = {row.talk for row in only(visit(Lot(seen_outside=51000)), small)}
    assert talks == {1}


def test_an_icmp_error_belongs_to_the_packet_that_it_quotes(small):
    probe = IP(src=VICTIM.ip, dst=WEB.ip, ttl=1, id=5) / UDP(sport=40000, dport=33434) / b"probe"
    error = IP(src=ROUTER.ip, dst=VICTIM.ip) / ICMP(type=11) / probe
    one, other = only([wire(probe, VICTIM, ROUTER), wire(error, ROUTER, VICTIM)], small)
    assert (one.talk, other.talk) == (1, 1)
    assert notes(one) == ["TTL 1: passes no router"]
    assert other.text == "time exceeded"


def test_another_packet_with_the_same_payload_is_another_packet(small):
    assert [row.before for row in only([*routed(PING, 3), *routed(PING, 4)], small)] == [0, 1, 0, 3]


def test_a_packet_that_is_sent_twice_goes_both_ways_once(small):
    (first, first_on), (second, second_on) = routed(PING, 3), routed(PING, 3)
    assert [row.before for row in only([first, second, first_on, second_on], small)] == [0, 0, 1, 2]


def test_who_passes_packets_on_and_is_no_router_is_told_on(small):
    first, second = only(relayed(PING, 3), small)
    assert notes(first) == ["meant for web, comes to attacker"]
    assert notes(second) == ["relayed by attacker: frame 1 again"]


def test_a_frame_that_reaches_nobody_is_lost(small):
    (row,) = only([sent(Ether(src=VICTIM.mac, dst=ROUTER.mac) / IP(src=VICTIM.ip, dst=WEB.ip), VICTIM)], small)
    assert (row.meant, row.receivers, notes(row)) == ("router", (), ["lost"])


def test_a_frame_for_one_that_the_switch_gives_to_several_is_flooded(small):
    (row,) = only([sent(Ether(src=VICTIM.mac, dst=ROUTER.mac) / PING, VICTIM, [ROUTER, ATTACKER])], small)
    assert notes(row) == ["flooded: the switch does not know the way yet"]


def test_a_port_without_a_name_is_nobody_and_accused_of_nothing(small):
    (row,) = only([sent(Ether() / IP(src=VICTIM.ip, dst=WEB.ip) / PING, UNKNOWN, [UNKNOWN])], small)
    assert (row.sender, row.receivers, notes(row)) == ("?", ("?",), [])


def test_time_counts_from_the_first_frame(small):
    assert [row.time_ns for row in only(answered(PING, 3), small)] == [0, 1_000_000]


def test_questions_and_answers_of_arp_are_put_in_words(small):
    assert only([asks(VICTIM, ROUTER.ip, [ROUTER])], small)[0].text == "who has 10.0.1.1? tell 10.0.1.23"


@pytest.mark.parametrize(
    ("layers", "said"),
    [
        (UDP() / DNS(qd=DNSQR(qname="python.org")), "DNS A python.org ?"),
        (UDP() / DNS(qr=1, an=DNSRR(rrname="python.org", rdata="198.18.2.80")), "DNS python.org A 198.18.2.80"),
        (UDP() / DNS(qr=1, rcode=3, qd=DNSQR(qname="x.org")), "DNS NXDOMAIN: A x.org"),
        (UDP() / DNS(qr=1, qd=DNSQR(qname="x.org", qtype="AAAA")), "DNS AAAA x.org: there is none"),
        (TCP(flags="S"), "TCP SYN"),
        (TCP(flags="PA") / b"GET /a HTTP/1.1\r\nHost: b\r\n", "HTTP GET /a HTTP/1.1"),
        (TCP(flags="PA") / b"HTTP/1.1 404 Not Found\r\n", "HTTP 404 Not Found"),
        (TCP(flags="FPA") / b"HTTP/1.0 200 OK\r\n", "HTTP 200 OK and closes"),
        (TCP(flags="PA") / b"QUIT now\r\nmore", 'TCP "QUIT now"'),
        (TCP(flags="PA") / b"\x00\xff\xfe", "TCP 3 bytes"),
        (TCP(flags="RA"), "TCP RST ACK"),
        (ICMP(type=3, code=3), "ICMP port unreachable"),
        (UDP(dport=33434) / b"probe", "UDP 5 bytes to port 33434"),
        (UDP(sport=9, dport=33434) / b"a probe\nof two lines", 'UDP "a probe" to port 33434'),
        (UDP(sport=9, dport=33434) / b"\0\n\1", "UDP 3 bytes to port 33434"),
        (UDP(sport=9, dport=1900) / b"M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n", "SSDP M-SEARCH ssdp:all"),
        (UDP(sport=9, dport=1900) / b"NOTIFY * HTTP/1.1\r\nNT: a\r\nNTS: ssdp:alive\r\n", "SSDP NOTIFY ssdp:alive a"),
        (UDP(sport=9, dport=1900) / b"\xff\0", "SSDP \\xff␀"),
    ],
)
def test_a_packet_is_put_in_words(layers, said):
    found = words(Ether(bytes(Ether(dst=WEB.mac, src=ROUTER_WAN.mac) / IP() / layers)))
    assert f"{found.protocol} {found.text}" == said


def test_the_padding_of_a_short_frame_is_not_what_it_says():
    acknowledgement = Ether() / IP(src="10.0.1.23", dst="10.0.2.80") / TCP(dport=80, flags="A")
    assert words(Ether(bytes(acknowledgement) + b"\0" * 6)).text == "ACK"


def test_hostile_text_is_harmless_and_short():
    evil = b"GET /\x1b[31m\x9b2J\xe2\x80\xaeevil\xf0\x9f\x92\xa3\xff" + b"x" * 500 + b" HTTP/1.1\r\n"
    said = words(Ether(bytes(Ether(dst=WEB.mac, src=ROUTER_WAN.mac) / IP() / TCP() / evil))).text
    assert said.isprintable()
    assert len(said) <= 60
