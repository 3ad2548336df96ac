"""The way of a packet, hop by hop, is read from the plan."""

from ipaddress import IPv6Address

import pytest

from lab import kinds
from lab.errors import InputError
from lab.plan import path, plan
from lab.topology.reading import FOLDER, parse

KINDS = kinds.load()

DETOUR = b"""
name: detour
networks: {a: 10.0.1.0/24, b: 10.0.2.0/24, c: 10.0.3.0/24, d: 10.0.4.0/24}
nodes:
  gate: {kind: router, links: {a: 1, b: 1, c: 1}, gateway: wide}
  wide: {kind: router, links: {b: 2}}
  narrow: {kind: router, links: {c: 2, d: 1}}
  pc: {kind: host, links: {a: 10}}
  web: {kind: http, links: {d: 80}}
"""


@pytest.fixture(scope="module")
def home():
    return plan(parse((FOLDER / "home-lan.yml").read_bytes(), "home-lan.yml", KINDS))


def hops(*way: str) -> list[str]:
    return [str(interface) for interface in path(*way)]


def test_a_packet_enters_each_router_by_the_interface_that_faces_it(home):
    assert hops(home, "victim", "web") == ["router:lan", "isp:access", "web:hosting"]


def test_neighbours_need_no_router(home):
    assert hops(home, "victim", "printer") == ["printer:lan"]


def test_no_way_leads_to_what_is_hidden(home):
    assert hops(home, "web", "victim") == []


def test_a_node_does_not_leave_itself(home):
    assert hops(home, "victim", "victim") == []


def test_a_route_of_its_own_goes_before_the_gateway():
    made = plan(parse(DETOUR, "detour.yml", KINDS))
    assert hops(made, "pc", "web") == ["gate:a", "narrow:c", "web:d"]


def test_the_answer_to_a_wrong_network_names_the_right_ones(home):
    with pytest.raises(InputError, match="victim is not on access, but on lan"):
        home["victim"].on("access")
    with pytest.raises(InputError, match=r"'home-lan' has no node 'fridge'; it has .*victim"):
        home["fridge"]
    with pytest.raises(InputError, match="'home-lan' has no network 'attic'; it has lan"):
        home.segment("attic")


DUAL = plan(parse((FOLDER / "dual-stack.yml").read_bytes(), "dual-stack.yml", KINDS))


def test_an_ipv6_packet_takes_the_way_by_ipv6_addresses():
    way = path(DUAL, "laptop", "web", family=6)
    assert [str(interface) for interface in way] == ["router:lan", "isp:thin", "web:far"]
    assert [interface.ip6 for interface in way] == ["2001:db8:7::1", "2001:db8:70::2", "2001:db8:8::80"]


def test_no_ipv6_packet_goes_to_who_has_no_ipv6_address(home):
    with pytest.raises(InputError, match="no IPv6 address"):
        path(home, "victim", "web", family=6)


def test_an_address_for_its_own_network_alone_has_an_owner_too():
    laptop = DUAL["laptop"].on("lan")
    assert DUAL.owners[IPv6Address(laptop.link_local)] == laptop
    assert laptop.link_local.startswith("fe80::")
    assert laptop.link_local.removeprefix("fe80::") == laptop.ip6.removeprefix("2001:db8:7:0:")
