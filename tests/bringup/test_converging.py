"""What has to change for a lab to be as planned, said in words."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from lab import kinds
from lab.converging import Change, Changes, Fate, Recipe, Standing, changes, recipes
from lab.kinds.kind import File, Setup
from lab.plan import Route, plan
from lab.topology.reading import parse
from tests.bringup.small import Options, small_plan

TEXT = """
name: shop
networks: {left: 10.0.1.0/24, right: 10.0.2.0/24}
nodes:
  ada: {kind: host, links: {left: 10}}
  road: {kind: router, links: {left: 1, right: 1}}
  names: {kind: dns, links: {right: 53}, zones: {lab: {shop: shop}}}
  shop: {kind: http, links: {right: 80}, pages: {/: Open}}
"""


def made_of(text, image="node:1"):
    topology = parse(text.encode(), "shop.yml", kinds.load())
    return recipes(topology.nodes, plan(topology), image)


def fates(before, after):
    """Return what becomes of a lab of one text when another is wanted, a line each."""
    there = {name: Standing(recipe) for name, recipe in made_of(before).items()}
    return list(changes(made_of(after), there).lines)


def test_the_same_text_changes_nothing():
    assert fates(TEXT, TEXT) == ["unchanged: ada, road, names, shop"]


def test_an_option_is_named_as_in_the_topology():
    other = TEXT.replace("{shop: shop}", "{shop: shop, www: shop}")
    assert fates(TEXT, other) == ["names: its zones changed; made anew", "unchanged: ada, road, shop"]


def test_what_follows_from_another_node_is_named_as_in_the_plan():
    other = TEXT.replace("links: {right: 80}", "links: {right: 81}")
    assert fates(TEXT, other) == [
        "names: its files changed; made anew",
        "shop: its links changed; made anew",
        "unchanged: ada, road",
    ]


def test_a_wire_that_becomes_worse_changes_no_node():
    other = TEXT.replace("links: {right: 80}", "links: {right: {host: 80, delay: 20ms, rate: 1mbit, loss: 1/3}}")
    assert fates(TEXT, other) == ["unchanged: ada, road, names, shop"]


def test_a_node_in_the_middle_of_the_file_changes_no_node_behind_it():
    other = TEXT.replace("  road:", "  bob: {kind: host, links: {left: 11}}\n  road:")
    assert fates(TEXT, other) == ["bob: it was not there; made", "unchanged: ada, road, names, shop"]
    assert fates(other, TEXT) == [
        "bob: it is not planned any more; removed",
        "unchanged: ada, road, names, shop",
    ]


def test_another_order_of_the_nodes_changes_none():
    lines = TEXT.splitlines()
    other = "\n".join([*lines[:4], *reversed(lines[4:])])
    assert list(changes(made_of(other), {name: Standing(it) for name, it in made_of(TEXT).items()}).lines) == [
        "unchanged: shop, names, road, ada"
    ]


def test_another_image_changes_every_node():
    there = {name: Standing(recipe) for name, recipe in made_of(TEXT).items()}
    assert {str(change) for change in changes(made_of(TEXT, "node:2"), there).nodes} == {
        f"{name}: its image changed; made anew" for name in ("ada", "road", "names", "shop")
    }


PARTS = {
    "command": Setup(command=("true",)),
    "user": Setup(user="root"),
    "files": Setup(files=(File("/a", "b"),)),
    "capabilities": Setup(capabilities=frozenset({"NET_RAW"})),
    "sysctls": Setup(sysctls={"net.ipv4.ip_forward": "1"}),
    "firewall": Setup(firewall="table ip nat {}"),
}


def recipe(**parts):
    """Return the recipe of a node with some parts of its own."""
    node = replace(small_plan(a=Setup()).nodes["a"], **parts)
    return recipes({"a": Options(words="")}, replace(small_plan(), nodes={"a": node}), "any")["a"]


@pytest.mark.parametrize("part", PARTS)
def test_every_part_of_a_setup_makes_another_node(part):
    assert recipe(setup=PARTS[part]).why_not(recipe()) == f"its {part} changed"


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("interfaces", ()),
        ("routes", (Route(IPv4Network("0.0.0.0/0"), IPv4Address("10.0.0.1"), "lan"),)),
        ("resolver", IPv4Address("10.0.0.53")),
    ],
)
def test_every_part_of_a_plan_makes_another_node(part, value):
    word = "addresses" if part == "interfaces" else part
    assert recipe(**{part: value}).why_not(recipe()) == f"its {word} changed"


def test_what_is_asked_from_outside_and_what_is_only_said_makes_no_other_node():
    assert not recipe(setup=Setup(answers="DNS", login="root")).why_not(recipe())


def test_a_recipe_is_the_same_in_every_process():
    """A set of words has another order in each: so a label that was written in one is read in another."""
    made = recipe(setup=Setup(capabilities=frozenset({"NET_RAW", "NET_ADMIN", "SETUID"})))
    assert made.parts["capabilities"] == "415214bdff96"


def test_a_recipe_comes_back_from_its_label():
    assert Recipe.read(recipe().label) == recipe()


def test_a_node_without_a_recipe_was_made_by_another_wiretale():
    assert recipe().why_not(Recipe.read("")) == "it was made by another Wiretale"


def test_trouble_is_told_where_the_recipe_is_the_same():
    there = {"a": Standing(recipe(), "it had ended")}
    assert changes({"a": recipe()}, there).nodes == (Change("a", Fate.MADE_ANEW, "it had ended"),)


def test_new_wires_are_a_change_although_no_node_changes():
    changed = changes({"a": recipe()}, {"a": Standing(recipe())}, rewired="the switch had died")
    assert changed
    assert list(changed.lines) == ["wires: the switch had died; laid anew", "unchanged: a"]
    assert not changes({"a": recipe()}, {"a": Standing(recipe())})
    assert not Changes()
