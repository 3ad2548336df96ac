"""The name server: what its zones hold, and what it complains about."""

import re
from ipaddress import IPv4Interface, IPv6Interface

import pytest
from pydantic import ValidationError

from lab.kinds.dns import _reversed
from lab.topology.model import KEY


def zone(one, name, **options):
    return one("dns", **options).files[f"/etc/nsd/zones/{name}"].splitlines()


def test_a_record_carries_the_first_address_of_its_node(one):
    records = zone(one, "home.arpa", zones={"home.arpa": {"@": "web", "gate": "gate"}})
    assert "@ A 192.168.1.80" in records
    assert "gate A 192.168.1.1" in records


def test_a_zone_has_an_authority_that_is_the_same_in_every_run(one):
    records = zone(one, "python.org", zones={"python.org": {"@": "web"}})
    (soa,) = (record for record in records if record.startswith("@ SOA"))
    assert re.fullmatch(r"@ SOA node\.python\.org\. hostmaster\.node\.python\.org\. \d+ 3600 600 86400 60", soa)
    assert records == zone(one, "python.org", zones={"python.org": {"@": "web"}})
    assert "@ NS node.python.org." in records
    assert "node A 192.168.1.53" in records


def test_an_address_means_the_first_of_its_names(one):
    records = zone(one, "1.168.192.in-addr.arpa", zones={"python.org": {"@": "web", "www": "web"}})
    assert "80 PTR python.org." in records
    assert "53 PTR node.python.org." in records
    assert sum("PTR" in record for record in records) == 2


def test_the_server_knows_all_its_zones_and_listens_on_all_its_addresses(one):
    server = one("dns", {"lan": 53, "access": 54}, zones={"python.org": {"@": "web"}, "home.arpa": {}})
    configuration = server.files["/etc/nsd/lab.conf"]
    for name in ("python.org", "home.arpa", "1.168.192.in-addr.arpa"):
        assert f'name: "{name}"' in configuration
    for address in ("127.0.0.1", "192.168.1.53", "198.18.1.54"):
        assert f"ip-address: {address}\n" in configuration


@pytest.mark.parametrize(
    ("address", "owner", "apex"),
    [
        ("192.168.1.9/24", "9", "1.168.192.in-addr.arpa"),
        ("192.168.1.9/30", "9", "1.168.192.in-addr.arpa"),
        ("192.168.1.9/32", "9", "1.168.192.in-addr.arpa"),
        ("10.1.2.3/20", "3.2", "1.10.in-addr.arpa"),
        ("10.1.2.3/8", "3.2.1", "10.in-addr.arpa"),
        ("10.1.2.3/4", "3.2.1", "10.in-addr.arpa"),
    ],
)
def test_reverse_zones_are_cut_at_the_octet_boundary_of_the_subnet(address, owner, apex):
    assert _reversed(IPv4Interface(address)) == (owner, apex)


def test_a_record_for_a_node_that_does_not_exist_is_a_complaint_with_the_near_one(one):
    (complaint,) = one("dns", zones={"python.org": {"www": "wbe"}}).complaints
    assert complaint.at == ("zones", "python.org", "www")
    assert (complaint.what, complaint.hint) == ("node 'wbe' does not exist", "did you mean 'web'?")


def test_what_the_server_makes_by_itself_cannot_be_given(one):
    zones = {"1.168.192.in-addr.arpa": {}, "python.org": {"node": "web"}}
    assert [complaint.at for complaint in one("dns", zones=zones).complaints] == [
        ("zones", "1.168.192.in-addr.arpa", KEY),
        ("zones", "python.org", "node", KEY),
    ]


def test_a_name_that_is_too_long_as_a_whole_is_a_complaint(one):
    long = ".".join(["a" * 60] * 4)
    (complaint,) = one("dns", zones={"python.org": {long: "web"}}).complaints
    assert "longer than 253" in complaint.what


def test_good_zones_are_no_complaint(one):
    assert one("dns", zones={"python.org": {"@": "web", "www": "web", "node": "node"}}).complaints == []


@pytest.mark.parametrize(
    "name", ["", "python.org.", "Python.org", "-x.org", "a b", 'x"\nserver:', "a..b", "a" * 64, "_x"]
)
def test_a_zone_that_is_no_domain_name_is_refused_in_plain_words(one, name):
    with pytest.raises(ValidationError, match="is no domain name; "):
        one("dns", zones={name: {"@": "web"}})


@pytest.mark.parametrize("label", ["", "www.", "@.x", "*", "a\nb A 1.2.3.4", "a;b", "$ORIGIN"])
def test_a_label_that_could_say_something_else_in_a_zone_file_is_refused(one, label):
    with pytest.raises(ValidationError, match="is no name in a zone; "):
        one("dns", zones={"python.org": {label: "web"}})


def test_a_name_server_without_a_zone_is_refused(one):
    with pytest.raises(ValidationError):
        one("dns", zones={})


@pytest.mark.parametrize(
    ("address", "owner", "apex"),
    [
        ("2001:db8:1::23/64", ".".join("3200000000000000"), "0.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"),
        ("2001:db8::1/32", ".".join("1" + "0" * 23), "8.b.d.0.1.0.0.2.ip6.arpa"),
    ],
)
def test_reverse_zones_of_ipv6_are_cut_at_the_digit_where_the_prefix_ends(address, owner, apex):
    found = _reversed(IPv6Interface(address))
    assert found == (owner, apex)
    assert ".".join(found) == IPv6Interface(address).ip.reverse_pointer
