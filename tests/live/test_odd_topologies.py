"""Topologies that are nobody's demo come up as they are, and are reachable where the plan says so, and only there."""

import json
from itertools import permutations
from pathlib import Path

import pytest

from lab import kinds
from lab.plan import path, plan
from lab.topology.reading import FOLDER, read

ODD = sorted(Path(__file__).parent.joinpath("odd").glob("*.yml"))

SPEAKING = [str(file) for file in ODD if "routing: bgp" in file.read_text()] + ["internet"]

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("topology", ODD, ids=lambda file: file.stem)
def test_every_node_reaches_whom_the_plan_lets_it_reach_and_nobody_else(labs, topology):
    lab = labs(str(topology))
    pairs = list(permutations(lab.plan.nodes, 2))
    reached = {(one, other) for one, other in pairs if answers(lab, one, other)}
    assert reached == {(one, other) for one, other in pairs if may_reach(lab.plan, one, other)}
    assert reached


@pytest.mark.parametrize("topology", SPEAKING, ids=lambda name: Path(name).stem)
def test_routers_learn_what_was_planned(labs, topology):
    lab = labs(topology)
    speakers = {name: node for name, node in lab.plan.nodes.items() if node.kind == "router" and node.system}
    assert {name: learnt(lab[name]) for name in speakers} == {name: planned(node) for name, node in speakers.items()}
    assert all(planned(node) for node in speakers.values())


def learnt(node):
    """The routes that the kernel has of bird: where to, the next router, and the network to it."""
    routes = json.loads(node.run("ip", "-j", "route", "show", "proto", "bird").stdout)
    return {(route["dst"], route["gateway"], route["dev"]) for route in routes}


def planned(node):
    return {(str(route.to), str(route.via), route.dev) for route in node.learns}


def answers(lab, one, other):
    return lab[one].attempt("ping", "-n", "-c", "1", "-W", "1", lab[other].ip).exit_code == 0


def may_reach(planned, one, other):
    """A question gets there, and its answer comes back: to the sender, or to the router that translates for it."""
    there = path(planned, one, other)
    return bool(there)


def test_the_odd_topologies_are_valid():
    assert {plan(read(file, kinds.load())).topology for file in ODD} == {"ring", "five-legs", "twin-lans", "systems"}


def test_a_topology_is_one_lab_by_its_name_and_by_its_path_and_its_namesake_is_another(labs, tmp_path):
    namesake = tmp_path / "triangle.yml"
    namesake.write_text((FOLDER / "triangle.yml").read_text())
    assert labs("triangle") is labs(str(FOLDER / "triangle.yml"))
    assert labs(str(namesake)) is not labs("triangle")
