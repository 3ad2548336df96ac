"""A story that is told to a lab which lacks what it is about."""

from pathlib import Path

import pytest

from lab import kinds
from lab.errors import InputError
from lab.plan import plan
from lab.scenario import announced, find
from lab.telling import tell
from lab.topology.reading import parse

SCENARIOS = Path(__file__).parents[2] / "scenarios"
SHOP = b"""
name: shop
networks: {left: 10.0.1.0/24}
nodes:
  ada: {kind: host, links: {left: 10}}
"""


class Shop:
    """A lab that a story does not get far in."""

    def __init__(self):
        self.plan = plan(parse(SHOP, "shop.yml", kinds.load()))
        self.acts = []

    def __getitem__(self, node):
        return self.plan[node]

    def forget(self):
        pass


@pytest.mark.parametrize("name", announced(SCENARIOS))
def test_a_role_that_a_topology_lacks_is_named_with_the_storys_file(tmp_path, name):
    story = find(name, SCENARIOS)
    with pytest.raises(InputError, match=rf"{story.file.name} .*'shop' has no node '\w+'; it has ada"):
        tell(story, Shop(), tmp_path)
