"""The normalised ladder: equal for what is equal, different for what differs, in an order that no lot decides."""

from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import Ether

from lab.ladder import normalised
from tests.capture.build import ATTACKER, ROUTER, ROUTER_WAN, VICTIM, WEB, capture, sent
from tests.ladder.traffic import PING, Lot, Told, answered, asks, claim, relayed, routed, visit, wire

OTHER_LOT = Lot(port=51234, seen_outside=2222, sequence=77, first_id=300)
GROUP = "01:00:5e:00:00:fb"


def normal(plan, *frames, **options):
    return normalised([Told(capture(*frames))], plan, **options)


def lines(plan, *frames, **options):
    return [line.strip() for line in normal(plan, *frames, **options).splitlines()[1:]]


def dns(number, port, name="web.lan"):
    packet = IP(src=VICTIM.ip, dst=ROUTER.ip) / UDP(sport=port, dport=53) / DNS(id=number, qd=DNSQR(qname=name))
    return wire(packet, VICTIM, ROUTER)


def announced(text):
    said = DNS(qr=1, an=DNSRR(rrname="_ipp._tcp.local", type="PTR", rdata=text))
    packet = IP(src=ATTACKER.ip, dst="224.0.0.251") / UDP(sport=5353, dport=5353) / said
    return sent(Ether(src=ATTACKER.mac, dst=GROUP) / packet, ATTACKER, [VICTIM, ROUTER])


def test_numbers_drawn_by_lot_make_no_difference(small):
    assert normal(small, *visit()) == normal(small, *visit(OTHER_LOT))


def test_how_a_stream_is_cut_and_acknowledged_makes_no_difference(small):
    cut = visit(pieces=[b"HTTP/1.1 200", b" OK\r\n\r\nhe", b"llo"], acks=2)
    assert normal(small, *visit()) == normal(small, *cut)


def test_a_fin_that_comes_with_the_last_bytes_makes_no_difference(small):
    said = TCP(sport=80, dport=40001, seq=1, flags="PA") / b"bye"
    apart = [*answered(said, 1), *answered(TCP(sport=80, dport=40001, seq=4, flags="FA"), 2)]
    said.flags = "FPA"
    assert normal(small, *apart) == normal(small, *answered(said, 1))


def test_another_answer_makes_a_difference(small):
    assert normal(small, *visit()) != normal(small, *visit(pieces=[b"HTTP/1.1 404 Not Found\r\n\r\n"]))


def test_another_way_makes_a_difference(small):
    assert normal(small, *routed(PING, 3)) != normal(small, *relayed(PING, 3))


def test_a_lie_is_in_it(small):
    assert "LIE" in normal(small, claim(ATTACKER, VICTIM, ROUTER.ip, ATTACKER.mac))


def test_ports_of_services_stay_and_others_have_names_in_order(small):
    first = lines(small, *visit())[:2]
    assert first == [
        "victim -> router: 10.0.1.23:port-1 > 10.0.2.80:80 ttl 64 TCP SYN",
        "router -> web: 10.0.2.1:port-2 > 10.0.2.80:80 ttl 63 TCP SYN [NAT]",
    ]


def test_a_number_that_two_conversations_drew_makes_no_difference(small):
    apart = normal(small, dns(11, 40000), dns(12, 40001, "other.lan"))
    assert normal(small, dns(11, 40000), dns(12, 40000, "other.lan")) == apart
    assert normal(small, dns(11, 40000), dns(11, 40001, "other.lan")) == apart


def test_two_probes_that_drew_the_same_identification_are_two(small):
    dead = TCP(sport=40001, dport=33434) / b"probe"
    goes_on = TCP(sport=40002, dport=33435) / b"probe"
    assert normal(small, routed(dead, 300)[0], *routed(goes_on, 300)) == normal(
        small, routed(dead, 300)[0], *routed(goes_on, 310)
    )


def test_names_begin_anew_in_each_act(small):
    act = Told(capture(dns(11, 40000)))
    one, other = normalised([act, act], small).split("\n\n")
    assert one.strip() == other.strip()


def test_conversations_that_run_at_once_stand_one_after_the_other(small):
    one, other = routed(PING, 3), visit(OTHER_LOT)
    mixed = [one[0], *other[:3], one[1], *other[3:]]
    assert normal(small, *mixed) == normal(small, *one, *other)


def test_an_arp_question_stands_before_the_packet_that_waited_for_it(small):
    first, second = routed(PING, 3)
    question, answer = asks(ROUTER_WAN, WEB.ip, [WEB]), claim(WEB, ROUTER_WAN, WEB.ip, WEB.mac)
    other = dns(11, 40000)
    told = normal(small, first, question, answer, second, other)
    assert told == normal(small, first, question, other, answer, second)
    order = ["echo request", "who has", "is at", "echo request", "DNS"]
    assert all(
        word in line for word, line in zip(order, lines(small, first, question, other, answer, second), strict=True)
    )


def test_what_comes_first_stands_first(small):
    lie = claim(ATTACKER, VICTIM, ROUTER.ip, ATTACKER.mac)
    assert "LIE" in lines(small, lie, *routed(PING, 3))[0]
    assert "LIE" in lines(small, *routed(PING, 3), lie)[-1]


def test_announcements_are_left_out(small):
    assert normal(small, announced("a"), *visit()) == normal(small, *visit(), announced("b"))


def test_an_act_of_announcements_alone_tells_them_as_a_sorted_set(small):
    told = normal(small, announced("b.local"), announced("a.local"), announced("b.local"))
    assert told == normal(small, announced("a.local"), announced("b.local"))
    assert "a.local" in told


def test_what_is_put_aside_can_be_chosen(small):
    assert lines(small, *visit(), aside=lambda row: row.protocol == "TCP") == [
        line for line in lines(small, *visit()) if " TCP " not in line
    ]


def test_who_hangs_up_while_the_other_breaks_off_makes_no_difference(small):
    def says(flags, src, dst, sport, dport):
        return IP(src=src.ip, dst=dst.ip) / TCP(sport=sport, dport=dport, flags=flags)

    breaks = wire(says("RA", VICTIM, ROUTER, 40000, 80), VICTIM, ROUTER)
    hangs_up = wire(says("FA", ROUTER, VICTIM, 80, 40000), ROUTER, VICTIM)
    assert lines(small, hangs_up, breaks) == lines(small, breaks)
    assert lines(small, hangs_up) != []


def test_by_tls_both_hang_up_at_once_and_who_is_first_makes_no_difference(small):
    def says(number, flags, here, there, ports, data=b""):
        segment = TCP(sport=ports[0], dport=ports[1], flags=flags) / data
        return wire(IP(src=here.ip, dst=there.ip, id=number) / segment, here, there)

    there, back = (VICTIM, ROUTER, (40000, 443)), (ROUTER, VICTIM, (443, 40000))
    opens, speaks = says(1, "S", *there), says(2, "PA", *there, b"\x17\3\3\0\1a")
    one, other = says(3, "FA", *there), says(4, "FA", *back)
    assert normal(small, opens, speaks, one, other) == normal(small, opens, speaks, other, one)
    assert normal(small, opens, one, other) != normal(small, opens, other, one)


def test_who_breaks_off_may_be_told_once_more(small):
    def breaks(number, flags):
        return wire(IP(src=VICTIM.ip, dst=ROUTER.ip, id=number) / TCP(sport=9, dport=80, flags=flags), VICTIM, ROUTER)

    assert lines(small, breaks(1, "RA"), breaks(2, "R")) == lines(small, breaks(1, "RA"))
