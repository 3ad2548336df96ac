"""What the frames of the hierarchy of names must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, UDP, IPerror, UDPerror

NAME = "python.org."
SECOND = "ns2.bayline.net."
TTL = 5


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("dns-hierarchy")


@pytest.fixture(scope="module")
def node(seen):
    return lambda name: seen.plan[name]


@pytest.fixture(scope="module")
def address(node):
    """The record that everything is about."""
    return DNSRR(rrname=NAME, type="A", rdata=node("web").ip)


def question(to, rd=0, name=NAME, qtype="A"):
    return IP(dst=to.ip) / UDP(dport=53) / DNS(qr=0, rd=rd, qd=DNSQR(qname=name, qtype=qtype))


def answer(of, **fields):
    return IP(src=of.ip) / UDP(sport=53) / DNS(qr=1, **fields)


def server(zone, name):
    return DNSRR(rrname=zone, type="NS", rdata=name)


def questions(capture):
    """Whom the resolver asks for what, in order."""
    asked = capture.sent_by("resolver").only(IP() / UDP(dport=53) / DNS(qr=0))
    return [(packet[IP].dst, packet[DNS].qd[0].qname.decode()) for packet in asked]


def test_the_laptop_wishes_for_recursion_and_the_resolver_does_not(seen, node):
    assert question(node("openwrt"), rd=1) in seen.cold.sent_by("laptop")
    assert question(node("resolver"), rd=1) in seen.cold.sent_by("openwrt")
    assert seen.cold.sent_by("resolver").lacks(UDP(dport=53) / DNS(qr=0, rd=1), given=UDP(dport=53) / DNS(qr=0, rd=0))


def test_the_resolver_first_asks_the_root_who_the_roots_are(seen, node):
    root = node("root")
    wire = seen.cold.between("resolver", "cambridge")
    assert wire.in_order(question(root, name=".", qtype="NS"), answer(root, aa=1, an=server(".", "root.")))


def test_it_asks_its_way_down_from_the_root(seen, node):
    assert questions(seen.cold) == [
        (node("root").ip, "."),
        (node("root").ip, NAME),
        (node("tld").ip, NAME),
        (node("ns1").ip, NAME),
    ]


def test_the_root_refers_to_the_servers_of_org_with_their_address(seen, node):
    glue = DNSRR(rrname="tld.org.", type="A", rdata=node("tld").ip)
    assert answer(node("root"), aa=0, ancount=0, ns=server("org.", "tld.org."), ar=glue) in seen.cold.sent_by("root")


def test_org_refers_to_both_servers_of_the_name_and_gives_the_address_of_the_one_below_it(seen, node):
    glue = DNSRR(rrname="ns1.python.org.", type="A", rdata=node("ns1").ip)
    (referral,) = seen.cold.sent_by("tld").only(answer(node("tld"), aa=0, ancount=0, ar=glue))
    assert {record.rdata for record in referral[DNS].ns} == {b"ns1.python.org.", SECOND.encode()}
    addresses = [record.rrname for record in referral[DNS].ar if isinstance(record, DNSRR)]  # and not EDNS's record
    assert addresses == [b"ns1.python.org."]


def test_only_the_last_server_answers_with_authority(seen, node, address):
    assert answer(node("ns1"), aa=1, an=address) in seen.cold.sent_by("ns1")
    assert answer(node("resolver"), aa=0, ra=1, an=address) in seen.cold.sent_by("resolver")


def test_the_second_time_the_resolver_asks_nobody(seen, node, address):
    told = answer(node("resolver"), an=address)
    assert seen.remembered.sent_by("resolver").lacks(UDP(dport=53), given=told)


def test_what_is_remembered_is_said_to_be_good_for_no_longer_than_it_was(seen, node):
    (told,) = seen.remembered.sent_by("resolver").only(answer(node("resolver")))
    (fresh,) = seen.cold.sent_by("ns1").only(answer(node("ns1")))
    assert fresh[DNS].an[0].ttl == TTL
    assert 0 <= told[DNS].an[0].ttl <= TTL


def test_after_its_time_only_the_last_server_is_asked(seen, node):
    assert questions(seen.outdated) == [(node("ns1").ip, NAME)]


def test_the_fresh_answer_is_good_for_its_whole_time_again(seen, node, address):
    (told,) = seen.outdated.sent_by("resolver").only(answer(node("resolver"), an=address))
    assert told[DNS].an[0].ttl == TTL


def test_where_the_first_server_was_nobody_listens_any_more(seen, node):
    refused = ICMP(type="dest-unreach", code="port-unreachable") / IPerror(src=node("resolver").ip) / UDPerror(dport=53)
    assert IP(src=node("ns1").ip) / refused in seen.stand_in.sent_by("ns1")
    assert seen.stand_in.sent_by("ns1").lacks(DNS(qr=1), given=ICMP(type="dest-unreach"))


def test_the_resolver_asks_the_dead_server_and_then_finds_the_other_one(seen, node):
    asked = questions(seen.stand_in)
    assert (node("ns1").ip, NAME) in asked
    assert asked[-1] == (node("ns2").ip, NAME)
    assert asked.index((node("ns1").ip, NAME)) < asked.index((node("root").ip, SECOND)) < len(asked) - 1


def test_the_other_server_answers_with_the_same_authority(seen, node, address):
    assert answer(node("ns2"), aa=1, an=address) in seen.stand_in.sent_by("ns2")


def test_the_laptop_gets_the_same_address_each_time(seen, node, address):
    for act in (seen.cold, seen.remembered, seen.outdated, seen.stand_in):
        assert act.received_by("laptop").count(answer(node("openwrt"), rcode="ok", an=address)) == 1
    assert all(f"IN\tA\t{node('web').ip}" in printed for printed in seen.printed)
