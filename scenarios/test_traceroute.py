"""What the frames of the traceroute story must show: one fact, one test. Live and recorded evidence alike."""

from xml.etree import ElementTree

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, TCPerror, UDPerror
from scapy.layers.l2 import ARP, Ether

from lab.plan import path

NAME = "python.org."
PROBES = 6


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("traceroute")


@pytest.fixture(scope="module")
def victim(seen):
    return seen.plan["victim"]


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def way(seen):
    """The interfaces by which the victim's packets enter one node after the other, the web server last."""
    return path(seen.plan, "victim", "web")


@pytest.fixture(scope="module")
def routers(way):
    return way[:-1]


def syn(victim, web, ttl):
    return IP(src=victim.ip, dst=web.ip, ttl=ttl) / TCP(dport=80, flags="S")


def expired(victim, router):
    return IP(src=router.ip, dst=victim.ip) / ICMP(type="time-exceeded", code=0)


def rows(table):
    """The table that scapy printed, as (TTL, address, answer)."""
    return [(int(ttl), ip, said) for ttl, ip, said in (line.split() for line in table.splitlines()[1:] if line.strip())]


def hops(printed):
    """The addresses that the system's traceroute printed, by TTL, after its headline."""
    return [line.split()[1] for line in printed.splitlines()[1:]]


def test_a_packet_with_a_time_to_live_of_1_dies_in_the_first_router(seen, victim, web, routers):
    probe = IP(src=victim.ip, dst=web.ip, ttl=1) / UDP()
    assert seen.one_hop.in_order(probe, expired(victim, routers[0]) / IPerror(dst=web.ip) / UDPerror())
    assert seen.one_hop.sent_by(routers[0].node).lacks(IP(src=victim.ip) / UDP(), given=expired(victim, routers[0]))
    assert hops(seen.one_hop_printed) == [routers[0].ip]


def test_each_time_the_name_is_asked_for_first(seen, victim, web):
    question = IP(src=victim.ip) / UDP(dport=53) / DNS(qr=0, qd=DNSQR(qname=NAME, qtype="A"))
    answer = IP(dst=victim.ip) / UDP(sport=53) / DNS(qr=1, rcode="ok", an=DNSRR(rdata=web.ip))
    for act in (seen.one_hop, seen.by_scapy, seen.by_the_system):
        assert act.in_order(question, answer, IP(src=victim.ip, dst=web.ip))
        assert [packet[IP].dst for packet in act.sent_by("victim").only(IP())][:2] == [str(victim.resolver), web.ip]


def test_scapy_finds_the_routers_mac_by_arp_before_its_first_probe(seen, victim, web, routers):
    request = ARP(op="who-has", psrc=victim.ip, pdst=routers[0].ip)
    reply = ARP(op="is-at", psrc=routers[0].ip, hwsrc=routers[0].mac)
    assert seen.by_scapy.in_order(request, reply, syn(victim, web, ttl=1))


def test_the_probes_have_the_times_to_live_1_2_3_and_so_on(seen, victim, web):
    probes = seen.by_scapy.sent_by("victim").only(IP(src=victim.ip, dst=web.ip) / TCP(dport=80, flags="S"))
    assert sorted(probe[IP].ttl for probe in probes) == list(range(1, PROBES + 1))


def test_each_probe_asks_for_a_connection_of_its_own(seen, victim, web):
    probes = seen.by_scapy.sent_by("victim").only(IP(src=victim.ip, dst=web.ip) / TCP(flags="S"))
    assert {probe[IP].ttl: probe[TCP].sport for probe in probes} == {ttl: 50000 + ttl for ttl in range(1, PROBES + 1)}


def test_each_router_complains_from_the_interface_that_faces_the_victim(seen, victim, routers):
    complaints = seen.by_scapy.received_by("victim").only(IP() / ICMP(type="time-exceeded"))
    assert sorted(one[IP].src for one in complaints) == sorted(router.ip for router in routers)
    for router in routers:
        complaint = Ether(src=router.mac) / IP(src=router.ip) / ICMP(type="time-exceeded", code=0)
        assert complaint in seen.by_scapy.on(router.network).sent_by(router.node)


def test_each_complaint_quotes_the_probe_that_died(seen, victim, web, routers):
    for ttl, router in enumerate(routers, start=1):
        (probe,) = seen.by_scapy.sent_by("victim").only(syn(victim, web, ttl))
        quoted = IPerror(src=victim.ip, dst=web.ip, id=probe[IP].id)
        ports = TCPerror(sport=probe[TCP].sport, dport=80, seq=probe[TCP].seq)
        assert expired(victim, router) / quoted / ports in seen.by_scapy.received_by("victim")


def test_a_probe_has_one_step_left_when_it_dies(seen, victim, routers):
    complaints = seen.by_scapy.received_by("victim").only(IP() / ICMP(type="time-exceeded"))
    assert [one[IPerror].ttl for one in complaints] == [1] * len(routers)


def test_no_probe_gets_further_than_its_time_to_live(seen, victim, web, routers):
    arrived = seen.by_scapy.received_by("web").only(IP() / TCP(flags="S"))
    assert sorted(probe[TCP].sport for probe in arrived) == [50000 + ttl for ttl in range(len(routers) + 1, PROBES + 1)]
    assert sorted(probe[IP].ttl for probe in arrived) == list(range(1, PROBES + 1 - len(routers)))


def test_the_last_answer_comes_from_the_web_server_itself(seen, victim, web, way):
    agreed = IP(src=web.ip, dst=victim.ip) / TCP(sport=80, flags="SA")
    answered = [one[TCP].dport for one in seen.by_scapy.received_by("victim").only(agreed)]
    assert sorted(answered) == [50000 + ttl for ttl in range(len(way), PROBES + 1)]
    assert IP(src=web.ip) / TCP(sport=80, flags="SA") in seen.by_scapy.sent_by("web")


def test_the_victims_kernel_hangs_up_on_connections_that_it_never_asked_for(seen, victim, web, way):
    hung_up = seen.by_scapy.sent_by("victim").only(IP(src=victim.ip, dst=web.ip) / TCP(flags="R"))
    assert sorted(one[TCP].sport for one in hung_up) == [50000 + ttl for ttl in range(len(way), PROBES + 1)]


def test_scapy_prints_the_way_that_the_plan_computes(seen, way, web):
    expected = [*((router.ip, "11") for router in way[:-1]), *[(web.ip, "SA")] * (PROBES - len(way) + 1)]
    assert rows(seen.scapy_printed) == [(ttl, *answer) for ttl, answer in enumerate(expected, start=1)]


def test_the_systems_traceroute_agrees(seen, way):
    assert hops(seen.system_printed) == [hop.ip for hop in way]


def test_the_systems_probes_are_answered_one_after_the_other(seen, victim, web, routers):
    asked = [IP(src=victim.ip, dst=web.ip, ttl=ttl) / UDP() for ttl in range(1, len(routers) + 2)]
    complaints = [expired(victim, router) / IPerror() / UDPerror() for router in routers]
    arrived = (
        IP(src=web.ip, dst=victim.ip) / ICMP(type="dest-unreach", code="port-unreachable") / IPerror() / UDPerror()
    )
    conversation = zip(asked, [*complaints, arrived], strict=True)
    assert seen.by_the_system.between("victim", routers[0].node).in_order(
        *(frame for asked_and_answered in conversation for frame in asked_and_answered)
    )


def test_the_systems_probes_arrive_where_nobody_listens(seen, victim, web):
    refused = IP(src=web.ip, dst=victim.ip) / ICMP(type="dest-unreach", code="port-unreachable")
    assert refused in seen.by_the_system.received_by("victim")
    assert seen.by_the_system.received_by("victim").lacks(IP(src=web.ip) / UDP(), given=refused)


def test_the_graph_is_well_formed_and_holds_every_hop(seen, way):
    drawn = ElementTree.fromstring(seen.graph)
    texts = " ".join("".join(text.itertext()) for text in drawn.iter("{http://www.w3.org/2000/svg}text"))
    assert [hop.ip for hop in way if hop.ip not in texts] == []


def test_the_graph_names_the_system_of_every_hop_by_the_lab_and_not_by_whois(seen, way):
    texts = "".join(ElementTree.fromstring(seen.graph).itertext())
    assert [hop for hop in way if hop.ip not in texts or hop.network not in texts] == []
    reached = {packet[IP].dst for packet in seen.by_scapy.sent_by("victim").only(IP())}
    assert reached == {str(seen.plan["victim"].resolver), way[-1].ip}
