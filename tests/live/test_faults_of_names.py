"""Names when their servers are dead: what the one who asks is told, and what the frames say of it."""

import pytest
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import ARP

pytestmark = pytest.mark.docker

NAME = "python.org."
DIG = ("dig", "+noedns", "+time=5", "+tries=1", NAME)


@pytest.fixture
def lab(labs):
    lab = labs("internet")
    lab.forget()
    return lab


def question(to):
    return IP(dst=to.ip) / UDP(dport=53) / DNS(qr=0, qd=DNSQR(qname=NAME))


def unreachable(node):
    return IP(src=node.ip) / ICMP(type="dest-unreach", code="port-unreachable")


def test_where_both_servers_of_a_name_are_dead_the_resolver_says_that_it_failed(lab):
    with lab["ns1"].out_of_service(), lab["ns2"].out_of_service(), lab.recording() as recording:
        said = lab["laptop"].attempt(*DIG).stdout
    seen = recording.capture
    assert "status: SERVFAIL" in said
    for server in ("ns1", "ns2"):
        assert question(lab[server]) in seen.sent_by("resolver")
        assert unreachable(lab[server]) in seen.sent_by(server)
        assert seen.sent_by(server).lacks(DNS(qr=1), given=unreachable(lab[server]))
    assert DNS(qr=1, rcode="server-failure") in seen.received_by("laptop")
    assert_found_again(lab)


def test_where_the_resolver_is_dead_the_home_router_hears_it_and_the_laptop_hears_nothing(lab):
    with lab["resolver"].out_of_service(), lab.recording() as recording:
        said = lab["laptop"].attempt("dig", "+noedns", "+time=1", "+tries=1", NAME)
    seen = recording.capture
    assert said.exit_code != 0
    assert unreachable(lab["resolver"]) in seen.received_by("openwrt")
    assert question(lab["openwrt"]) in seen.sent_by("laptop")
    assert seen.received_by("laptop").lacks(DNS(qr=1), given=ARP(op="is-at", psrc=lab["openwrt"].ip))
    assert_found_again(lab)


def assert_found_again(lab):
    """Ask once the resolver has forgotten its failure, as most systems do, which repeat a question without an answer.

    That is needed: within two seconds of a question in flight, the router's dnsmasq takes another for the same one, and
    passes nothing on. A later answer goes to all who asked: one that is left in flight would be seen by the next story.
    """
    lab.forget()
    patient = ("+noedns", "+short", "+time=3", "+tries=3")
    assert lab["laptop"].run("dig", *patient, NAME).stdout.splitlines()[-1] == lab["web"].ip
