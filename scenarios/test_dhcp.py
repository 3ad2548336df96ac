"""What the frames of the DHCP story must show: one fact, one test. Live and recorded evidence alike."""

import re
from ipaddress import IPv4Address

import pytest
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.l2 import Ether

from lab.capture import matches

NOBODY, EVERYBODY, ALL_STATIONS = "0.0.0.0", "255.255.255.255", "ff:ff:ff:ff:ff:ff"
CLIENT, SERVER = 68, 67
"""The two ports (RFC 2131, 4.1)."""
HOURS_12 = 43200

FOUR_WORDS = ["discover", "offer", "request", "ack"]


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("dhcp")


@pytest.fixture(scope="module")
def server(seen):
    return seen.plan["dhcp"]


@pytest.fixture(scope="module")
def router(seen):
    return seen.plan["router"]


@pytest.fixture(scope="module")
def finn(seen):
    return seen.plan["finn"]


@pytest.fixture(scope="module")
def cleo(seen):
    return seen.plan["cleo"]


@pytest.fixture(scope="module")
def gwen(seen):
    return seen.plan["gwen"]


@pytest.fixture(scope="module")
def finns(seen):
    """The address that Finn is given."""
    return the_one(messages(seen.leased, "ack"))[BOOTP].yiaddr


@pytest.fixture(scope="module")
def gwens(seen):
    """The address that Gwen is given."""
    told = messages(seen.relayed.received_by("gwen"), "ack", giaddr=seen.plan["router"].on("upper").ip)
    return the_one(told)[BOOTP].yiaddr


def the_one(several):
    (one,) = several
    return one


def message(kind, **fields):
    """The pattern of a message of a kind."""
    return BOOTP(**fields) / DHCP(options=[("message-type", kind)])


def messages(capture, kind, **fields):
    """The packets with a message of a kind, in order."""
    return capture.only(message(kind, **fields))


def kinds(capture):
    """The kinds of all messages, in order."""
    return [DHCP_TYPES[option(packet, "message-type")] for packet in capture.only(BOOTP() / DHCP())]


DHCP_TYPES = {1: "discover", 2: "offer", 3: "request", 5: "ack", 6: "nak", 7: "release"}


def option(packet, name):
    """What an option of a message says; None where it is not there."""
    return next((one[1] for one in packet[DHCP].options if isinstance(one, tuple) and one[0] == name), None)


def mac_of(packet):
    """The MAC of the client that a message is about, whoever sends it."""
    return packet[BOOTP].chaddr[:6].hex(":")


def ends(packet):
    """From whom to whom a datagram goes."""
    return packet[IP].src, packet[UDP].sport, packet[IP].dst, packet[UDP].dport


def pool(server, network):
    """The addresses that the server may give away on a network, as its configuration says."""
    text = "\n".join(file.content for file in server.setup.files)
    first, last = re.search(rf"^dhcp-range=set:from-{network},([\d.]+),([\d.]+),", text, re.MULTILINE).groups()
    return [str(IPv4Address(number)) for number in range(int(IPv4Address(first)), int(IPv4Address(last)) + 1)]


def written_down(file, mac):
    """The address and the name of the client with a MAC in the server's file; None where it is not there."""
    lines = (line.split() for line in file.splitlines())
    return next(((address, name) for _, hardware, address, name, _ in lines if hardware == mac), None)


def hears_all_of(capture, network, receivers):
    """Tell who got the first frame that goes to all on a network."""
    frame = next(frame for frame in capture.on(network) if frame.packet.haslayer(BOOTP))
    return {port.node for port in frame.delivered} == set(receivers)


# An address is asked for


def test_without_an_address_nothing_can_be_sent(seen):
    assert "Network is unreachable" in seen.without
    assert messages(seen.leased, "discover") == [seen.leased.frames[0].packet]


def test_finn_asks_from_no_address_and_everybody_on_his_floor_hears_it(seen, finn):
    asked = the_one(messages(seen.leased.sent_by("finn"), "discover"))
    assert ends(asked) == (NOBODY, CLIENT, EVERYBODY, SERVER)
    assert (asked[Ether].src, asked[Ether].dst) == (finn.mac, ALL_STATIONS)
    assert mac_of(asked) == finn.mac
    assert hears_all_of(seen.leased, "ground", ("router", "dhcp", "dns", "ann", "cleo"))


def test_discover_offer_request_and_ack_follow_each_other_under_one_number(seen):
    assert kinds(seen.leased) == FOUR_WORDS
    assert len({packet[BOOTP].xid for packet in seen.leased.only(BOOTP())}) == 1


def test_the_server_answers_finn_alone_at_the_address_that_he_does_not_have_yet(seen, server, finn, finns):
    for kind in ("offer", "ack"):
        told = the_one(messages(seen.leased.sent_by("dhcp").received_by("finn"), kind))
        assert ends(told) == (server.ip, SERVER, finns, CLIENT)
        assert told[Ether].dst == mac_of(told) == finn.mac
    assert seen.leased.received_by("ann").lacks(BOOTP(op=2), given=message("request"))


def test_the_offer_says_all_that_a_computer_must_know(seen, server, router, finns):
    offer = the_one(messages(seen.leased, "offer", yiaddr=finns))
    assert option(offer, "subnet_mask") == "255.255.255.0"
    assert option(offer, "router") == router.on("ground").ip
    assert option(offer, "name_server") == seen.plan["dns"].ip
    assert option(offer, "lease_time") == HOURS_12
    assert option(offer, "server_id") == server.ip


def test_finn_says_aloud_whose_offer_he_takes(seen, server, finns):
    asked = the_one(messages(seen.leased.sent_by("finn"), "request"))
    assert ends(asked) == (NOBODY, CLIENT, EVERYBODY, SERVER)
    assert asked[Ether].dst == ALL_STATIONS
    assert option(asked, "requested_addr") == finns
    assert option(asked, "server_id") == server.ip
    assert asked[BOOTP].ciaddr == NOBODY


def test_the_server_confirms_what_it_has_offered(seen):
    offer, ack = the_one(messages(seen.leased, "offer")), the_one(messages(seen.leased, "ack"))
    assert ack[BOOTP].yiaddr == offer[BOOTP].yiaddr
    for name in ("subnet_mask", "router", "name_server", "lease_time", "server_id"):
        assert option(ack, name) == option(offer, name)


def test_the_address_is_of_the_pool_and_finn_has_it_and_the_server_has_written_it_down(seen, server, finn, finns):
    assert finns in pool(server, "ground")
    assert seen.addresses["finn"] == f"{finns}/24"
    assert written_down(seen.file_leased, finn.mac) == (finns, "finn")


def test_finn_pings_his_router_once_he_was_told_yes_and_not_before(seen, router, finns):
    gateway = router.on("ground").ip
    asked, told = (IP(src=a, dst=b) / ICMP(type=t) for a, b, t in ((finns, gateway, 8), (gateway, finns, 0)))
    assert seen.leased.in_order(message("ack"), asked, told)
    ack = next(frame.number for frame in seen.leased if matches(message("ack"), frame.packet))
    early = [frame.packet for frame in seen.leased.sent_by("finn") if frame.number < ack]
    assert {packet[IP].src for packet in early} == {NOBODY}


# It is renewed


def test_finn_asks_the_server_alone_to_keep_the_address_that_he_has(seen, server, finn, finns):
    asked = the_one(messages(seen.renewed.sent_by("finn").received_by("dhcp"), "request"))
    assert ends(asked) == (finns, CLIENT, server.ip, SERVER)
    assert (asked[Ether].src, asked[Ether].dst) == (finn.mac, server.mac)
    assert asked[BOOTP].ciaddr == finns
    assert option(asked, "requested_addr") is None  # neither may be there (RFC 2131, table 5)
    assert option(asked, "server_id") is None


def test_one_question_and_one_answer_are_enough(seen, finn, finns):
    assert kinds(seen.renewed) == ["request", "ack"]
    asked, told = seen.renewed.only(BOOTP())
    assert asked[BOOTP].xid == told[BOOTP].xid
    assert (told[BOOTP].yiaddr, told[Ether].dst) == (finns, finn.mac)
    assert seen.renewed.lacks(Ether(dst=ALL_STATIONS) / BOOTP(), given=message("request"))


def test_the_full_time_begins_anew(seen):
    assert option(the_one(messages(seen.renewed, "ack")), "lease_time") == HOURS_12


# None is left


def test_a_visitor_asks_twice_and_the_server_hears_it(seen):
    heard = messages(seen.exhausted.sent_by("ann").received_by("dhcp"), "discover")
    assert [mac_of(packet) for packet in heard] == [seen.plan["ann"].mac] * 2
    assert {packet[IP].src for packet in heard} == {NOBODY}


def test_the_visitor_is_offered_nothing_while_cleo_is_answered(seen, cleo):
    assert seen.exhausted.lacks(message("offer"), given=message("ack", yiaddr=cleo.ip))
    assert seen.exhausted.received_by("ann").lacks(BOOTP(op=2), given=Ether(dst=ALL_STATIONS))
    assert seen.exhausted.in_order(message("discover"), message("request", ciaddr=cleo.ip), message("ack"))


def test_the_visitors_computer_says_that_it_has_nothing(seen):
    assert seen.visitor_says.count("broadcasting discover") == 2
    assert seen.visitor_says.endswith("no lease, failing\n")


def test_the_server_knows_why(seen):
    assert f"{seen.plan['ann'].mac} no address available" in seen.server_says


# It is given back


def test_finn_gives_his_address_back_to_the_server_that_lent_it(seen, server, finn, finns):
    given = the_one(messages(seen.released.sent_by("finn").received_by("dhcp"), "release"))
    assert ends(given) == (finns, CLIENT, server.ip, SERVER)
    assert given[BOOTP].ciaddr == finns
    assert option(given, "server_id") == server.ip
    assert mac_of(given) == finn.mac


def test_nobody_answers_that_and_finn_cannot_send_any_more(seen):
    release = message("release")
    assert seen.released.lacks(BOOTP(op=2), given=release)
    assert seen.released.lacks(ICMP(), given=release)


def test_the_server_strikes_finn_from_its_list_and_nobody_else(seen, finn, cleo):
    assert written_down(seen.file_released, finn.mac) is None
    assert written_down(seen.file_released, cleo.mac) == (cleo.ip, "cleo")


# One that is kept for somebody


def test_cleo_gets_the_address_that_is_kept_for_her_and_that_nobody_else_could_get(seen, server, cleo):
    assert kinds(seen.reserved) == FOUR_WORDS
    for kind in ("offer", "ack"):
        told = the_one(messages(seen.reserved.sent_by("dhcp").received_by("cleo"), kind))
        assert told[BOOTP].yiaddr == cleo.ip
    assert cleo.ip not in pool(server, "ground")
    assert seen.addresses["cleo"] == f"{cleo.ip}/24"


def test_she_did_not_ask_for_that_one_and_is_known_by_her_mac(seen, cleo):
    asked = the_one(messages(seen.reserved.sent_by("cleo"), "discover"))
    assert mac_of(asked) == cleo.mac
    assert option(asked, "requested_addr") is None


# One floor up


@pytest.fixture(scope="module")
def upstairs(router):
    return router.on("upper").ip


def test_what_gwen_shouts_stays_on_her_floor(seen, upstairs):
    asked = the_one(messages(seen.relayed.on("upper"), "discover"))
    assert ends(asked) == (NOBODY, CLIENT, EVERYBODY, SERVER)
    assert (asked[BOOTP].hops, asked[BOOTP].giaddr) == (0, NOBODY)
    assert seen.relayed.on("ground").lacks(IP(dst=EVERYBODY), given=message("discover", giaddr=upstairs))


def test_the_router_writes_to_the_server_in_its_own_name_for_her(seen, server, gwen, upstairs):
    for kind in ("discover", "request"):
        passed = the_one(messages(seen.relayed.on("ground").sent_by("router"), kind, giaddr=upstairs))
        assert ends(passed) == (upstairs, SERVER, server.ip, SERVER)
        assert passed[Ether].dst == server.mac
        assert passed[BOOTP].hops == 1
        assert mac_of(passed) == gwen.mac


def test_the_server_answers_the_router_at_its_address_upstairs(seen, server, upstairs):
    for kind in ("offer", "ack"):
        told = the_one(messages(seen.relayed.on("ground").sent_by("dhcp"), kind, giaddr=upstairs))
        assert ends(told) == (server.ip, SERVER, upstairs, SERVER)


def test_the_router_tells_gwen_alone_and_says_whose_offer_it_is(seen, server, gwen, gwens, upstairs):
    for kind in ("offer", "ack"):
        told = the_one(messages(seen.relayed.sent_by("router").received_by("gwen"), kind, giaddr=upstairs))
        assert ends(told) == (upstairs, SERVER, gwens, CLIENT)
        assert told[Ether].dst == gwen.mac
        assert option(told, "server_id") == server.ip


def test_each_of_the_four_words_is_said_on_both_floors_under_one_number(seen, upstairs):
    relayed = [packet for packet in seen.relayed.only(BOOTP()) if packet[BOOTP].ciaddr == NOBODY]
    assert [DHCP_TYPES[option(packet, "message-type")] for packet in relayed] == [
        word for word in FOUR_WORDS for _ in range(2)
    ]
    assert len({packet[BOOTP].xid for packet in relayed}) == 1


def test_the_address_fits_her_floor(seen, server, router, gwen, gwens, upstairs):
    ack = the_one(messages(seen.relayed.on("upper"), "ack", giaddr=upstairs))
    assert gwens in pool(server, "upper")
    assert option(ack, "router") == upstairs
    assert option(ack, "name_server") == seen.plan["dns"].ip
    assert seen.addresses["gwen"] == f"{gwens}/24"
    assert written_down(seen.file_relayed, gwen.mac) == (gwens, "gwen")
    assert seen.relayed.in_order(IP(src=gwens, dst=upstairs) / ICMP(type=8), IP(src=upstairs, dst=gwens) / ICMP(type=0))


def test_once_she_has_an_address_gwen_writes_to_the_server_herself(seen, server, gwens):
    asked = message("request", ciaddr=gwens, giaddr=NOBODY, hops=0)
    first, second = (the_one(seen.relayed.on(network).only(asked)) for network in ("upper", "ground"))
    assert ends(first) == ends(second) == (gwens, CLIENT, server.ip, SERVER)
    assert (first[IP].ttl, second[IP].ttl) == (64, 63)
    back = IP(src=server.ip, dst=gwens) / message("ack", giaddr=NOBODY)
    assert seen.relayed.in_order(asked, asked, back, back)
