"""What the frames of the ARP-poisoning story must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import ICMP, IP
from scapy.layers.l2 import ARP, Ether


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("arp-poisoning")


@pytest.fixture(scope="module")
def victim(seen):
    return seen.plan["victim"]


@pytest.fixture(scope="module")
def attacker(seen):
    return seen.plan["attacker"]


@pytest.fixture(scope="module")
def gateway(seen):
    return seen.plan["router"].on("lan")


@pytest.fixture(scope="module")
def ping(seen, victim):
    return IP(src=victim.ip, dst=seen.plan["web"].ip) / ICMP(type="echo-request")


def test_at_first_the_victim_reaches_the_web_through_the_router(seen, victim, gateway, ping):
    assert Ether(src=victim.mac, dst=gateway.mac) / ping in seen.before.received_by("router")


def test_at_first_the_web_answers(seen, victim):
    assert IP(src=seen.plan["web"].ip, dst=victim.ip) / ICMP(type="echo-reply") in seen.before.received_by("victim")


def test_the_switch_keeps_the_traffic_of_the_victim_from_the_attacker_at_first(seen, victim):
    assert seen.before.received_by("attacker").lacks(IP(src=victim.ip), given=ARP(op="who-has", psrc=victim.ip))


def test_at_first_both_ends_believe_the_truth(seen, victim, gateway):
    assert seen.believed_before.victim[gateway.ip] == gateway.mac
    assert seen.believed_before.router[victim.ip] == victim.mac


def test_the_attacker_claims_the_address_of_the_router(seen, attacker, gateway):
    assert ARP(op="is-at", psrc=gateway.ip, hwsrc=attacker.mac) in seen.during.sent_by("attacker")


def test_the_attacker_claims_the_address_of_the_victim(seen, attacker, victim):
    assert ARP(op="is-at", psrc=victim.ip, hwsrc=attacker.mac) in seen.during.sent_by("attacker")


def test_both_ends_believe_the_lie(seen, victim, attacker, gateway):
    assert seen.believed_during.victim[gateway.ip] == attacker.mac
    assert seen.believed_during.router[victim.ip] == attacker.mac


def test_the_ping_passes_through_the_attacker(seen, victim, attacker, gateway, ping):
    assert seen.during.in_order(
        Ether(src=victim.mac, dst=attacker.mac) / ping,
        Ether(src=attacker.mac, dst=gateway.mac) / ping,
    )


def test_the_answer_passes_through_the_attacker_as_well(seen, victim, attacker, gateway):
    pong = IP(src=seen.plan["web"].ip, dst=victim.ip) / ICMP(type="echo-reply")
    assert seen.during.in_order(
        Ether(src=gateway.mac, dst=attacker.mac) / pong,
        Ether(src=attacker.mac, dst=victim.mac) / pong,
    )


def test_the_attacker_takes_its_lie_back(seen, victim, gateway):
    assert ARP(op="is-at", psrc=gateway.ip, hwsrc=gateway.mac) in seen.during.sent_by("attacker")
    assert ARP(op="is-at", psrc=victim.ip, hwsrc=victim.mac) in seen.during.sent_by("attacker")


def test_the_truth_is_believed_again(seen, victim, gateway):
    assert seen.believed_after.victim[gateway.ip] == gateway.mac
    assert seen.believed_after.router[victim.ip] == victim.mac


def test_the_ping_takes_the_straight_road_again(seen, victim, gateway, ping):
    assert Ether(src=victim.mac, dst=gateway.mac) / ping in seen.after.received_by("router")


def test_the_attacker_sees_nothing_any_more(seen, ping):
    assert ping not in seen.after.received_by("attacker")
    assert ping in seen.after.received_by("router")
