"""Bad topologies beside the problems that a user is shown, good ones beside their plans.

``pytest tests/topology --update-golden`` writes the expectations anew; read the difference before it is committed.
"""

import json
from pathlib import Path

import pytest

from lab import kinds
from lab.errors import TopologyError
from lab.plan import plan
from lab.plan.show import as_json, as_text
from lab.topology import schema
from lab.topology.reading import FOLDER, parse

HERE = Path(__file__).parent
KINDS = {name: kind for name, kind in kinds.load().items() if kind.__module__.startswith("lab.kinds.")}
FIRST_LINE = "# yaml-language-server: $schema=topology.schema.json"


def stories(folder: str) -> list[object]:
    return [pytest.param(path, id=path.stem) for path in sorted((HERE / folder).glob("*.yml"))]


@pytest.mark.parametrize("path", stories("bad"))
def test_a_bad_topology_is_answered_with_all_of_its_problems(path, golden):
    with pytest.raises(TopologyError) as raised:
        parse(path.read_bytes(), path.name, KINDS)
    golden(path.with_suffix(".txt"), f"{raised.value}\n")


@pytest.mark.parametrize("path", stories("good"))
def test_a_good_topology_becomes_its_plan(path, golden):
    made = plan(parse(path.read_bytes(), path.name, KINDS))
    golden(path.with_suffix(".json"), json.dumps(as_json(made), indent=2) + "\n")


def test_the_plan_of_the_home_lan_reads_as_it_should(golden):
    made = plan(parse((FOLDER / "home-lan.yml").read_bytes(), "home-lan.yml", KINDS))
    golden(HERE / "home-lan.txt", as_text(made))


def test_the_schema_for_editors_is_fresh(golden):
    golden(schema.FILE, schema.as_text(KINDS))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yml")), ids=lambda path: path.stem)
def test_each_topology_tells_editors_its_schema_and_carries_its_own_name(path):
    assert path.read_text(encoding="utf-8").splitlines()[0] == FIRST_LINE
    assert parse(path.read_bytes(), path.name, KINDS).name == path.stem
