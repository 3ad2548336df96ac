"""What routers learn by BGP: the plan looks for shortest ways, and the routers, each on its own, come to the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import kinds
from lab.plan import plan
from lab.topology.building import build
from lab.topology.checking import check
from lab.topology.model import Topology
from lab.topology.reading import FOLDER, parse
from tests.plan.path_vector import tables

KINDS = kinds.load()
NETWORKS = [f"net{number}" for number in range(12)]


@st.composite
def internets(draw) -> Topology:
    """Return a topology of up to 12 routers in their systems, on up to 12 networks, some of which are backups.

    Each router comes to networks where others may be already, and joins the system of one of them or begins its own; so
    systems are whole.
    """
    routers: dict[str, dict[str, object]] = {}
    numbers = draw(st.permutations(range(1, 13)))  # who has the lower address is not who comes first
    for number in numbers[: draw(st.integers(1, 12))]:
        links = draw(st.lists(st.sampled_from(NETWORKS), min_size=1, max_size=3, unique=True))
        near = sorted({str(other["system"]) for other in routers.values() if set(links) & set(other["links"])})
        system = draw(st.sampled_from([*near, f"system{number}"]))
        routers[f"router{number}"] = {"kind": "router", "links": dict.fromkeys(links, number), "system": system}
    places = draw(st.permutations(range(12)))
    networks = {
        name: {"subnet": f"10.0.{place}.0/24", "backup": draw(st.sampled_from([False, False, True]))}
        for name, place in zip(NETWORKS, places, strict=True)
    }
    return built(networks, routers)


def built(networks, routers):
    systems = sorted({str(router["system"]) for router in routers.values()})
    value = {
        "name": "generated",
        "routing": "bgp",
        "systems": {name: 64501 + place for place, name in enumerate(systems)},
        "networks": networks,
        "nodes": routers,
    }
    draft = build(value, KINDS)
    assert [*draft.complaints, *check(draft)] == []
    return draft.topology


def learnt(topology):
    """The next router and the network to it, for each speaker and each network, as routers find them."""
    return {
        name: {
            (str(topology.networks[network].subnet), str(way.address), way.out)
            for network, way in table.items()
            if way.address
        }
        for name, table in tables(topology).items()
    }


def planned(topology):
    return {
        name: {(str(way.to), str(way.via), way.dev) for way in node.learns}
        for name, node in plan(topology).nodes.items()
        if topology.speaks_bgp(name)
    }


@settings(max_examples=150, deadline=None)
@given(internets())
def test_routers_come_to_what_was_planned(topology):
    assert planned(topology) == learnt(topology)


def test_so_they_do_on_the_internet_and_in_the_triangle():
    for name in ("internet", "triangle"):
        topology = parse((FOLDER / f"{name}.yml").read_bytes(), name, KINDS)
        assert planned(topology) == learnt(topology)
        assert any(planned(topology).values())


@pytest.mark.parametrize("between", range(1, 7))
def test_a_backup_between_systems_is_as_long_as_a_way_through_three_more(between):
    topology = loop([f"system{number}" for number in range(between + 2)])
    assert planned(topology) == learnt(topology)
    by_backup = [way for way in planned(topology)["router1"] if way[2] == "backup"]
    assert bool(by_backup) == (between > 4)  # to a network of the last but one, which the chain reaches sooner


@pytest.mark.parametrize("length", [2, 49, 50, 51, 99])
def test_a_backup_inside_a_system_is_as_long_as_fifty_cables(length):
    topology = loop(["one"] * (length + 1))
    assert planned(topology) == learnt(topology)


def loop(systems):
    """A chain of routers, each in its system, whose ends are linked by a backup."""
    networks = {f"net{place}": f"10.1.{place}.0/24" for place in range(len(systems) - 1)}
    ends = [{f"net{place - 1}": 2, f"net{place}": 1} for place in range(len(systems))]
    links = [{name: number for name, number in both.items() if name in networks} for both in ends]
    links[0]["backup"], links[-1]["backup"] = 1, 2
    routers = {
        f"router{place}": {"kind": "router", "links": numbers, "system": system}
        for place, (numbers, system) in enumerate(zip(links, systems, strict=True), 1)
    }
    return built({**networks, "backup": {"subnet": "10.2.0.0/24", "backup": True}}, routers)
