"""What the frames of the NAT story must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import ICMP, IP, TCP, IPerror
from scapy.layers.l2 import ARP
from scapy.packet import Raw

from lab.capture import messages, streams

PRIVATE = "192.168.0.0/16"
OWN_PORT, SAME_PORT, DOOR = 40000, 50000, 8080


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("nat")


@pytest.fixture(scope="module")
def web(seen):
    return seen.plan["web"]


@pytest.fixture(scope="module")
def server(seen):
    return seen.plan["server"]


@pytest.fixture(scope="module")
def stranger(seen):
    return seen.plan["stranger"]


@pytest.fixture(scope="module")
def wan(seen):
    """The router's interface towards the outside."""
    return seen.plan["router"].on("wan")


@pytest.fixture(scope="module")
def further(wan):
    """The addresses that the router has there beside its own: the server's, then those of the pool."""
    return [str(address.ip) for address in wan.more]


@pytest.fixture(scope="module")
def acts(seen):
    return (seen.static, seen.pool, seen.shared, seen.forwarded, seen.refused)


def the_one(several):
    (one,) = several
    return one


def opened(capture, src, dst, **ports):
    """The SYN that goes from one address to the other."""
    return the_one(capture.only(IP(src=src, dst=dst) / TCP(flags="S", **ports)))


def accepted(capture, src, dst, **ports):
    """The SYN/ACK that goes from one address to the other."""
    return the_one(capture.only(IP(src=src, dst=dst) / TCP(flags="SA", **ports)))


def is_one_packet(one, other):
    """Tell whether two frames hold one packet, whatever became of its addresses, ports, TTL and checksums."""
    return (one[IP].id, one[TCP].seq, one[TCP].ack, one[TCP].flags, bytes(one[TCP].payload)) == (
        *(other[IP].id, other[TCP].seq, other[TCP].ack, other[TCP].flags),
        bytes(other[TCP].payload),
    )


def answer(capture, to):
    """The body of the one HTTP answer that comes to an address."""
    stream = the_one(one for one in streams(capture) if one.dst == to and one.sport in (80, DOOR))
    return the_one(messages(stream.data)).body.decode()


def page_of(node):
    return next(file.content for file in node.setup.files if file.path.endswith("/1.html"))


# In every act


def test_no_private_address_gets_past_the_router(acts):
    for act in acts:
        for network in ("wan", "outside"):
            assert act.on(network).lacks(IP(src=PRIVATE), given=IP(src="198.18.0.0/15") / TCP(flags="S"))


# One address for one


def test_the_server_is_seen_with_the_address_that_is_always_its_own(seen, server, web, further):
    inside = opened(seen.static.on("lan-a"), server.ip, web.ip)
    outside = opened(seen.static.on("wan"), further[0], web.ip)
    assert is_one_packet(inside, outside)
    assert (inside[TCP].sport, outside[TCP].sport) == (OWN_PORT, OWN_PORT)


def test_the_router_exchanges_the_address_and_counts_the_hop_and_changes_nothing_else(seen, server, web, further):
    inside = seen.static.on("lan-a").sent_by("server").only(IP(dst=web.ip) / TCP())
    outside = seen.static.on("wan").sent_by("router").only(IP(src=further[0], dst=web.ip) / TCP())
    assert len(inside) == len(outside) > 4
    for one, other in zip(inside, outside, strict=True):
        assert is_one_packet(one, other)
        assert other[IP].ttl == one[IP].ttl - 1
        assert other[TCP].chksum != one[TCP].chksum  # it covers the addresses too (RFC 9293, 3.1)


def test_answers_are_exchanged_back(seen, server, web, further):
    outside = accepted(seen.static.on("wan"), web.ip, further[0], dport=OWN_PORT)
    inside = accepted(seen.static.on("lan-a"), web.ip, server.ip, dport=OWN_PORT)
    assert is_one_packet(outside, inside)


def test_the_web_server_says_what_it_sees(seen, further):
    assert seen.server_is == (further[0], OWN_PORT)


def test_a_stranger_reaches_the_server_by_that_address(seen, server, stranger, further):
    outside = opened(seen.static.on("wan"), stranger.ip, further[0])
    inside = opened(seen.static.on("lan-a").received_by("server"), stranger.ip, server.ip, dport=80)
    assert is_one_packet(outside, inside)
    assert accepted(seen.static.on("outside").received_by("stranger"), further[0], stranger.ip)
    assert seen.at_the_server == page_of(server)


# A pool


@pytest.mark.parametrize(("name", "place"), [("ann", 0), ("ben", 1)])
def test_who_comes_first_gets_an_address_of_the_pool_and_keeps_its_port(seen, web, further, name, place):
    own = further[1:][place]
    inside = opened(seen.pool.on("lan-a"), seen.plan[name].ip, web.ip)
    outside = opened(seen.pool.on("wan"), own, web.ip)
    assert is_one_packet(inside, outside)
    assert (inside[TCP].sport, outside[TCP].sport) == (OWN_PORT, OWN_PORT)
    assert seen.pool_are[place] == (own, OWN_PORT)


def test_for_the_third_none_is_left_and_the_router_lends_its_own(seen, web, wan):
    inside = opened(seen.pool.on("lan-a"), seen.plan["cleo"].ip, web.ip)
    assert is_one_packet(inside, opened(seen.pool.on("wan"), wan.ip, web.ip))
    assert seen.pool_are[2] == (wan.ip, OWN_PORT)


def test_the_router_answers_for_the_addresses_of_the_pool(seen, wan, further):
    for address in further[1:]:
        assert ARP(op="is-at", psrc=address, hwsrc=wan.mac) in seen.pool.on("wan").sent_by("router")


def test_each_answer_comes_back_to_who_asked(seen, web, further, wan):
    for name, address in zip(("ann", "ben", "cleo"), (*further[1:], wan.ip), strict=True):
        outside = accepted(seen.pool.on("wan"), web.ip, address)
        inside = accepted(seen.pool.on("lan-a").received_by(name), web.ip, seen.plan[name].ip)
        assert is_one_packet(outside, inside)
        assert f"You are {address}, " in answer(seen.pool.on("lan-a"), seen.plan[name].ip)


# One address for all


@pytest.fixture(scope="module")
def dora(seen, web):
    """The SYN of Dora, inside and outside."""
    return both_sides(seen, "dora", web)


@pytest.fixture(scope="module")
def emil(seen, web):
    """The SYN of Emil, inside and outside."""
    return both_sides(seen, "emil", web)


def both_sides(seen, name, web):
    inside = opened(seen.shared.on("lan-b"), seen.plan[name].ip, web.ip)
    outside = seen.shared.on("wan").only(IP(dst=web.ip) / TCP(flags="S"))
    return inside, the_one(packet for packet in outside if is_one_packet(inside, packet))


def test_both_speak_from_the_same_port_and_are_seen_with_the_routers_address(dora, emil, wan):
    assert (dora[0][TCP].sport, emil[0][TCP].sport) == (SAME_PORT, SAME_PORT)
    assert {dora[1][IP].src, emil[1][IP].src} == {wan.ip}


def test_the_second_one_gets_another_port_while_the_first_one_speaks(seen, dora, emil, web):
    assert dora[1][TCP].sport == SAME_PORT
    assert emil[1][TCP].sport != SAME_PORT
    accepted_emil = IP(src=web.ip, dst=seen.plan["emil"].ip) / TCP(flags="SA")
    answered_dora = IP(src=web.ip, dst=seen.plan["dora"].ip) / TCP() / Raw()
    assert seen.shared.on("lan-b").in_order(accepted_emil, answered_dora)


def test_each_of_the_two_gets_its_own_answer_and_not_the_others(seen, dora, emil, web):
    for name, other, outside in (("dora", "emil", dora[1]), ("emil", "dora", emil[1])):
        inside = seen.shared.on("lan-b").received_by(name)
        address = seen.plan[name].ip
        assert f"port {outside[TCP].sport}." in answer(inside, address)
        assert inside.lacks(IP(dst=seen.plan[other].ip), given=IP(src=web.ip, dst=address) / TCP(dport=SAME_PORT))


def test_the_web_server_takes_the_two_for_one_computer_with_two_ports(seen, dora, emil, wan):
    assert seen.dora_is == (wan.ip, dora[1][TCP].sport)
    assert seen.emil_is == (wan.ip, emil[1][TCP].sport)


# A door from outside


def test_who_asks_for_the_forwarded_port_comes_to_the_server_inside(seen, server, stranger, wan):
    outside = opened(seen.forwarded.on("wan"), stranger.ip, wan.ip, dport=DOOR)
    inside = opened(seen.forwarded.on("lan-a").received_by("server"), stranger.ip, server.ip, dport=80)
    assert is_one_packet(outside, inside)


def test_the_servers_answers_come_from_the_routers_address_and_port(seen, server, stranger, wan):
    inside = accepted(seen.forwarded.on("lan-a").sent_by("server"), server.ip, stranger.ip, sport=80)
    outside = accepted(seen.forwarded.on("wan").sent_by("router"), wan.ip, stranger.ip, sport=DOOR)
    assert is_one_packet(inside, outside)


def test_the_stranger_gets_the_page_of_the_server_inside(seen, server, wan, stranger):
    assert seen.through_the_door == page_of(server)
    assert answer(seen.forwarded.on("outside"), stranger.ip) == page_of(server)


# No other way in


def test_at_other_ports_the_router_refuses_for_itself(seen, stranger, wan):
    for port in (22, 80):
        knock, refusal = TCP(dport=port, flags="S"), TCP(sport=port, flags="RA")
        asked, refused = IP(src=stranger.ip, dst=wan.ip) / knock, IP(src=wan.ip, dst=stranger.ip) / refusal
        assert seen.refused.on("wan").in_order(asked, refused)
        assert refused in seen.refused.on("wan").sent_by("router")
        assert f"{wan.ip} port {port} (tcp) failed: Connection refused" in seen.knocked


def test_of_all_that_is_knocked_at_only_the_forwarded_port_leads_inside(seen, server, stranger):
    inside = seen.refused.on("lan-a")
    through = IP(src=stranger.ip, dst=server.ip) / TCP(dport=80, flags="S")
    assert inside.count(through) == inside.count(TCP(flags="S")) == 1
    assert seen.refused.on("lan-b").count(IP()) == 0
    assert f" {DOOR} port [tcp/http-alt] succeeded!" in seen.knocked


def test_the_address_that_ann_was_seen_with_does_not_lead_to_her(seen, server, stranger, further):
    ann, outside = seen.plan["ann"].ip, seen.pool_are[0][0]
    assert outside == further[1]
    for port in (22, 80):
        refusal = IP(src=outside, dst=stranger.ip) / TCP(sport=port, flags="RA")
        assert refusal in seen.refused.on("wan").sent_by("router")
    through = IP(src=stranger.ip, dst=server.ip) / TCP(dport=80, flags="S")
    assert seen.refused.on("lan-a").lacks(IP(dst=ann), given=through)


def test_no_road_leads_to_a_private_address(seen, server, stranger):
    asked = IP(src=stranger.ip, dst=server.ip) / TCP(dport=80, flags="S")
    isp = seen.plan["isp"].on("outside")
    told = IP(src=isp.ip, dst=stranger.ip) / ICMP(type="dest-unreach", code="network-unreachable")
    assert seen.refused.on("outside").in_order(asked, told / IPerror(src=stranger.ip, dst=server.ip))
    assert seen.refused.on("wan").lacks(IP(dst=server.ip), given=IP(src=stranger.ip) / TCP(dport=DOOR, flags="S"))
    assert "failed: Network is unreachable" in seen.knocked_inside
