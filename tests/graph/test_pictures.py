"""A picture is readable, whatever is linked to whatever: labels lie free, lines end where they should, all is there."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings

from lab import kinds
from lab.graph import draw
from lab.graph.atlas import is_for
from lab.graph.drawing import sheet
from lab.graph.wires import wires
from lab.topology.reading import FOLDER, parse
from tests.graph.geometry import is_inside, overlaps, run_through, solids
from tests.plan.test_generated import topologies

ROOT = Path(__file__).parents[2]
KINDS = kinds.load()
FILES = sorted([*FOLDER.glob("*.yml"), *ROOT.glob("tests/topology/good/*.yml"), *ROOT.glob("tests/live/odd/*.yml")])


@cache
def read(file):
    return parse(file.read_bytes(), file.name, KINDS)


@cache
def arpanet():
    """Return the map, which takes two seconds to be made, once for all tests."""
    return sheet(read(FOLDER / "arpanet-1977.yml"))


def chain(length):
    """Return routers in a row, each on a cable to the next, with a host on its own at every third."""
    nets = {f"c{number}": f"10.{number // 250}.{number % 250}.0/30" for number in range(length)}
    nets |= {f"h{number}": f"10.9.{number}.0/30" for number in range(0, length, 3)}
    nodes = {}
    for number in range(length + 1):
        links = {f"c{one}": host for one, host in ((number - 1, 2), (number, 1)) if f"c{one}" in nets}
        links |= {f"h{number}": 1} if f"h{number}" in nets else {}
        nodes[f"r{number}"] = {"kind": "router", "links": links}
    nodes |= {f"pc{number}": {"kind": "host", "links": {f"h{number}": 2}} for number in range(0, length, 3)}
    return made("chain", nets, nodes)


def star(arms, hosts):
    """Return a router with many networks, each with several hosts."""
    nets = {f"net{arm}": f"10.0.{arm}.0/24" for arm in range(arms)}
    nodes = {"hub": {"kind": "router", "links": dict.fromkeys(nets, 1)}}
    nodes |= {
        f"pc{arm}-{host}": {"kind": "host", "links": {f"net{arm}": host + 2}}
        for arm in range(arms)
        for host in range(hosts)
    }
    return made("star", nets, nodes)


def made(name, nets, nodes):
    lines = [f"name: {name}", "networks:", *(f"  {net}: {subnet}" for net, subnet in nets.items()), "nodes:"]
    for node, options in nodes.items():
        links = ", ".join(f"{net}: {host}" for net, host in options["links"].items())
        lines.append(f"  {node}: {{kind: {options['kind']}, links: {{{links}}}}}")
    return parse("\n".join(lines).encode(), f"{name}.yml", KINDS)


def readable(topology):
    picture = arpanet() if topology.name == "arpanet-1977" else sheet(topology)
    assert overlaps(solids(picture)) == []
    assert run_through(picture) == []
    for card in picture.cards:
        assert all(is_inside(words.box, card.box) for words in card.words)
        assert overlaps((words.text, words.box) for words in card.words) == []
    framed(topology, picture)
    return picture


def framed(topology, picture):
    """Each node of a system is in a frame of it, no frame has anybody else in it, and none cuts anything."""
    systems = {card.node: topology.nodes[card.node].system for card in picture.cards}
    boxes = [(frame.title.text, frame.box) for frame in picture.frames]
    assert overlaps(boxes) == []
    for card in picture.cards:
        around = [name.split()[0] for name, box in boxes if box.meets(card.box)]
        assert around == ([systems[card.node]] if systems[card.node] else [])
    for _, box in boxes:
        assert all(is_inside(words.box, box) for words in picture.words if words.box.meets(box))


def whole(topology, picture):
    assert sorted(card.node for card in picture.cards) == sorted(topology.nodes)
    cables = [wire for wire in wires(topology) if wire.is_cable]
    rails = [wire for wire in wires(topology) if not wire.is_cable]
    assert len(picture.rails) == len(rails)
    assert sum(len(rail.dots) for rail in picture.rails) == sum(len(rail.ends) for rail in rails)
    assert len([line for line in picture.lines if not line.is_stub]) == len(cables)
    said = {words.text for words in picture.words}
    pointed_at = " ".join(shape.tooltip for shape in (*picture.lines, *picture.rails))
    for wire in wires(topology):
        assert all(word in pointed_at for word in (wire.name, *wire.notes))
        assert is_for(topology) or said >= {wire.name, *wire.notes}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_picture_is_readable_and_whole(file):
    topology = read(file)
    whole(topology, readable(topology))


@pytest.mark.parametrize("length", [3, 17, 60])
def test_the_picture_of_a_long_way_is_readable_and_whole(length):
    topology = chain(length)
    whole(topology, readable(topology))


@pytest.mark.parametrize(("arms", "hosts"), [(9, 3), (1, 40), (3, 0)])
def test_the_picture_of_a_star_is_readable_and_whole(arms, hosts):
    topology = star(arms, hosts)
    whole(topology, readable(topology))


@pytest.mark.parametrize("name", ["home-lan", "internet", "arpanet-1977"])
def test_the_picture_in_the_documents_is_fresh(name, golden):
    golden(ROOT / f"docs/pictures/graph-{name}.svg", draw(read(FOLDER / f"{name}.yml"), "svg"))


@settings(max_examples=60, deadline=None)
@given(topologies())
def test_the_picture_of_what_nobody_wrote_is_readable_and_whole(topology):
    whole(topology, readable(topology))


@settings(max_examples=10, deadline=None)
@given(topologies())
def test_the_same_topology_gives_the_same_picture(topology):
    assert sheet(topology) == sheet(topology)


def test_routers_of_one_provider_stand_together_in_a_frame():
    picture = sheet(read(FOLDER / "internet.yml"))
    assert {frame.title.text for frame in picture.frames} == {
        "bayline AS64501",
        "oceanic AS64502",
        "polder AS64503",
        "nordlink AS64504",
    }
    routers = sum(node.system is not None for node in read(FOLDER / "internet.yml").nodes.values())
    assert len(picture.frames) < routers


def test_the_map_of_the_arpanet_has_the_west_at_the_left_and_london_at_the_right():
    at = {card.node: card.box.middle for card in arpanet().cards}
    middle = arpanet().box.middle
    assert all(at[west].x < middle.x for west in ("hawaii", "ucla", "stanford", "utah"))
    assert all(at[east].x > middle.x for east in ("mit-6", "pentagon", "nyu", "norsar", "london"))
    assert at["sri-2"].y < at["isi-22"].y


def test_a_long_way_is_folded_so_that_it_fills_a_page():
    box = sheet(chain(40)).box
    assert 1.2 < box.width / box.height < 2.4
