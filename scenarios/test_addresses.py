"""What the frames of the story about addresses must show: one fact, one test. Live and recorded evidence alike."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

import pytest
from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet import ICMP, IP, TCP
from scapy.layers.l2 import ARP, Ether

LOOPBACK, ALL_SYSTEMS, EVERYBODY = "127.0.0.1", "224.0.0.1", "255.255.255.255"
OPEN = {"ssh": 22, "telnet": 23, "smtp": 25, "http": 80}
CLOSED, DOOR = 81, 8080


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("addresses")


@pytest.fixture(scope="module")
def ann(seen):
    return seen.plan["ann"]


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def dns(seen):
    return seen.plan["dns"]


@pytest.fixture(scope="module")
def stranger(seen):
    return seen.plan["stranger"]


@pytest.fixture(scope="module")
def router(seen):
    return seen.plan["router"]


def interfaces(printed):
    """The addresses of each interface, as ``ip -4 -brief address`` prints them."""
    rows = [line.split() for line in printed.splitlines()]
    return {row[0].partition("@")[0]: row[2:] for row in rows}


def planned(node):
    return {end.network: [str(address) for address in (end.address, *end.more)] for end in node.interfaces}


def page_of(node):
    return next(file.content for file in node.setup.files if file.path.endswith("/1.html"))


# Whose addresses


@pytest.mark.parametrize("name", ["ann", "router"])
def test_a_node_has_an_address_on_each_of_its_networks_and_one_for_itself(seen, name):
    printed = {"ann": seen.of_ann, "router": seen.of_router}[name]
    assert interfaces(printed) == {"lo": [f"{LOOPBACK}/8"], **planned(seen.plan[name])}


def test_the_routers_addresses_are_private_inside_and_public_outside(seen):
    private = [IPv4Network(subnet) for subnet in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]  # RFC 1918
    for network, addresses in interfaces(seen.of_router).items():
        inside = {any(IPv4Interface(address).ip in one for one in private) for address in addresses}
        assert network == "lo" or inside == {network in ("lan-a", "lan-b")}


# To oneself


def test_what_one_sends_to_oneself_is_answered(seen):
    assert ["1 received" in said for said in seen.pinged] == [True, True, True]


def test_what_one_sends_to_loopback_appears_on_no_wire(seen, ann, router):
    control = IP(src=ann.ip, dst=router.on("lan-a").ip) / ICMP(type="echo-request")
    assert seen.to_itself.lacks(IP(dst="127.0.0.0/8"), given=control)
    assert seen.to_itself.lacks(IP(src="127.0.0.0/8"), given=control)


def test_what_one_sends_to_ones_own_address_appears_on_no_wire(seen, ann, router):
    control = IP(src=ann.ip, dst=router.on("lan-a").ip) / ICMP(type="echo-request")
    assert seen.to_itself.lacks(IP(src=ann.ip, dst=ann.ip), given=control)
    assert seen.to_itself.sent_by("ann").lacks(ARP(op="who-has", pdst=ann.ip), given=control)


def test_what_one_sends_to_a_neighbour_appears_and_is_answered(seen, ann, router):
    there, back = IP(src=ann.ip, dst=router.on("lan-a").ip), IP(src=router.on("lan-a").ip, dst=ann.ip)
    request, reply = there / ICMP(type="echo-request"), back / ICMP(type="echo-reply")
    assert seen.to_itself.on("lan-a").in_order(request, reply)
    assert seen.to_itself.count(IP() / ICMP()) == 2


# Classes


def test_the_first_bits_of_an_address_tell_its_class(seen, ann, web):
    leading = {"0": "A", "10": "B", "110": "C", "1110": "D", "1111": "E"}
    for address, name in seen.class_of.items():
        bits = f"{int(IPv4Address(address)):032b}"
        assert [name] == [letter for start, letter in leading.items() if bits.startswith(start)]
    assert list(seen.class_of.values()) == ["A", "B", "C", "C", "D", "E"]
    assert {ann.ip, web.ip, ALL_SYSTEMS, EVERYBODY} <= seen.class_of.keys()


def test_a_packet_for_a_group_goes_to_the_groups_mac_and_to_everybody(seen, ann):
    """The last 23 bits of the address are those of the MAC (RFC 1112, section 6.4)."""
    (packet,) = seen.classes.sent_by("ann").only(IP(src=ann.ip, dst=ALL_SYSTEMS) / ICMP(type="echo-request"))
    assert packet[Ether].dst == "01:00:5e:00:00:01"
    for other in ("server", "ben", "cleo", "router"):
        assert IP(dst=ALL_SYSTEMS) / ICMP() in seen.classes.received_by(other)


def test_the_last_address_goes_to_everybody_by_the_mac_of_all(seen, ann):
    (packet,) = seen.classes.sent_by("ann").only(IP(src=ann.ip, dst=EVERYBODY) / ICMP(type="echo-request"))
    assert packet[Ether].dst == "ff:ff:ff:ff:ff:ff"
    for other in ("server", "ben", "cleo", "router"):
        assert IP(dst=EVERYBODY) / ICMP() in seen.classes.received_by(other)


@pytest.mark.parametrize("address", [ALL_SYSTEMS, EVERYBODY])
def test_what_is_meant_for_all_stays_on_its_network(seen, address):
    sent = IP(dst=address) / ICMP()
    assert seen.classes.count(sent) == seen.classes.on("lan-a").count(sent) == 1


def test_nobody_answers_what_is_meant_for_all(seen):
    assert seen.classes.lacks(ICMP(type="echo-reply"), given=IP(dst=EVERYBODY) / ICMP(type="echo-request"))


# Ports


@pytest.mark.parametrize(("name", "port"), OPEN.items())
def test_an_open_port_answers_syn_with_syn_and_ack(seen, web, stranger, name, port):
    asked = IP(src=stranger.ip, dst=web.ip) / TCP(dport=port, flags="S")
    agreed = IP(src=web.ip, dst=stranger.ip) / TCP(sport=port, flags="SA")
    assert seen.ports.between("stranger", "web").in_order(asked, agreed)
    assert seen.ports.sent_by("web").count(agreed) == 1
    assert f"Connection to {web.ip} {port} port [tcp/{name}] succeeded!" in seen.knocked


def test_names_are_told_at_port_53_by_tcp_as_well(seen, dns, stranger):
    asked = IP(src=stranger.ip, dst=dns.ip) / TCP(dport=53, flags="S")
    agreed = IP(src=dns.ip, dst=stranger.ip) / TCP(sport=53, flags="SA")
    assert seen.ports.between("stranger", "dns").in_order(asked, agreed)
    assert f"Connection to {dns.ip} 53 port [tcp/domain] succeeded!" in seen.knocked


def test_a_closed_port_answers_with_a_reset(seen, web, stranger):
    (asked,) = seen.ports.only(IP(src=stranger.ip, dst=web.ip) / TCP(dport=CLOSED, flags="S"))
    (reset,) = seen.ports.sent_by("web").only(IP(src=web.ip, dst=stranger.ip) / TCP(sport=CLOSED, flags="RA"))
    assert reset[TCP].ack == asked[TCP].seq + 1
    assert f"connect to {web.ip} port {CLOSED} (tcp) failed: Connection refused" in seen.knocked


def test_only_the_closed_port_resets(seen, web):
    resets = [packet for packet in seen.ports.sent_by("web").only(IP() / TCP()) if "R" in packet[TCP].flags]
    assert [packet[TCP].sport for packet in resets] == [CLOSED]


def test_behind_each_port_stands_a_program_that_notices_who_comes(seen, stranger):
    assert seen.came == tuple(f"port {port}: {stranger.ip} came" for port in (22, 23, 25))


# URLs


def test_without_a_port_http_means_port_80_of_the_address_behind_the_name(seen, web, stranger):
    answer = DNS(qr=1, an=DNSRR(rrname="python.org.", rdata=web.ip))
    asked = IP(src=stranger.ip, dst=web.ip) / TCP(dport=80, flags="S")
    assert seen.urls.in_order(answer, asked, IP(src=web.ip) / TCP(sport=80, flags="SA"))
    assert seen.page == page_of(web)


def test_the_port_in_a_url_is_the_one_that_is_asked(seen, router, stranger):
    outside = router.on("wan").ip
    asked, agreed = TCP(dport=DOOR, flags="S"), TCP(sport=DOOR, flags="SA")
    there, back = IP(src=stranger.ip, dst=outside), IP(src=outside, dst=stranger.ip)
    assert seen.urls.on("outside").in_order(there / asked, back / agreed)
    assert seen.page_behind == page_of(seen.plan["server"])


def test_without_it_another_door_of_the_same_address_is_asked_and_nobody_is_there(seen, router, stranger):
    outside = router.on("wan").ip
    asked, refused = TCP(dport=80, flags="S"), TCP(sport=80, flags="RA")
    there, back = IP(src=stranger.ip, dst=outside), IP(src=outside, dst=stranger.ip)
    assert seen.urls.on("wan").in_order(there / asked, back / refused)
    assert refused in seen.urls.on("wan").sent_by("router")
    assert f"Failed to connect to {outside} port 80" in seen.without_port
