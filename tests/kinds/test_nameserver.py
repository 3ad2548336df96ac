"""The hierarchy of names: what each zone says, who delegates which to whom, and which addresses have names."""

import pytest

from lab import kinds
from lab.kinds import zones
from lab.kinds.kind import Surroundings
from lab.topology.reading import parse

TEXT = """
name: names
systems: {carrier: {number: 64501, domain: carrier.net}}
networks: {a: 198.18.10.0/24, b: 198.18.20.0/24}
nodes:
  r: {kind: router, links: {a: 1, b: 1}, system: carrier}
  quiet: {kind: host, links: {b: 9}, system: carrier}
  resolver: {kind: resolver, links: {a: 53}}
  root: {kind: nameserver, links: {b: 2}, zones: {".": {}, in-addr.arpa: {}}}
  tld: {kind: nameserver, links: {b: 3}, zones: {org: {}, net: {}}}
  ns1: {kind: nameserver, links: {b: 4}, zones: {python.org: {dinsdale: web, "@": web}}, ttl: 3}
  ns2: {kind: nameserver, links: {a: 4}, secondary: [python.org]}
  nsc: {kind: nameserver, links: {a: 5}, zones: {carrier.net: {}}, reverse: [198.18.10.0/24, 198.18.20.0/24]}
  web: {kind: http, links: {b: 80}}
"""


@pytest.fixture(scope="module")
def topology():
    return parse(TEXT.encode(), "names.yml", kinds.load())


@pytest.fixture(scope="module")
def zone(topology):
    return lambda name: zones.zone(name, topology, 300)


def test_the_root_delegates_what_is_right_below_it_with_glue(zone):
    assert set(zone(".").records) == {
        ("root.", "A 198.18.20.2"),
        ("in-addr.arpa.", "NS root."),
        ("org.", "NS tld.org."),
        ("net.", "NS tld.org."),
        ("tld.org.", "A 198.18.20.3"),
    }


def test_a_zone_delegates_to_all_servers_of_the_zone_below(zone):
    assert [record for owner, record in zone("org").records if owner == "python"] == [
        "NS ns1.python.org.",
        "NS ns2.python.org.",
    ]
    assert {("ns1.python", "A 198.18.20.4"), ("ns2.python", "A 198.18.10.4")} <= set(zone("org").records)


def test_both_servers_of_a_zone_say_the_same(topology):
    texts = [
        next(
            file.content
            for file in topology.nodes[name].setup(Surroundings(name, topology)).files
            if "zones" in file.path
        )
        for name in ("ns1", "ns2")
    ]
    assert texts[0] == texts[1]
    assert "$TTL 3\n" in texts[0]


def test_the_serial_is_another_one_when_the_zone_is_another_one(topology, zone):
    other = parse(TEXT.replace("dinsdale: web", "dinsdale: ns1").encode(), "names.yml", kinds.load())
    assert zone("python.org").serial == zones.zone("python.org", topology, 300).serial
    assert zone("python.org").serial != zones.zone("python.org", other, 300).serial
    assert zone("org").serial == zones.zone("org", other, 300).serial


def test_each_interface_of_a_providers_router_has_a_name_there_and_back(zone):
    assert {("a.r", "A 198.18.10.1"), ("b.r", "A 198.18.20.1")} <= set(zone("carrier.net").records)
    assert ("1", "PTR b.r.carrier.net.") in zone("20.18.198.in-addr.arpa").records


def test_whoever_is_no_router_has_no_name_of_its_provider(zone):
    assert not [record for record in zone("carrier.net").records if "quiet" in record[0]]
    assert not [record for record in zone("20.18.198.in-addr.arpa").records if record[0] == "9"]


def test_any_other_address_means_the_first_of_its_names(zone):
    assert ("80", "PTR dinsdale.python.org.") in zone("20.18.198.in-addr.arpa").records
    assert ("4", "PTR ns2.python.org.") in zone("10.18.198.in-addr.arpa").records


def test_reverse_zones_are_delegated(zone):
    assert ("10.18.198", "NS nsc.carrier.net.") in zone("in-addr.arpa").records


def test_a_resolver_begins_at_the_root(topology):
    files = {
        file.path: file.content for file in topology.nodes["resolver"].setup(Surroundings("resolver", topology)).files
    }
    assert files["/etc/unbound/root.hints"] == ". 3600000 NS root.\nroot. 3600000 A 198.18.20.2\n"


@pytest.mark.parametrize(
    ("name", "zone_name", "inside"),
    [("www.python.org.", "org", True), ("xorg.", "org", False), ("org.", "org", True), ("anything.", ".", True)],
)
def test_a_name_is_in_a_zone_label_by_label(name, zone_name, inside):
    assert zones.within(name, zone_name) is inside


def test_a_server_without_zones_of_its_own_is_called_after_its_provider_and_gets_no_glue(topology):
    text = TEXT.replace(
        "ns2: {kind: nameserver, links: {a: 4},", "ns2: {kind: nameserver, links: {a: 4}, system: carrier,"
    )
    other = parse(text.encode(), "names.yml", kinds.load())
    assert zones.zone("python.org", other, 300).servers == ("ns1.python.org.", "ns2.carrier.net.")
    assert ("ns2", "A 198.18.10.4") in zones.zone("carrier.net", other, 300).records
    assert not [record for record in zones.zone("org", other, 300).records if "198.18.10.4" in record[1]]
