"""What frames and database of the geolocation must show: one fact, one test. Live and recorded evidence alike."""

from ipaddress import IPv4Address
from xml.etree import ElementTree

import pytest
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror, UDPerror

from lab.places import lookup
from lab.plan import path

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("geolocate")


@pytest.fixture(scope="module")
def laptop(seen):
    return seen.plan["laptop"]


@pytest.fixture(scope="module")
def way(seen):
    """The interfaces by which the laptop's packets enter one node after the other, the web server last."""
    return path(seen.plan, "laptop", "web")


@pytest.fixture(scope="module")
def spots(seen, way):
    """What the database says of each address on the way."""
    return lookup(seen.places, [hop.ip for hop in way])


def place(seen, hop):
    return seen.plan[hop.node].place


def backwards(ip):
    return f"{IPv4Address(ip).reverse_pointer}."


def test_fourteen_routers_give_their_address_in_a_complaint_of_their_own(seen, laptop, way):
    for router in way[:-1]:
        complaint = IP(src=router.ip) / ICMP(type="time-exceeded", code=0) / IPerror(dst=way[-1].ip) / UDPerror()
        assert complaint in seen.traced.on(router.network).sent_by(router.node)
        assert IP(src=router.ip, dst=laptop.ip) / ICMP(type="time-exceeded", code=0) in seen.traced.received_by(
            "laptop"
        )


def test_the_web_server_gives_its_own_by_refusing(seen, laptop, way):
    refused = IP(src=way[-1].ip, dst=laptop.ip) / ICMP(type="dest-unreach", code="port-unreachable") / IPerror()
    assert refused / UDPerror() in seen.traced.received_by("laptop")
    assert IP(src=way[-1].ip) / ICMP(type="dest-unreach", code="port-unreachable") in seen.traced.sent_by("web")


def test_the_table_has_the_addresses_of_the_way_in_its_order(seen, way):
    assert [(row.hop, row.ip) for row in seen.table] == [(number, hop.ip) for number, hop in enumerate(way, start=1)]


def test_the_table_has_the_names_that_the_laptop_was_told(seen):
    heard = seen.traced.received_by("laptop")
    for row in seen.table:
        asked = DNSQR(qname=backwards(row.ip), qtype="PTR")
        if row.name:
            assert DNS(qr=1, rcode="ok", qd=asked, an=DNSRR(type="PTR", rdata=f"{row.name}.")) in heard
        else:
            assert DNS(qr=1, rcode="name-error", qd=asked) in heard
    assert [row.hop for row in seen.table if not row.name] == [12]


def test_each_public_address_on_the_way_is_in_the_database(seen, way, spots):
    public = [hop.ip for hop in way if not seen.plan.segment(hop.network).private]
    assert [ip for ip in public if spots[ip] is None] == []
    assert len(public) == 14


def test_the_private_one_is_not_and_has_no_place(seen, way, spots):
    (home,) = [hop for hop in way if seen.plan.segment(hop.network).private]
    assert spots[home.ip] is None
    assert [(row.country, row.city) for row in seen.table if row.ip == home.ip] == [("", "")]


def test_the_database_says_what_the_topology_says(seen, way, spots):
    for hop in way[1:]:
        spot, there = spots[hop.ip], place(seen, hop)
        assert (spot.city, spot.country, spot.at, spot.zone) == (there.city, there.country, there.at, there.zone)


def test_the_table_has_the_places_of_the_topology(seen, way):
    expected = [(there.country, there.city) for hop in way[1:] for there in [place(seen, hop)]]
    assert [(row.country, row.city) for row in seen.table[1:]] == expected


def test_the_city_of_a_time_zone_is_the_city_or_its_greater_neighbour(seen):
    cities = dict.fromkeys((row.city, row.city_of_zone) for row in seen.table if row.city)
    assert list(cities) == [
        ("Boston", "New York"),
        ("Cambridge", "New York"),
        ("Needham", "New York"),
        ("New York", "New York"),
        ("London", "London"),
        ("Amsterdam", "Amsterdam"),
    ]


def test_for_the_places_nobody_is_asked(seen, laptop, way):
    sent = seen.traced.sent_by("laptop")
    assert sent.lacks(TCP(), given=UDP())
    assert {packet[IP].dst for packet in sent.only(IP())} == {way[0].ip, way[-1].ip}
    assert {packet[UDP].dport == 53 for packet in sent.only(IP(dst=way[0].ip) / UDP())} == {True}


def test_the_map_is_well_formed_and_names_every_city_with_its_hops(seen):
    drawn = ElementTree.fromstring(seen.map)
    said = ["".join(text.itertext()) for text in drawn.iter(f"{SVG}text")]
    for line in ("2 Boston", "3 Cambridge", "4 Needham", "5–7 New York", "8–9 London", "10–15 Amsterdam"):
        assert line in said


def test_no_label_on_the_map_lies_on_another(seen):
    boxes = [
        tuple(float(card.get(edge)) for edge in ("x", "y", "width", "height"))
        for card in ElementTree.fromstring(seen.map).iter(f"{SVG}rect")
        if card.get("class") == "card"
    ]
    pairs = [(one, other) for number, one in enumerate(boxes) for other in boxes[:number]]
    assert [pair for pair in pairs if overlap(*pair)] == []
    assert len(boxes) == 5


def overlap(one, other):
    x, y, width, height = one
    left, top, wide, high = other
    return x < left + wide and left < x + width and y < top + high and top < y + height
