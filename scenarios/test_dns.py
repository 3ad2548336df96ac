"""What the frames of the DNS story must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRSOA
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.l2 import ARP

NAME = "python.org."
NOBODY = "no-such-host.python.org."


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("dns")


@pytest.fixture(scope="module")
def victim(seen):
    return seen.plan["victim"]


@pytest.fixture(scope="module")
def resolver(seen):
    return seen.plan["dns"]


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def question(victim, resolver):
    return IP(src=victim.ip, dst=resolver.ip) / UDP(dport=53) / DNS(qr=0, rd=1, qd=DNSQR(qname=NAME, qtype="A"))


@pytest.fixture(scope="module")
def answer(victim, resolver, web):
    address = DNSRR(rrname=NAME, type="A", rdata=web.ip)
    return IP(src=resolver.ip, dst=victim.ip) / UDP(sport=53) / DNS(qr=1, aa=1, rcode="ok", an=address)


def test_the_resolver_is_the_one_that_the_plan_gives(victim, resolver):
    assert str(victim.resolver) == resolver.ip


def test_the_victim_first_finds_the_mac_of_the_resolver_by_arp(seen, victim, resolver, question):
    assert seen.asked.in_order(
        ARP(op="who-has", psrc=victim.ip, pdst=resolver.ip),
        ARP(op="is-at", psrc=resolver.ip, hwsrc=resolver.mac, pdst=victim.ip),
        question,
    )


def test_the_question_asks_for_the_name_and_wishes_for_recursion(seen, question):
    assert question in seen.asked.sent_by("victim").received_by("dns")


def test_the_answer_is_the_address_of_the_web_server(seen, answer):
    assert answer in seen.asked.sent_by("dns").received_by("victim")


def test_the_answer_carries_the_number_and_the_port_of_its_question(seen, question, answer):
    (asked,), (answered,) = seen.asked.only(question), seen.asked.only(answer)
    assert answered[DNS].id == asked[DNS].id
    assert answered[UDP].dport == asked[UDP].sport


def test_question_and_answer_stay_between_the_two(seen, question, answer):
    for node in ("attacker", "printer", "router"):
        assert seen.asked.received_by(node).lacks(question, given=ARP(op="who-has"))
        assert seen.asked.received_by(node).lacks(answer, given=ARP(op="who-has"))


def test_nslookup_and_getent_ask_the_same_question(seen, question, answer):
    assert seen.asked_otherwise.in_order(question, answer, question, answer)
    assert seen.asked_otherwise.count(question) == seen.asked_otherwise.count(answer)


def test_every_client_prints_the_address(seen, web):
    assert web.ip in seen.dig_printed
    assert web.ip in seen.nslookup_printed
    assert web.ip in seen.getent_printed


def test_a_name_that_does_not_exist_is_answered_with_nxdomain(seen, resolver):
    asked = DNS(qr=0, qd=DNSQR(qname=NOBODY))
    denied = DNS(qr=1, rcode="name-error", ancount=0, ns=DNSRRSOA(rrname=NAME))
    assert seen.asked_in_vain.in_order(asked, IP(src=resolver.ip) / UDP(sport=53) / denied)
    assert "NXDOMAIN" in seen.dig_printed_in_vain


def test_no_connection_is_tried_to_a_name_that_does_not_exist(seen):
    assert seen.asked_in_vain.lacks(TCP(), given=DNS(qr=1, rcode="name-error"))


def test_the_answer_precedes_the_first_connection(seen, victim, web, question, answer):
    first_syn = IP(src=victim.ip, dst=web.ip) / TCP(dport=80, flags="S")
    assert seen.visited.sent_by("victim").in_order(question, first_syn)
    assert seen.visited.in_order(question, answer, first_syn)
    assert seen.visited.between("victim", "router").count(first_syn) == 1


def test_the_page_comes_from_the_address_in_the_answer(seen, web, victim):
    assert IP(src=web.ip, dst=victim.ip) / TCP(sport=80, flags="SA") in seen.visited.received_by("victim")
    assert seen.page in [file.content for file in web.setup.files]
