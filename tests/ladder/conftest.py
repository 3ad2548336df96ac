"""A small plan whose nodes are those of the captures that are built by hand."""

import pytest

from lab import kinds
from lab.plan import plan
from lab.topology.reading import parse

SMALL = b"""
name: small
networks: {lan: 10.0.1.0/24, wan: 10.0.2.0/24}
nodes:
  router: {kind: router, links: {lan: {host: 1, mac: "02:00:00:00:00:01"}, wan: {host: 1, mac: "02:00:00:00:01:01"}}}
  victim: {kind: victim, links: {lan: {host: 23, mac: "02:00:00:00:00:17"}}}
  attacker: {kind: attacker, links: {lan: {host: 66, mac: "02:00:00:00:00:66"}}}
  web: {kind: http, links: {wan: {host: 80, mac: "02:00:00:00:01:50"}}, pages: {/: hello}}
"""


@pytest.fixture(scope="session")
def small():
    """The plan of victim, attacker and router on a LAN, and a web server behind the router."""
    return plan(parse(SMALL, "small.yml", kinds.load()))
