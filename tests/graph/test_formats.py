"""Each format says all that there is, can be read by its programs, and lets nothing out that a name or a text holds."""

import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest

from lab import kinds
from lab.errors import InputError
from lab.graph import FORMATS, draw
from lab.graph.dot import _quoted
from lab.graph.looks import LOOKS
from lab.graph.mermaid import escaped
from lab.graph.shapes import Point, Sheet, Words
from lab.graph.svg import Heading, as_svg
from lab.graph.wires import wires
from lab.topology.reading import FOLDER, parse
from tests.seen import contrast

KINDS = kinds.load()
SVG = "{http://www.w3.org/2000/svg}"


def read(name):
    return parse((FOLDER / f"{name}.yml").read_bytes(), f"{name}.yml", KINDS)


@pytest.fixture(scope="module")
def home():
    return read("home-lan")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", ["home-lan", "internet"])
def test_a_format_names_every_node_every_network_and_every_system(name, form):
    topology = read(name)
    picture = draw(topology, form)
    subnets = (str(network.subnet) for network in topology.networks.values())
    for word in (*topology.nodes, *topology.networks, *topology.systems, *subnets):
        assert word in picture


def test_an_unknown_format_is_answered_with_the_nearest(home):
    with pytest.raises(InputError, match="'mermaids' is no format; did you mean 'mermaid'"):
        draw(home, "mermaids")


def test_an_svg_tells_its_story_to_those_who_cannot_see_it(home):
    drawn = ElementTree.fromstring(draw(home, "svg"))
    assert drawn.get("role") == "img"
    assert drawn.find(f"{SVG}title").text == "home-lan"
    told = drawn.find(f"{SVG}desc").text
    assert all(f"{name} ({node.kind})" in told for name, node in home.nodes.items())


def test_an_svg_is_made_for_light_and_for_dark_ground(home):
    style = ElementTree.fromstring(draw(home, "svg")).find(f"{SVG}style").text
    light, dark = style.split("@media (prefers-color-scheme: dark)")
    coloured = re.findall(r"^([^\s].*?) \{ (?:fill|stroke): #", light, re.MULTILINE)
    assert coloured == re.findall(r"^  (.*?) \{ (?:fill|stroke): #", dark, re.MULTILINE)
    assert {f".is-{name}" for name in LOOKS} <= set(coloured)


@pytest.mark.parametrize("name", LOOKS)
def test_each_kind_can_be_told_from_the_ground(name):
    for colour, ground in ((LOOKS[name].light, "#ffffff"), (LOOKS[name].dark, "#1f292f")):
        assert contrast(colour, ground) >= 4.5


def test_kinds_differ_not_only_in_colour():
    assert len({look.icon for look in LOOKS.values()}) == len(LOOKS)


NASTY = '</text><script>alert("1")</script>&amp;'


def test_a_text_cannot_leave_its_place_in_an_svg():
    drawn = ElementTree.fromstring(
        as_svg(Sheet(words=(Words(Point(0, 0), NASTY, "what"),)), Heading(NASTY, NASTY, NASTY))
    )
    assert not [element for element in drawn.iter() if element.tag.endswith("script")]
    assert [element.text for element in drawn.iter() if element.text == NASTY]


def test_a_text_cannot_leave_its_place_in_mermaid():
    assert escaped('"]; click x <b>#') == "#34;#93;#59; click x #60;b#62;#35;"


def test_a_text_cannot_leave_its_place_in_dot():
    assert _quoted('a"b\\', "c") == r'"a\"b\\\nc"'


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
@pytest.mark.parametrize("name", ["home-lan", "internet"])
def test_graphviz_understands_the_dot(name):
    topology = read(name)
    done = subprocess.run(["dot", "-Tplain"], input=draw(topology, "dot"), capture_output=True, text=True, check=True)
    rails = [wire for wire in wires(topology) if not wire.is_cable]
    assert len(re.findall(r"^node ", done.stdout, re.MULTILINE)) == len(topology.nodes) + len(rails)
