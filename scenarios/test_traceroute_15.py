"""What the frames of the long traceroute must show: one fact, one test. Live and recorded evidence alike."""

import re
from ipaddress import IPv4Address, IPv4Network
from xml.etree import ElementTree

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP, ICMPerror, IPerror, TCPerror, UDPerror
from scapy.layers.l2 import Ether

from lab.plan import path
from lab.tracing import systems

NAME = "python.org."
HOPS = 15
PROBES = 16
NAMELESS = "core"
KNOWN_BY = {
    "192.168.1.0/24": "openwrt",
    "198.18.10.0/24": "ns-bayline",
    "198.18.20.0/24": "ns-oceanic",
    "198.18.30.0/23": "ns-polder",
}
"""Who has the names of which addresses."""


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("traceroute-15")


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
def routers(way):
    return way[:-1]


@pytest.fixture(scope="module")
def names(seen, way):
    """The name of each address on the way, as the topology gives it; None where there is none."""
    return {hop.ip: name(seen.plan, hop) for hop in way}


def name(plan, hop):
    if hop.node in (NAMELESS, "openwrt", "web"):
        return {NAMELESS: None, "openwrt": "openwrt.lan", "web": "dinsdale.python.org"}[hop.node]
    return f"{hop.network}.{hop.node}.{plan.systems[plan[hop.node].system].domain}"


def backwards(ip):
    return f"{IPv4Address(ip).reverse_pointer}."


def complained(laptop, router):
    return IP(src=router.ip, dst=laptop.ip) / ICMP(type="time-exceeded", code=0)


def rows(table):
    """The table that scapy printed, as (TTL, address, answer)."""
    return [(int(ttl), ip, said) for ttl, ip, said in (line.split() for line in table.splitlines()[1:] if line.strip())]


def hops(printed):
    """The addresses that the system's traceroute printed without names, by TTL, after its headline."""
    return [line.split()[1] for line in printed.splitlines()[1:]]


def named(printed):
    """The names that it printed, by TTL, with the addresses behind them."""
    return re.findall(r"^ *\d+  (\S+) \((\S+)\)", printed, re.MULTILINE)


def complaints(capture, quoted):
    """The addresses that complained about packets of a kind before the laptop, in order."""
    return [one[IP].src for one in capture.received_by("laptop").only(IP() / ICMP(type="time-exceeded") / quoted)]


# scapy


def test_it_is_fifteen_steps_to_python_org(seen, way, web):
    agreed = seen.by_scapy.received_by("laptop").only(IP(src=web.ip) / TCP(sport=80, flags="SA"))
    assert min(one[TCP].dport for one in agreed) - 50000 == len(way) == HOPS


def test_the_home_router_is_asked_for_the_name_before_the_first_probe(seen, laptop, web, way):
    question = IP(src=laptop.ip, dst=way[0].ip) / UDP(dport=53) / DNS(qr=0, qd=DNSQR(qname=NAME, qtype="A"))
    answer = IP(src=way[0].ip, dst=laptop.ip) / UDP(sport=53) / DNS(qr=1, an=DNSRR(rdata=web.ip))
    assert seen.by_scapy.in_order(question, answer, IP(src=laptop.ip, dst=web.ip, ttl=1) / TCP(dport=80, flags="S"))


def test_sixteen_probes_have_the_times_to_live_1_to_16(seen, laptop, web):
    probes = seen.by_scapy.sent_by("laptop").only(IP(src=laptop.ip, dst=web.ip) / TCP(dport=80, flags="S"))
    assert {probe[TCP].sport: probe[IP].ttl for probe in probes} == {50000 + n: n for n in range(1, PROBES + 1)}
    assert len(probes) == PROBES


def test_fourteen_routers_complain_in_the_order_of_the_plan(seen, laptop, routers):
    said = {
        one[TCPerror].sport - 50000: one[IP].src
        for one in seen.by_scapy.received_by("laptop").only(
            IP(dst=laptop.ip) / ICMP(type="time-exceeded", code=0) / IPerror() / TCPerror()
        )
    }
    assert said == {ttl: router.ip for ttl, router in enumerate(routers, start=1)}


def test_each_router_complains_from_the_interface_that_faces_the_laptop(seen, routers):
    for router in routers:
        complaint = Ether(src=router.mac) / IP(src=router.ip) / ICMP(type="time-exceeded", code=0)
        assert complaint in seen.by_scapy.on(router.network).sent_by(router.node)


def test_each_complaint_quotes_the_probe_that_died_with_one_step_left(seen, laptop, web, routers):
    for ttl, router in enumerate(routers, start=1):
        (probe,) = seen.by_scapy.sent_by("laptop").only(IP(src=laptop.ip, dst=web.ip, ttl=ttl) / TCP(flags="S"))
        quoted = IPerror(src=laptop.ip, dst=web.ip, id=probe[IP].id, ttl=1)
        ports = TCPerror(sport=probe[TCP].sport, dport=80, seq=probe[TCP].seq)
        assert complained(laptop, router) / quoted / ports in seen.by_scapy.received_by("laptop")


def test_outside_the_home_the_routers_complain_to_the_home_router_which_knows_whose_probe_it_was(seen, laptop, routers):
    outside = seen.plan["openwrt"].on("last-mile")
    beyond = seen.by_scapy.on("last-mile").received_by("openwrt")
    for router in routers[1:]:
        assert IP(src=router.ip, dst=outside.ip) / ICMP(type="time-exceeded") / IPerror(src=outside.ip) in beyond
    assert beyond.lacks(IP(dst=laptop.ip), given=IP(dst=outside.ip) / ICMP(type="time-exceeded"))


def test_only_probes_that_may_go_fifteen_steps_arrive(seen):
    arrived = seen.by_scapy.received_by("web").only(IP() / TCP(dport=80, flags="S"))
    assert sorted(probe[IP].ttl for probe in arrived) == list(range(1, PROBES - HOPS + 2))


def test_those_are_answered_by_the_web_server_itself(seen, laptop, web):
    agreed = IP(src=web.ip, dst=laptop.ip) / TCP(sport=80, flags="SA")
    answered = [one[TCP].dport for one in seen.by_scapy.received_by("laptop").only(agreed)]
    assert sorted(answered) == [50000 + ttl for ttl in range(HOPS, PROBES + 1)]
    assert IP(src=web.ip) / TCP(sport=80, flags="SA") in seen.by_scapy.sent_by("web")


def test_scapy_prints_the_way_that_the_plan_computes(seen, routers, web):
    expected = [*((router.ip, "11") for router in routers), *[(web.ip, "SA")] * (PROBES - HOPS + 1)]
    assert rows(seen.scapy_printed) == [(ttl, *answer) for ttl, answer in enumerate(expected, start=1)]


# The system's program, with names


def test_the_system_prints_the_same_way_with_the_name_of_each_address_or_else_the_address(seen, way, names):
    assert named(seen.names_printed) == [(names[hop.ip] or hop.ip, hop.ip) for hop in way]
    assert [hop.node for hop in way if names[hop.ip] is None] == [NAMELESS]


def test_each_of_its_probes_goes_one_step_further_and_is_answered_before_the_next(seen, laptop, web, routers):
    asked = [IP(src=laptop.ip, dst=web.ip, ttl=ttl) / UDP() for ttl in range(1, HOPS + 1)]
    died = [complained(laptop, router) / IPerror() / UDPerror() for router in routers]
    refused = (
        IP(src=web.ip, dst=laptop.ip) / ICMP(type="dest-unreach", code="port-unreachable") / IPerror() / UDPerror()
    )
    conversation = zip(asked, [*died, refused], strict=True)
    assert seen.with_names.between("laptop", "openwrt").in_order(*(frame for pair in conversation for frame in pair))


def test_each_address_is_asked_for_its_name_in_the_order_in_which_it_complained(seen, laptop, way):
    questions = seen.with_names.sent_by("laptop").only(UDP(dport=53) / DNS(qr=0, qd=DNSQR(qtype="PTR")))
    assert [one[DNS].qd[0].qname.decode() for one in questions] == [backwards(hop.ip) for hop in way]


def test_each_has_a_name_but_one_of_which_it_is_said_that_there_is_none(seen, way, names):
    heard = seen.with_names.received_by("laptop")
    for hop in way:
        asked = DNSQR(qname=backwards(hop.ip), qtype="PTR")
        if names[hop.ip]:
            assert DNS(qr=1, rcode="ok", qd=asked, an=DNSRR(type="PTR", rdata=f"{names[hop.ip]}.")) in heard
        else:
            assert DNS(qr=1, rcode="name-error", qd=asked, ancount=0) in heard
    assert heard.count(DNS(qr=1, rcode="name-error")) == 1


def test_each_name_is_said_by_the_server_that_has_the_names_of_these_addresses(seen, way):
    for hop in way:
        (server,) = [node for subnet, node in KNOWN_BY.items() if IPv4Address(hop.ip) in IPv4Network(subnet)]
        said = DNS(qr=1, aa=1, qd=DNSQR(qname=backwards(hop.ip), qtype="PTR"))
        assert said in seen.with_names.sent_by(server)


# The system's program, with pings and with connections


def test_pings_find_the_same_way_and_the_web_server_answers_the_last(seen, laptop, web, way, routers):
    pings = seen.by_echo.sent_by("laptop").only(IP(src=laptop.ip, dst=web.ip) / ICMP(type="echo-request"))
    assert [ping[IP].ttl for ping in pings] == list(range(1, HOPS + 1))
    assert complaints(seen.by_echo, IPerror() / ICMPerror(type="echo-request")) == [router.ip for router in routers]
    assert IP(src=web.ip, dst=laptop.ip) / ICMP(type="echo-reply") in seen.by_echo.received_by("laptop")
    assert hops(seen.echo_printed) == [hop.ip for hop in way]


def test_connections_find_the_same_way_and_the_web_server_agrees_to_the_last(seen, laptop, web, way, routers):
    probes = seen.by_tcp.sent_by("laptop").only(IP(src=laptop.ip, dst=web.ip) / TCP(dport=80, flags="S"))
    assert [probe[IP].ttl for probe in probes] == list(range(1, HOPS + 1))
    assert complaints(seen.by_tcp, IPerror() / TCPerror(dport=80)) == [router.ip for router in routers]
    assert IP(src=web.ip, dst=laptop.ip) / TCP(sport=80, flags="SA") in seen.by_tcp.received_by("laptop")
    assert hops(seen.tcp_printed) == [hop.ip for hop in way]


def test_nobody_is_asked_for_names_that_are_not_wanted(seen, laptop, web):
    towards_web = IP(src=laptop.ip, dst=web.ip)
    for act in (seen.by_echo, seen.by_tcp):
        assert act.lacks(UDP(dport=53), given=towards_web)


# The picture


def texts(svg):
    return [text for text in ElementTree.fromstring(svg).itertext() if text.strip()]


def test_the_picture_is_well_formed_and_holds_every_hop(seen, way):
    written = " ".join(texts(seen.traceroute))
    assert [hop.ip for hop in way if hop.ip not in written] == []


def test_the_picture_has_one_box_for_each_provider_on_the_way(seen, way):
    of = systems(seen.plan)
    lie_in = dict.fromkeys(of[IPv4Address(hop.ip)] for hop in way)
    assert [system.name for system in lie_in] == ["home", "bayline", "oceanic", "polder"]
    numbers = re.findall(r"\b(?:AS)?(6\d{4})\b", " ".join(texts(seen.traceroute)))
    assert sorted(map(int, numbers)) == sorted(system.number for system in lie_in)


def test_nobody_is_asked_whose_an_address_is(seen, laptop, web, way):
    sent = seen.by_scapy.sent_by("laptop")
    assert sent.lacks(TCP(dport=43), given=TCP(dport=80))
    assert {packet[IP].dst for packet in sent.only(IP())} == {way[0].ip, web.ip}
