"""What the frames of the IPv6 story must show: one fact, one test. Live and recorded evidence alike."""

from ipaddress import IPv6Address, IPv6Network

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import IP, TCP, UDP
from scapy.layers.inet6 import (
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
    IPv6,
)
from scapy.layers.l2 import ARP, Ether

from lab.capture import messages, streams
from lab.plan import path

NAME = "python.org."
ALL_ROUTERS = "ff02::2"
ON_THIS_LINK = 255
"""The hop limit that no packet from beyond a router can have (RFC 4861, section 3.1)."""


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("ipv6")


@pytest.fixture(scope="module")
def laptop(seen):
    return seen.plan["laptop"].on("lan")


@pytest.fixture(scope="module")
def desk(seen):
    return seen.plan["desk"].on("lan")


@pytest.fixture(scope="module")
def router(seen):
    return seen.plan["router"].on("lan")


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def server(seen):
    return str(seen.plan["laptop"].resolver)


def group(address):
    """The group of all whose address ends like this one (RFC 4291, 2.7.1)."""
    return str(IPv6Address(int(IPv6Address("ff02::1:ff00:0")) + int(IPv6Address(address)) % (1 << 24)))


def group_mac(address):
    """The MAC of a group: 33:33 and its last four bytes (RFC 2464, section 7)."""
    return "33:33:" + IPv6Address(group(address)).packed[-4:].hex(":")


def is_free(address):
    """The question of who wants to take an address; it has none yet that it could ask from."""
    return IPv6(src="::", dst=group(address)) / ICMPv6ND_NS(tgt=address)


def made_of(mac, prefix):
    """An address as RFC 4291, appendix A, makes it: ff:fe in the middle of the MAC, its second lowest bit turned."""
    octets = bytes.fromhex(mac.replace(":", ""))
    end = bytes([octets[0] ^ 2, *octets[1:3], 0xFF, 0xFE, *octets[3:]])
    return str(IPv6Address(IPv6Network(prefix).network_address.packed[:8] + end))


# The laptop is switched on


def test_the_laptop_first_makes_an_address_for_its_own_network_and_with_it_asks_for_a_router(seen, laptop, router):
    local = made_of(laptop.mac, "fe80::/64")
    asked = IPv6(src=local, dst=ALL_ROUTERS) / ICMPv6ND_RS()
    told = IPv6(src=router.link_local, dst=local) / ICMPv6ND_RA()
    assert seen.switched_on.in_order(is_free(local), asked, told, is_free(laptop.ip6))


def test_only_the_router_answers_and_only_the_laptop_hears_it(seen, laptop, router):
    advertised = Ether(src=router.mac, dst=laptop.mac) / IPv6() / ICMPv6ND_RA()
    assert advertised in seen.switched_on.sent_by("router")
    assert seen.switched_on.count(ICMPv6ND_RA()) == 1
    assert seen.switched_on.received_by("desk").lacks(ICMPv6ND_RA(), given=ICMPv6ND_RS())


def test_the_router_tells_the_prefix_of_the_network_and_that_addresses_may_be_made_of_it(seen):
    prefix = seen.plan.segment("lan").ipv6
    told = ICMPv6NDOptPrefixInfo(prefix=str(prefix.network_address), prefixlen=prefix.prefixlen, L=1, A=1)
    assert ICMPv6ND_RA(M=0, O=0) / told in seen.switched_on.received_by("laptop")


def test_the_address_is_the_routers_prefix_and_the_laptops_mac(seen, laptop):
    (told,) = seen.switched_on.received_by("laptop").only(ICMPv6NDOptPrefixInfo())
    prefix = f"{told[ICMPv6NDOptPrefixInfo].prefix}/{told[ICMPv6NDOptPrefixInfo].prefixlen}"
    assert made_of(laptop.mac, prefix) == laptop.ip6
    assert f"{laptop.ip6}/64" in seen.addresses_printed.split()


def test_nobody_has_the_address_that_the_laptop_wants(seen, laptop):
    assert is_free(laptop.ip6) in seen.switched_on.received_by("desk")
    assert is_free(laptop.ip6) in seen.switched_on.received_by("router")
    assert seen.switched_on.lacks(ICMPv6ND_NA(tgt=laptop.ip6), given=is_free(laptop.ip6))


def test_no_server_leases_anything(seen):
    assert seen.switched_on.lacks(UDP(), given=ICMPv6ND_RA())


def test_the_laptop_joins_the_group_in_which_it_will_be_asked_for(seen, laptop):
    joined = ICMPv6MLReport2(records=[ICMPv6MLDMultAddrRec(dst=group(laptop.ip6))])
    assert IPv6(dst="ff02::16", hlim=1) / joined in seen.switched_on.sent_by("laptop")


def test_what_neighbours_tell_each_other_cannot_have_come_over_a_router(seen):
    for act in (seen.switched_on, seen.asked_neighbour):
        for message in (ICMPv6ND_RS(), ICMPv6ND_RA(), ICMPv6ND_NS(), ICMPv6ND_NA()):
            assert {packet[IPv6].hlim for packet in act.only(IPv6() / message)} <= {ON_THIS_LINK}
    assert IPv6(hlim=ON_THIS_LINK) / ICMPv6ND_RS() in seen.switched_on
    assert IPv6(hlim=ON_THIS_LINK) / ICMPv6ND_NA() in seen.asked_neighbour


# The laptop looks for the desk


def test_the_question_for_a_neighbour_goes_to_the_group_of_those_whose_address_ends_alike(seen, laptop, desk):
    asked = Ether(dst=group_mac(desk.ip6)) / IPv6(src=laptop.ip6, dst=group(desk.ip6)) / ICMPv6ND_NS(tgt=desk.ip6)
    assert asked / ICMPv6NDOptSrcLLAddr(lladdr=laptop.mac) in seen.asked_neighbour.sent_by("laptop")


def test_the_neighbour_answers_with_its_mac_to_the_laptop_alone(seen, laptop, desk):
    told = IPv6(src=desk.ip6, dst=laptop.ip6) / ICMPv6ND_NA(tgt=desk.ip6, R=0, S=1, O=1)
    answer = Ether(dst=laptop.mac) / told / ICMPv6NDOptDstLLAddr(lladdr=desk.mac)
    assert answer in seen.asked_neighbour.sent_by("desk")
    assert seen.asked_neighbour.received_by("router").lacks(ICMPv6ND_NA(), given=ICMPv6ND_NS())


def test_then_the_ping_goes_straight_to_the_desk_and_comes_back(seen, laptop, desk):
    there = Ether(dst=desk.mac) / IPv6(src=laptop.ip6, dst=desk.ip6, hlim=64) / ICMPv6EchoRequest()
    back = IPv6(src=desk.ip6, dst=laptop.ip6) / ICMPv6EchoReply()
    assert seen.asked_neighbour.in_order(ICMPv6ND_NS(), ICMPv6ND_NA(), there, back)
    assert "1 received" in seen.ping_printed


def test_there_is_no_arp_in_ipv6(seen):
    assert seen.asked_neighbour.lacks(ARP(), given=ICMPv6ND_NS())


# The laptop asks for a name


def test_the_name_has_an_ipv6_address_in_a_record_of_its_own(seen, laptop, web):
    (asked, *_) = seen.asked_name.sent_by("laptop").only(DNS(qr=0, qd=DNSQR(qname=NAME, qtype="AAAA")))
    answer = DNS(id=asked[DNS].id, qr=1, rcode="ok", an=DNSRR(rrname=NAME, type="AAAA", rdata=web.ip6))
    assert IP(dst=laptop.ip) / UDP() / answer in seen.asked_name.received_by("laptop")
    assert seen.dig_printed == f"{web.ip6}\n"


def test_a_question_about_ipv6_travels_over_ipv4(seen, laptop, server):
    asked = IP(src=laptop.ip, dst=server) / UDP(dport=53) / DNS(qd=DNSQR(qtype="AAAA"))
    assert seen.asked_name.lacks(IPv6() / UDP(), given=asked)


def test_the_c_library_asks_for_both_kinds_from_one_port_and_prefers_ipv6(seen, web):
    asked = seen.asked_name.sent_by("laptop").only(DNS(qr=0, qd=DNSQR(qname=NAME)))
    ports = {(packet[DNSQR].qtype, packet[UDP].sport) for packet in asked}
    both = {port for kind, port in ports if kind == 1} & {port for kind, port in ports if kind == 28}
    assert len(both) == 1
    printed = [line.split()[0] for line in seen.getent_printed.splitlines()]
    assert list(dict.fromkeys(printed)) == [web.ip6, web.ip]


# The laptop fetches a page over both


def test_the_page_is_the_same_over_both(seen, laptop, web):
    pages = {stream.src: messages(stream.data)[0].body for stream in streams(seen.visited) if stream.sport == 80}
    assert pages.keys() == {web.ip, web.ip6}
    assert pages[web.ip] == pages[web.ip6] == seen.page4.encode() == seen.page6.encode()
    assert "<h1>Python</h1>" in seen.page6


def test_tcp_does_not_care_what_carries_it(seen, laptop, web):
    for layer, mine, theirs in ((IP, laptop.ip, web.ip), (IPv6, laptop.ip6, web.ip6)):
        there, back = layer(src=mine, dst=theirs), layer(src=theirs, dst=mine)
        assert seen.visited.between("laptop", "router").in_order(
            there / TCP(dport=80, flags="S"),
            back / TCP(sport=80, flags="SA"),
            there / TCP(flags="A"),
            there / TCP(flags="FA"),
        )


def test_each_router_takes_one_off_the_hop_limit_and_changes_nothing_else(seen, laptop, web):
    for number, wire in enumerate(("lan", "thin", "far")):
        (syn,) = seen.visited.on(wire).only(IPv6(src=laptop.ip6, dst=web.ip6) / TCP(dport=80, flags="S"))
        assert syn[IPv6].hlim == 64 - number
    wires = [seen.visited.on(wire).only(IPv6(dst=web.ip6) / TCP(flags="S")) for wire in ("lan", "thin", "far")]
    assert len({(one[IPv6].fl, bytes(one[TCP])) for (one,) in wires}) == 1


def test_ipv6_takes_the_way_that_the_plan_computes(seen, laptop, web):
    way = path(seen.plan, "laptop", "web", family=6)
    for hop in way:
        arrived = Ether(dst=hop.mac) / IPv6(src=laptop.ip6, dst=web.ip6) / TCP(dport=80, flags="S")
        assert arrived in seen.visited.on(hop.network).received_by(hop.node)
    assert [hop.node for hop in way] == ["router", "isp", "web"]


def test_the_laptop_need_not_ask_where_the_router_is_for_the_advertisement_said_it(seen, router):
    told = IPv6(src=router.link_local) / ICMPv6ND_RA() / ICMPv6NDOptSrcLLAddr(lladdr=router.mac)
    assert told in seen.switched_on.received_by("laptop")
    through = Ether(dst=router.mac) / IPv6() / TCP()
    assert seen.visited.sent_by("laptop").lacks(ICMPv6ND_NS(tgt=router.link_local), given=through)


# The laptop spells an address


def test_three_spellings_are_one_address_on_the_wire(seen, laptop, web):
    asked = seen.spelt.sent_by("laptop").only(IPv6(src=laptop.ip6) / ICMPv6EchoRequest())
    assert [bytes(packet[IPv6])[24:40] for packet in asked] == [IPv6Address(web.ip6).packed] * 3
    assert all(f"from {web.ip6}" in printed for printed in seen.spellings_printed)


def test_the_short_spelling_becomes_the_long_one_and_again_the_short_one(seen, web):
    assert seen.round_trip_printed.splitlines() == [IPv6Address(web.ip6).exploded, web.ip6]
    assert str(IPv6Address(IPv6Address(web.ip6).exploded)) == web.ip6


def test_in_brackets_an_address_is_as_good_as_a_name(seen, laptop, web):
    (asked,) = (stream for stream in streams(seen.spelt) if stream.dport == 80)
    assert (asked.src, asked.dst) == (laptop.ip6, web.ip6)
    assert b"Host: [%s]\r\n" % web.ip6.encode() in asked.data
    assert seen.page_by_address == seen.page6
