"""Whether a packet lies in the set that a pattern spells out: the laws, then every trap that scapy sets."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRSRV
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, UDPerror
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Padding, Raw
from scapy.volatile import RandShort

from lab.capture.patterns import Pattern, matches, misses

MAC, OTHER = "02:00:00:00:00:aa", "02:00:00:00:00:bb"


def wire(packet):
    """The packet as it comes from a wire: bytes, dissected again."""
    return Ether(bytes(Ether(src=MAC, dst=OTHER) / packet))


def udp(payload):
    return wire(IP(src="10.0.0.1", dst="10.0.0.2") / UDP(sport=53, dport=5353) / payload)


CLAIM = wire(ARP(op="is-at", hwsrc=MAC, psrc="10.0.0.1", hwdst=OTHER, pdst="10.0.0.2") / Padding(b"\0" * 18))
SYN = wire(
    IP(src="10.0.0.1", dst="10.0.0.2", flags="DF") / TCP(sport=40000, dport=80, flags="S", options=[("MSS", 1460)])
)
PUSH = wire(
    IP(src="10.0.0.1", dst="10.0.0.2") / TCP(sport=40000, dport=80, flags="PA") / Raw(b"GET / HTTP/1.1\r\n\r\n")
)
PING = wire(IP(src="10.0.0.1", dst="10.0.0.2", ttl=63) / ICMP(type="echo-request", id=7, seq=1) / Raw(b"abcd"))
EXPIRED = wire(
    IP(src="10.0.9.1", dst="10.0.0.1")
    / ICMP(type="time-exceeded")
    / IP(src="10.0.0.1", dst="10.0.0.2")
    / UDP(dport=33434)
)
QUERY = udp(DNS(id=7, rd=1, qd=DNSQR(qname="www.Python.org", qtype="A")))
ANSWER = udp(
    DNS(
        id=7,
        qr=1,
        qd=DNSQR(qname="www.python.org"),
        an=[
            DNSRR(rrname="www.python.org", type="CNAME", rdata="web.python.org"),
            DNSRR(rrname="web.python.org", rdata="10.0.2.80", ttl=60),
            DNSRR(rrname="web.python.org", type="TXT", rdata=["one", "two"]),
            DNSRRSRV(rrname="_ipp._tcp.local", port=631, target="printer.local"),
        ],
    )
)
MDNS = udp(DNS(qr=1, qd=[], an=DNSRR(rrname="printer.local", rdata="10.0.0.9")))
DISCOVER = wire(
    IP(src="0.0.0.0", dst="255.255.255.255")
    / UDP(sport=68, dport=67)
    / BOOTP(chaddr=bytes.fromhex("0200000000aa"), xid=5)
    / DHCP(options=[("message-type", "discover"), ("hostname", "victim"), "end"])
)
NEIGHBOUR = wire(IPv6(src="2001:db8::1", dst="2001:db8::2") / UDP(dport=9))
TAGGED = wire(Dot1Q(vlan=3) / Dot1Q(vlan=4) / IP(src="10.0.0.1", dst="10.0.0.2"))
TUNNEL = wire(IP(src="10.9.0.1", dst="10.9.0.2") / IP(src="10.0.0.1", dst="10.0.0.2") / Raw(b"inner"))
EVERY = [CLAIM, SYN, PUSH, PING, EXPIRED, QUERY, ANSWER, MDNS, DISCOVER, NEIGHBOUR, TAGGED, TUNNEL]

FIT = [
    (ARP(), CLAIM, "no field at all"),
    (ARP(op="is-at"), CLAIM, "a name for a number"),
    (ARP(op=2), CLAIM, "the number itself"),
    (ARP(op=["who-has", "is-at"]), CLAIM, "a choice of names"),
    (ARP(hwsrc=MAC.upper()), CLAIM, "a MAC in capitals"),
    (Ether(src=[OTHER, MAC.upper()]), CLAIM, "a choice of MACs"),
    (ARP(psrc="10.0.0.0/24"), CLAIM, "a subnet in ARP"),
    (Ether(src=MAC) / ARP(op=2), CLAIM, "Ethernet in front"),
    (Ether() / Padding(), CLAIM, "padding, asked by its name"),
    (IP(dst="10.0.0.0/30"), SYN, "a subnet"),
    (IP(dst=["192.168.0.0/16", "10.0.0.2"]), SYN, "a subnet or an address"),
    (IP(flags="DF"), SYN, "flags of IP"),
    (IP(ttl=[1, (60, 64)]), PING, "a number or a range"),
    (IP(proto=["udp", "tcp"]), SYN, "a choice of names in IP"),
    (TCP(flags="S"), SYN, "exactly SYN"),
    (TCP(dport=[22, 80]), SYN, "a choice of ports"),
    (TCP(dport=(1, 1023)), SYN, "a range of ports"),
    (TCP(dport=("http", 443)), SYN, "a range that begins with a name"),
    (TCP(options=[("MSS", 1460)]), SYN, "an option of TCP, which is no range"),
    (TCP(sport=None), SYN, "None is free"),
    (TCP() / Raw(), PUSH, "a payload"),
    (Raw(load=b"GET / HTTP/1.1\r\n\r\n"), PUSH, "a payload's bytes"),
    (Raw(load=[b"POST", b"GET / HTTP/1.1\r\n\r\n"]), PUSH, "a choice of payloads"),
    (UDP() / Raw(), QUERY, "a payload that scapy understands"),
    (UDP(dport=5353) / Raw(load=bytes(QUERY[DNS])), QUERY, "the bytes of a payload that scapy understands"),
    (IP() / ICMP(type="echo-request", id=7), PING, "a type of ICMP by name"),
    (ICMP(type=["echo-reply", 8]), PING, "a choice of types"),
    (ICMP(type="time-exceeded", code=0) / IPerror(dst="10.0.0.2") / UDPerror(dport=33434), EXPIRED, "a quote"),
    (DNS(qd=DNSQR(qname="www.python.org")), QUERY, "a name without its dot, in small letters"),
    (DNS(qd=DNSQR(qname="www.python.org.")), QUERY, "a name with its dot"),
    (DNS(qd=DNSQR(qname=b"WWW.python.org")), QUERY, "a name in bytes"),
    (DNS(qd=DNSQR(qname=["a.b", "www.python.org"], qtype=["A", "AAAA"])), QUERY, "choices inside a record"),
    (DNS(qr=1, an=DNSRR(rrname="web.python.org", rdata="10.0.2.80")), ANSWER, "a record that is not the first"),
    (DNS(an=DNSRR(rdata="10.0.2.0/24", ttl=(1, 60))), ANSWER, "a subnet and a range in a record"),
    (DNS(an=DNSRR(type="CNAME", rdata="WEB.python.org")), ANSWER, "data that is a name"),
    (DNS(an=DNSRR(type="TXT", rdata="two")), ANSWER, "one of several texts"),
    (DNS(an=DNSRR(rrname="_ipp._tcp.local", type="SRV")), ANSWER, "a record type with a class of its own"),
    (DNS(an=DNSRRSRV(port=631, target="printer.local.")), ANSWER, "that class itself"),
    (DNS(an=[DNSRR(type="A"), DNSRR(type="TXT")]), ANSWER, "several records, all there"),
    (DNS(an=DNSRR(type="TXT") / DNSRR(type="A")), ANSWER, "several records in scapy's older spelling"),
    (DNS(qr=1, an=DNSRR(rdata="10.0.0.9")), MDNS, "an answer without a question"),
    (DHCP(options=[("message-type", "discover")]), DISCOVER, "an option by name"),
    (DHCP(options=[("hostname", "victim"), ("message-type", 1)]), DISCOVER, "options in any order"),
    (BOOTP(chaddr=bytes.fromhex("0200000000aa")), DISCOVER, "a MAC in a field that is longer"),
    (IPv6(src="2001:DB8:0::1"), NEIGHBOUR, "an IPv6 address, spelt otherwise"),
    (IPv6(dst="2001:db8::/32"), NEIGHBOUR, "an IPv6 prefix"),
    (Ether() / IP(), TAGGED, "layers in between"),
    (Dot1Q(vlan=4) / IP(), TAGGED, "the second of two layers alike"),
    (Dot1Q() / Dot1Q(vlan=4), TAGGED, "two layers alike"),
    (IP(src="10.0.0.1"), TUNNEL, "the inner of two layers alike"),
    (IP() / Raw(load=b"inner"), TUNNEL, "a payload of the inner of two layers alike"),
]

MISS = [
    (ARP(op="who-has"), CLAIM, "another name"),
    (ARP(psrc="10.0.1.0/24"), CLAIM, "outside the subnet"),
    (Ether(src=OTHER) / ARP(), CLAIM, "another sender in front"),
    (Raw(), CLAIM, "padding is no payload"),
    (ARP() / Ether(), CLAIM, "layers in the wrong order"),
    (TCP(flags="S"), PUSH, "other flags"),
    (TCP(flags="P"), PUSH, "one flag of two"),
    (TCP(dport=(81, 90)), SYN, "outside the range"),
    (TCP(options=[("MSS", 1400)]), SYN, "another option"),
    (TCP() / Raw(), SYN, "no payload"),
    (Raw(), QUERY, "a payload that scapy understands, asked without its carrier"),
    (Raw(load=b"get / http/1.1\r\n\r\n"), PUSH, "payloads heed capitals"),
    (Raw(load=b"GET"), PUSH, "a part of the payload"),
    (ICMP(type="echo-reply"), PING, "another type"),
    (ICMP(id=0), EXPIRED, "a field that this packet has not"),
    (IP(dst="10.0.0.2"), EXPIRED, "a quoted header is not the header"),
    (UDP(), EXPIRED, "a quoted datagram is no datagram"),
    (DNS(qd=DNSQR(qname="python.org")), QUERY, "a parent's name"),
    (DNS(an=DNSRR()), QUERY, "an answer where there is none"),
    (DNS(an=DNSRR(rrname="www.python.org", rdata="10.0.2.80")), ANSWER, "two records are not mixed"),
    (DNS(an=DNSRR(type="TXT", rdata="three")), ANSWER, "none of several texts"),
    (DNS(an=[DNSRR(type="A"), DNSRR(type="MX")]), ANSWER, "several records, one not there"),
    (DNS(an=DNSRR(type="TXT") / DNSRR(type="MX")), ANSWER, "several records in the older spelling, one not there"),
    (DNS(an=DNSRRSRV(port=632)), ANSWER, "a record of its own class, with another port"),
    (DHCP(options=[("message-type", "offer")]), DISCOVER, "another message"),
    (BOOTP(chaddr=bytes.fromhex("0200000000ab")), DISCOVER, "another MAC in a longer field"),
    (IPv6(dst="2001:db9::/32"), NEIGHBOUR, "another IPv6 prefix"),
    (IP(dst="10.0.0.0/8"), NEIGHBOUR, "another family"),
    (IP(dst="9.0.0.0/8"), SYN, "above the subnet"),
    (Dot1Q(vlan=4) / Dot1Q(vlan=3), TAGGED, "tags the other way round"),
    (IP(src="10.0.0.1") / IP(), TUNNEL, "no room left inside"),
]


def by_reason(cases):
    return [pytest.param(pattern, packet, id=reason) for pattern, packet, reason in cases]


@pytest.mark.parametrize(("pattern", "packet"), by_reason(FIT))
def test_it_fits(pattern, packet):
    assert misses(pattern, packet) == ()
    assert matches(pattern, packet)


@pytest.mark.parametrize(("pattern", "packet"), by_reason(MISS))
def test_it_does_not_fit(pattern, packet):
    assert not matches(pattern, packet)
    assert misses(pattern, packet)


@pytest.mark.parametrize("packet", EVERY, ids=lambda packet: packet.summary())
def test_a_packet_fits_itself(packet):
    assert misses(packet, packet) == ()


def test_different_packets_do_not_fit_each_other():
    assert [(a.summary(), b.summary()) for a in EVERY for b in EVERY if a is not b and matches(a, b)] == []


def test_a_frame_of_many_layers_alike_is_answered_without_trying_every_way():
    tags = Ether(bytes(Ether(src=MAC, dst=OTHER, type=0x8100)) + b"\0\1\x81\0" * 370)
    started = time.process_time()
    assert not matches(Dot1Q() / Dot1Q() / Dot1Q() / Dot1Q(vlan=4), tags)
    assert time.process_time() - started < 5  # seconds; trying every way takes minutes


@settings(max_examples=60)
@given(packet=st.sampled_from(EVERY), data=st.data())
def test_fewer_fields_still_fit(packet, data):
    pattern = packet.copy()
    layer = pattern
    while layer:
        for name in list(layer.fields):
            if data.draw(st.booleans()):
                del layer.fields[name]
        layer = layer.payload
    assert matches(pattern, packet)


@settings(max_examples=60)
@given(packet=st.sampled_from(EVERY), pattern=st.sampled_from([pattern for pattern, _, _ in FIT + MISS]))
def test_a_packet_fits_exactly_when_nothing_is_missed(packet, pattern):
    assert matches(pattern, packet) is (misses(pattern, packet) == ())


@pytest.mark.parametrize(
    ("pattern", "packet", "said"),
    [
        (
            ARP(op="who-has", hwsrc=OTHER),
            CLAIM,
            ("ARP.op: wanted who-has, saw is-at", f"ARP.hwsrc: wanted {OTHER}, saw {MAC}"),
        ),
        (ARP(psrc="10.0.1.0/24"), CLAIM, ("ARP.psrc: wanted 10.0.1.0/24, saw 10.0.0.1",)),
        (TCP(flags="SA", dport=(1, 9)), SYN, ("TCP.dport: wanted (1, 9), saw http", "TCP.flags: wanted SA, saw S")),
        (ICMP(id=0), EXPIRED, ("ICMP.id: not in this packet",)),
        (IP() / UDP(), SYN, ("no UDP layer",)),
        (TCP() / Raw(), SYN, ("no Raw layer",)),
        (
            DNS(an=DNSRR(rdata="10.9.9.9")),
            MDNS,
            (
                "DNS.an: wanted DNSRR(rdata='10.9.9.9'), saw [DNSRR(rrname=b'printer.local.', type='A', "
                "cacheflush=0, rclass='IN', ttl=0, rdata='10.0.0.9')]",
            ),
        ),
    ],
)
def test_a_miss_is_said_field_by_field(pattern, packet, said):
    assert misses(pattern, packet) == said


@pytest.mark.parametrize(
    "spelt",
    [
        "ARP(op='is-at', hwsrc='02:00:00:00:00:AA', psrc='10.0.0.0/24')",
        "Ether(src=['02:00:00:00:00:bb', '02:00:00:00:00:AA']) / IP(ttl=[1, (60, 64)], proto=['tcp', 'udp'])",
        "TCP(dport=('http', 443), flags='S', options=[('MSS', 1460)]) / Raw(load=b'GET')",
        "ICMP(type='echo-request', id=0x7)",
        "DNS(an=[DNSRR(rrname=b'www.python.org.', rdata='10.0.2.80')], qr=1)",
    ],
)
def test_a_pattern_is_spelt_as_it_would_be_written(spelt):
    assert str(Pattern(eval(spelt))) == spelt


@pytest.mark.parametrize(
    ("asked", "help"),
    [
        (ARP, "write ARP\\(\\), not ARP"),
        (b"GET", "Raw\\(load="),
        ("ARP", "Raw\\(load="),
        (None, "not NoneType"),
        ([ARP()], "not list"),
        (Ether(src="router"), "Ether\\(src='router'\\) can fit no packet"),
        (ARP(psrc="router"), "can fit no packet"),
        (IP(dst="localhost"), "IP\\(dst=.*localhost.*\\) can fit no packet"),
        (TCP(sport=RandShort()), "a random value says nothing"),
        (TCP(dport=(1, 2, 3)), "can fit no packet"),
    ],
)
def test_what_is_no_pattern_is_refused_with_help(asked, help):
    with pytest.raises(TypeError, match=help):
        matches(asked, CLAIM)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (IPv6(src="2001:0DB8:0:0::0001"), True),  # RFC 4291, 2.2: however it is written
        (IPv6(src="2001:db8::2"), False),
        (IPv6(dst="2001:db8:7::/48"), True),
        (IPv6(dst="2001:db8:8::/48"), False),
        (IPv6(src=["2001:db8::2", "2001:db8::1"]), True),
    ],
)
def test_an_ipv6_address_is_the_same_in_any_notation_and_a_prefix_means_all_of_its_addresses(pattern, fits):
    packet = IPv6(bytes(IPv6(src="2001:db8::1", dst="2001:db8:7::5") / UDP()))
    assert matches(pattern, packet) is fits
