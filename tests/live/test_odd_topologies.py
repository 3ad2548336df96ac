"""Topologies that are nobody's demo come up as they are, and are reachable where the plan says so, and only there."""

from itertools import permutations
from pathlib import Path

import pytest

from lab import kinds
from lab.plan import path, plan
from lab.topology.reading import read

ODD = sorted(Path(__file__).parent.joinpath("odd").glob("*.yml"))

pytestmark = pytest.mark.docker


@pytest.mark.parametrize("topology", ODD, ids=lambda file: file.stem)
def test_every_node_reaches_whom_the_plan_lets_it_reach_and_nobody_else(labs, topology):
    lab = labs(str(topology))
    pairs = list(permutations(lab.plan.nodes, 2))
    reached = {(one, other) for one, other in pairs if answers(lab, one, other)}
    assert reached == {(one, other) for one, other in pairs if may_reach(lab.plan, one, other)}
    assert reached


def answers(lab, one, other):
    return lab[one].attempt("ping", "-n", "-c", "1", "-W", "1", lab[other].ip).exit_code == 0


def may_reach(planned, one, other):
    """A question gets there, and its answer comes back: to the sender, or to the router that translates for it."""
    there = path(planned, one, other)
    return bool(there)


def test_the_odd_topologies_are_valid():
    assert {plan(read(file, kinds.load())).topology for file in ODD} == {"ring", "five-legs", "twin-lans"}
