"""Topologies that nobody wrote: whatever is linked to whatever, addresses stay unique and packets arrive."""

from hypothesis import given, settings
from hypothesis import strategies as st

from lab import kinds
from lab.plan import path, plan
from lab.topology.building import build
from lab.topology.checking import check
from lab.topology.model import Topology
from tests.plan.forwarding import answered, least_hops

KINDS = kinds.load()
ZONES = {"lab": {"first": "node0"}}


@st.composite
def topologies(draw) -> Topology:
    """Return a topology of up to 8 networks, and of up to 12 nodes that are each on some of them."""
    networks = {f"net{number}": f"10.0.{number}.0/24" for number in range(draw(st.integers(1, 8)))}
    nodes = {f"node{number}": draw(node(number + 1, sorted(networks))) for number in range(draw(st.integers(1, 12)))}
    for name, one in nodes.items():
        near = [other for other in nodes if other != name and _is_router_near(nodes[other], one)]
        if one["kind"] != "router" and len(near) > 1:
            one["gateway"] = draw(st.sampled_from(near))
    draft = build({"name": "generated", "networks": networks, "nodes": nodes}, KINDS)
    assert [*draft.complaints, *check(draft)] == []
    return draft.topology


@st.composite
def node(draw, number, networks):
    kind = draw(st.sampled_from(["router", "router", "host", "dns"]))
    links = draw(st.lists(st.sampled_from(networks), min_size=1, max_size=4, unique=True))
    nat = draw(st.none() | st.sampled_from(links))
    options = {"router": {"nat": nat}, "dns": {"zones": ZONES}, "host": {}}
    return {"kind": kind, "links": dict.fromkeys(links, number), **options[kind]}


def _is_router_near(other, one):
    return other["kind"] == "router" and other["links"].keys() & one["links"].keys()


@settings(max_examples=40, deadline=None)
@given(topologies())
def test_no_address_no_mac_and_no_port_is_given_twice(topology):
    interfaces = [interface for node in plan(topology).nodes.values() for interface in node.interfaces]
    for mark in ("ip", "mac", "port"):
        assert len({getattr(interface, mark) for interface in interfaces}) == len(interfaces)


@settings(max_examples=20, deadline=None)
@given(topologies())
def test_the_same_topology_gives_the_same_plan(topology):
    assert plan(topology) == plan(topology)


@settings(max_examples=40, deadline=None)
@given(topologies())
def test_a_packet_takes_a_shortest_way_to_everybody_who_is_not_hidden(topology):
    made = plan(topology)
    for source in made.nodes:
        for target in (name for name in made.nodes if name != source):
            way = path(made, source, target)
            hops = least_hops(topology, made, source, made[target].interfaces[0].network)
            # A router is met before the packet has crossed it to the side that its first address is on.
            assert bool(way) == bool(hops) if topology.nodes[target].forwards else len(way) == hops


@settings(max_examples=40, deadline=None)
@given(topologies())
def test_the_question_reaches_the_resolver_and_the_answer_finds_back(topology):
    made = plan(topology)
    for node in made.nodes.values():
        assert node.resolver is None or answered(topology, made, node.name, node.resolver)


@settings(max_examples=20, deadline=None)
@given(topologies())
def test_whoever_shares_a_network_with_a_resolver_has_one(topology):
    made = plan(topology)
    for segment in made.segments:
        if any(made[port.node].kind == "dns" for port in segment.ports):
            assert all(made[port.node].resolver for port in segment.ports)
