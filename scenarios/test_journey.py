"""What the frames of the journey must show: one fact, one test. Live and recorded evidence alike."""

from itertools import pairwise

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from lab.capture import payload
from lab.plan import path

NAME = "python.org."
QUESTIONS = {"what": "What?", "where": "Where?", "how": "How?", "says_what": "Says what?"}
REQUEST = b"GET / HTTP/1.1\r\nHost: python.org\r\nConnection: close\r\n\r\n"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("journey")


@pytest.fixture(scope="module")
def laptop(seen):
    return seen.plan["laptop"]


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def way(seen):
    """The interfaces by which the laptop's packets enter one node after the other, the web server last."""
    return path(seen.plan, "laptop", "web")


@pytest.fixture(scope="module")
def outside(seen):
    """The address that the home speaks with to the world."""
    return seen.plan["openwrt"].on("last-mile").ip


def wires(seen, way):
    """The two ends of each wire on the way, sender first."""
    senders = [seen.plan["laptop"].on("home"), *(seen.plan[a.node].on(b.network) for a, b in pairwise(way))]
    return list(zip(senders, way, strict=True))


def asked(server, rd=1):
    return IP(dst=server.ip) / UDP(dport=53) / DNS(qr=0, rd=rd, qd=DNSQR(qname=NAME, qtype="A"))


def refers(server, zone, to):
    return IP(src=server.ip) / UDP(sport=53) / DNS(qr=1, aa=0, ns=DNSRR(rrname=zone, type="NS", rdata=to))


def test_a_packet_crosses_fifteen_wires_between_the_laptop_and_the_web_server(seen, way, web):
    request = IP(dst=web.ip) / ICMP(type="echo-request")
    crossed = [name for name in (hop.network for hop in way) if request in seen.where.on(name)]
    assert len(crossed) == seen.where.count(request) == 15


def test_before_anything_else_the_laptop_finds_the_mac_of_its_router(seen, laptop, way):
    request = ARP(op="who-has", psrc=laptop.ip, pdst=way[0].ip)
    assert seen.what.in_order(request, ARP(op="is-at", psrc=way[0].ip, hwsrc=way[0].mac), asked(way[0]))
    assert seen.what.sent_by("laptop").only(IP())[0][IP].dst == way[0].ip


def test_the_laptop_asks_its_router_and_the_router_the_resolver(seen, laptop, outside):
    router, resolver = seen.plan["openwrt"], seen.plan["resolver"]
    assert asked(router) in seen.what.sent_by("laptop").received_by("openwrt")
    (passed_on,) = seen.what.sent_by("openwrt").received_by("boston").only(asked(resolver))
    assert passed_on[IP].src == outside


def test_the_resolver_asks_its_way_down_from_the_root(seen):
    root, tld, ns1 = (seen.plan[name] for name in ("root", "tld", "ns1"))
    assert seen.what.between("resolver", "cambridge").in_order(
        asked(root, rd=0),
        refers(root, "org.", "tld.org."),
        asked(tld, rd=0),
        refers(tld, NAME, "ns1.python.org."),
        asked(ns1, rd=0),
    )


def test_the_number_comes_with_authority_and_goes_back_to_the_laptop(seen, laptop, web):
    number = DNSRR(rrname=NAME, type="A", rdata=web.ip)
    assert seen.what.in_order(
        IP(src=seen.plan["ns1"].ip) / UDP(sport=53) / DNS(qr=1, aa=1, an=number),
        IP(src=seen.plan["resolver"].ip) / UDP(sport=53) / DNS(qr=1, aa=0, an=number),
        IP(src=seen.plan["openwrt"].ip, dst=laptop.ip) / UDP(sport=53) / DNS(qr=1, an=number),
    )
    assert seen.address == web.ip


def test_nothing_goes_to_the_number_before_it_is_known(seen, laptop, web):
    assert seen.what.sent_by("laptop").lacks(IP(dst=web.ip), given=IP(dst=seen.plan["openwrt"].ip))


def test_the_time_to_live_falls_by_one_on_each_wire(seen, way, web):
    request = IP(dst=web.ip) / ICMP(type="echo-request")
    lives = [
        packet[IP].ttl
        for sender, receiver in wires(seen, way)
        for packet in seen.where.on(receiver.network).sent_by(sender.node).only(request)
    ]
    assert lives == list(range(64, 64 - len(way), -1))


def test_on_each_wire_the_macs_are_those_of_its_two_ends(seen, way, web):
    request = IP(dst=web.ip) / ICMP(type="echo-request")
    for sender, receiver in wires(seen, way):
        (packet,) = seen.where.on(receiver.network).sent_by(sender.node).only(request)
        assert (packet[Ether].src, packet[Ether].dst) == (sender.mac, receiver.mac)


def test_the_sender_changes_once_where_the_home_meets_the_world(seen, way, laptop, web, outside):
    request = IP(dst=web.ip) / ICMP(type="echo-request")
    senders = [
        packet[IP].src
        for sender, receiver in wires(seen, way)
        for packet in seen.where.on(receiver.network).sent_by(sender.node).only(request)
    ]
    assert senders == [laptop.ip] + [outside] * (len(way) - 1)


def test_the_reply_comes_back_by_the_same_way_to_the_laptops_own_address(seen, way, laptop, web):
    replies = [frame for frame in seen.where if frame.packet.haslayer(ICMP) and frame.packet[ICMP].type == 0]
    assert [frame.port.node for frame in replies] == [hop.node for hop in reversed(way)]
    assert IP(src=web.ip, dst=laptop.ip) / ICMP(type="echo-reply") in seen.where.received_by("laptop")


def test_a_connection_is_agreed_on_with_three_packets(seen):
    wire = seen.how.on("colo")
    syn, agreed, confirmed = (wire.only(IP() / TCP(flags=flags)) for flags in ("S", "SA", "A"))
    assert len(syn) == len(agreed) == len(confirmed) == 1
    assert wire.in_order(TCP(dport=80, flags="S"), TCP(sport=80, flags="SA"), TCP(dport=80, flags="A"))
    assert agreed[0][TCP].ack == syn[0][TCP].seq + 1
    assert confirmed[0][TCP].ack == agreed[0][TCP].seq + 1


def test_no_word_is_said_before_the_connection_stands(seen):
    assert seen.how.lacks(TCP() / Raw(), given=TCP(flags="A"))


def test_the_request_asks_for_the_page_of_that_name(seen):
    assert TCP(dport=80) / Raw(load=REQUEST) in seen.says_what.on("home").sent_by("laptop")


def test_what_is_said_stays_the_same_on_every_wire(seen, way, web):
    said = [
        payload(packet[TCP])
        for sender, receiver in wires(seen, way)
        for packet in seen.says_what.on(receiver.network).sent_by(sender.node).only(IP(dst=web.ip) / TCP() / Raw())
    ]
    assert said == [REQUEST] * len(way)


def test_the_page_that_arrives_is_the_one_that_the_server_has(seen):
    files = (file.content for file in seen.plan["web"].setup.files)
    assert seen.page == next(content for content in files if "<title>" in content)


def test_the_connection_ends_in_both_directions(seen):
    colo = seen.says_what.on("colo")
    ends = [
        packet for sender in ("web", "swcolo2") for packet in colo.sent_by(sender).only(TCP()) if packet[TCP].flags.F
    ]
    assert [packet[TCP].sport == 80 for packet in ends] == [True, False]


def test_each_question_is_answered_by_one_frame_that_comes_to_the_laptop(seen):
    for act, question in QUESTIONS.items():
        (answer,) = (frame for frame in getattr(seen, act) if frame.answers)
        assert (answer.answers, list(map(str, answer.delivered))) == (question, ["laptop:home"])


def test_all_on_the_way_could_read_it_and_nobody_else(seen, way):
    heard = {port.node for frame in seen.says_what if frame.packet.haslayer(TCP) for port in frame.delivered}
    assert heard == {"laptop", *(hop.node for hop in way)}
