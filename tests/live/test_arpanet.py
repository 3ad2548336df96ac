"""The whole internet of 1977 comes up, and is crossed: those on the way say who they are, in the order of the plan."""

import re
from ipaddress import IPv4Address

import pytest

from lab.plan import path

pytestmark = pytest.mark.docker


@pytest.fixture(scope="module")
def lab(labs):
    return labs("arpanet-1977")


@pytest.mark.parametrize(
    ("source", "target", "hops"), [("ucla-ccn", "ucl", 12), ("ucla-ccn", "mit-multics", 10), ("ucl", "mit-multics", 6)]
)
def test_a_trace_meets_those_on_the_way_of_the_plan(lab, source, target, hops):
    printed = lab[source].run("traceroute", "-n", "-q", "1", "-N", "1", lab[target].ip).stdout
    # A router complains from the address that it sends by (RFC 1812, 4.3.2.4): the way back may be another one.
    met = [lab.plan.owners[IPv4Address(ip)].node for ip in re.findall(r"^ *\d+ +(\S+)", printed, re.MULTILINE)]
    assert met == [interface.node for interface in path(lab.plan, source, target)]
    assert len(met) == hops


def test_the_net_reaches_from_hawaii_to_london(lab):
    assert lab["ucl"].ping(lab["hawaii"].plan.interfaces[0]).exit_code == 0
