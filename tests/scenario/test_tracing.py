"""The map of a traced way is drawn from recorded frames, by graphviz or without it."""

import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lab import kinds
from lab.evidence import load
from lab.plan import plan
from lab.scenario import Svg, find
from lab.topology.reading import find as find_topology
from lab.topology.reading import read
from lab.tracing import Station, System, drawing, plain, stations, systems

SCENARIOS = Path(__file__).parents[2] / "scenarios"


@pytest.fixture(scope="module")
def seen():
    story = find("traceroute", SCENARIOS)
    return load(story.evidence, story.recorded)


def words(svg):
    """Parse the drawing, and return all text in it."""
    return "".join(ElementTree.fromstring(svg).itertext())


def test_each_network_is_a_system_with_a_number_for_private_use_or_nobodys(seen):
    of = systems(seen.plan)
    assert {end.network: of[ip] for ip, end in seen.plan.owners.items()} == {
        "lan": System(64512, "lan"),
        "access": System(65536, "access"),
        "hosting": System(65537, "hosting"),
    }


def test_where_a_topology_has_systems_an_address_lies_in_that_of_who_runs_its_router():
    internet = plan(read(find_topology("internet"), kinds.load()))
    of = systems(internet)
    bayline, oceanic, polder = System(64501, "bayline"), System(64502, "oceanic"), System(64503, "polder")
    assert of[internet["eighth-ave"].on("eighth-nyk").address.ip] == bayline
    assert of[internet["nyk"].on("eighth-nyk").address.ip] == oceanic
    assert of[internet["web"].on("colo").address.ip] == polder
    assert of[internet["laptop"].on("home").address.ip] == System(64512, "home")


def test_the_way_is_read_from_the_answers(seen):
    way = stations(seen.by_scapy, seen.plan, "victim")
    assert [(one.hop, one.node, one.system.name) for one in way] == [
        (0, "victim", "lan"),
        (1, "router", "lan"),
        (2, "isp", "access"),
        (3, "web", "hosting"),
    ]


def test_a_way_that_nobody_answered_has_only_its_beginning(seen):
    assert [one.node for one in stations(seen.by_the_system, seen.plan, "victim")] == ["victim"]


def test_an_address_that_is_nobodys_is_on_the_map_all_the_same(seen):
    segments = (
        replace(segment, ports=tuple(port for port in segment.ports if port.node != "isp"))
        for segment in seen.plan.segments
    )
    way = stations(seen.by_scapy, replace(seen.plan, segments=tuple(segments)), "victim")
    assert [(one.node, one.ip) for one in way if one.hop == 2] == [("?", seen.plan["isp"].on("access").ip)]


def test_without_graphviz_the_drawing_holds_every_hop_and_its_system(seen, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda program: None)
    drawn = drawing(seen.by_scapy, seen.plan, "victim")
    for word in (
        "victim",
        "1: router",
        "192.168.1.1",
        "2: isp",
        "198.18.1.1",
        "3: web",
        "198.18.2.80",
        "AS65537 hosting",
    ):
        assert word in words(drawn)


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
def test_with_graphviz_it_is_scapys_own_graph_with_the_systems_of_the_plan(seen):
    drawn = drawing(seen.by_scapy, seen.plan, "victim")
    for word in ("192.168.1.1", "198.18.1.1", "198.18.2.80", "64512", "[lan]", "65537", "[hosting]"):
        assert word in words(drawn)


def test_names_cannot_break_the_drawing():
    station = Station(1, "a<b>&c", "192.0.2.1", System(1, "x"))
    assert "a<b>&c" in words(plain([station]))


def test_a_drawing_is_kept_in_a_file_of_its_own(seen):
    file = find("traceroute", SCENARIOS).recorded / "graph.svg"
    assert isinstance(seen.graph, Svg)
    assert file.read_text() == seen.graph
