"""What a router's translation becomes: addresses that it answers for, and rules in an order that matters."""

import pytest

from lab.kinds.nat import Nat

LINKS = {"lan": 1, "access": 2}
ALL = {
    "to": "access",
    "static": {"web": 10},
    "pools": {"lan": {"first": 20, "last": 21}},
    "forward": {"8080": "web:80"},
}


@pytest.fixture
def router(one):
    return one("router", LINKS, nat=ALL)


def rules(script, chain):
    """The lines of a chain, without their indentation."""
    body = script.partition(f"chain {chain} {{\n")[2].partition("\t}")[0]
    return [line.strip() for line in body.splitlines()]


def test_the_network_alone_means_the_routers_own_address_for_everybody(one):
    short, long = one("router", LINKS, nat="access"), one("router", LINKS, nat={"to": "access"})
    assert short.setup == long.setup
    assert rules(short.setup.firewall, "postrouting")[1:] == ['oifname "access" masquerade']
    assert "prerouting" not in short.setup.firewall


def test_a_script_begins_by_taking_away_what_it_loaded_before(router):
    assert router.setup.firewall.startswith("table ip nat\ndelete table ip nat\ntable ip nat {\n")


def test_the_router_answers_for_all_addresses_that_it_gives_out(router):
    further = {network: list(map(str, several)) for network, several in router.setup.more_addresses.items()}
    assert further == {"access": ["198.18.1.10/24", "198.18.1.20/24", "198.18.1.21/24"]}
    numbers = router.topology.nodes["node"].more_numbers["access"]
    assert [number for several in numbers for number in several] == [10, 20, 21]


def test_whoever_has_an_address_of_its_own_comes_before_the_pool_and_all_others_after_it(router):
    assert rules(router.setup.firewall, "postrouting")[2:] == [
        'oifname "access" ip saddr 192.168.1.80 snat to 198.18.1.10',
        'oifname "access" ip saddr 192.168.1.0/24 jump pool-lan',
        'oifname "access" masquerade',
    ]


def test_a_pool_gives_each_node_one_address_and_no_more_than_it_has(router):
    script = router.setup.firewall
    assert "\t\tsize 2\n" in script
    assert "numgen inc mod 2 offset 1" in script
    assert rules(script, "pool-lan")[-1] == "snat to meta mark map { 1 : 198.18.1.20, 2 : 198.18.1.21 }"


def test_what_comes_from_outside_for_a_node_or_a_port_goes_on_to_it(router):
    assert rules(router.setup.firewall, "prerouting")[1:] == [
        "ip daddr 198.18.1.10 dnat to 192.168.1.80",
        "ip daddr 198.18.1.2 tcp dport 8080 dnat to 192.168.1.80:80",
    ]


def test_neighbours_of_a_node_reach_it_by_its_outside_address_too(router):
    """Answers must come back through the router, or nobody knows them (hairpinning, RFC 4787 section 6)."""
    assert rules(router.setup.firewall, "postrouting")[1] == (
        'oifname "lan" ip saddr 192.168.1.0/24 ct status dnat masquerade'
    )


def test_numbers_cost_nothing_however_many_they_are():
    assert Nat(to="access", pools={"lan": {"first": 20, "last": 4_000_000_000}}).numbers == (range(20, 4_000_000_001),)
