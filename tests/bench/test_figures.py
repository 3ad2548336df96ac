"""Figures, what they say together, and the topologies that they are of; all without Docker."""

import pytest

from lab import kinds
from lab.bench import importing
from lab.bench.figures import Circumstances, Part, read, written
from lab.bench.generating import WIRE, campus, chain
from lab.bench.goals import goals
from lab.bench.importing import table
from lab.bench.measuring import PARTS, parts_of
from lab.bench.planning import timed
from lab.bench.reporting import timed as reported
from lab.bench.statistics import Spread, ratios
from lab.errors import InputError, ScenarioFailed
from lab.plan import path, plan
from lab.topology.reading import parse

HERE = Circumstances("2026-11-25 12:00 UTC", "a CPU", 2, 4096, "6.18", "3.11.2", "20.10", (0.5, 1.5))


def drawn(text):
    return parse(text.encode(), "generated.yml", kinds.load())


def part(**figures):
    return Part(HERE, {name.replace("__", "/").replace("_", "-"): values for name, values in figures.items()})


@pytest.mark.parametrize("nodes", [3, 10, 100])
def test_in_a_chain_a_packet_passes_all_nodes(nodes):
    made = plan(drawn(chain(nodes)))
    assert len(made.nodes) == nodes
    assert [hop.node for hop in path(made, "n0", f"n{nodes - 1}")] == list(made.nodes)[1:]


def test_in_a_campus_every_host_reaches_every_building():
    made = plan(drawn(campus(100)))
    assert len(made.nodes) == 100
    assert [one.node for one in path(made, "h0", "h7")] == ["r0", "r7", "h7"]


def test_the_wire_has_one_who_may_send_any_frame():
    assert "NET_RAW" in plan(drawn(WIRE))["sender"].setup.capabilities


def test_the_largest_topologies_are_still_files_that_are_read():
    assert len(drawn(campus(5000)).nodes) == 5000


def test_a_spread_is_the_median_and_the_extremes():
    assert Spread.of([3, 1, 9]) == Spread(3, 1, 9)
    assert Spread.of([3, 1, 9]).shown(0) == "3 (1–9)"
    assert Spread.of([2.5]).shown() == "2.50"


def test_ratios_are_of_pairs_and_not_of_medians():
    assert ratios([2, 30], [1, 10]) == Spread(2.5, 2, 3)
    with pytest.raises(ValueError, match="shorter"):
        ratios([1, 2], [1])


def test_an_allowance_comes_off_before_the_ratio_is_made():
    assert ratios([1.4], [1.0], allowance=0.4).median == pytest.approx(1.0)


def test_figures_are_read_back_as_they_were():
    parts = {"d": Part(HERE, {"--list": (0.2, 0.25)}, {"a chain": "100% of it"})}
    assert read(written(parts)) == parts


@pytest.mark.parametrize(
    ("key", "good", "bad", "what"),
    [
        ("a", {"home_lan__lab__up": (1.8,)}, {"home_lan__lab__up": (2.0,)}, "`up` of home-lan"),
        ("a", {"home_lan__lab__down": (1.1,)}, {"home_lan__lab__down": (1.3,)}, "`down` of home-lan"),
        ("a", {"chain_50__lab__up": (1.2,)}, {"chain_50__lab__up": (1.3,)}, "`up` of chain-50"),
        ("b", {"chain_50__hand__up": (8.0,)}, {"chain_50__hand__up": (7.0,)}, "faster than with Docker"),
        ("c", {"arp_poisoning": (2.9, 9.0, 1.0)}, {"arp_poisoning": (3.1,)}, "arp-poisoning"),
        ("d", {"__list": (0.29,)}, {"__list": (0.31,)}, "--list"),
        ("f", {"100000__drops": (0,)}, {"100000__drops": (0, 1)}, "without a drop"),
        ("f", {"100000__rate": (99_000,)}, {"100000__rate": (60_000,)}, "without a drop"),
        ("g", {"chain_1000__plan": (0.8,)}, {"chain_1000__plan": (0.95,)}, "below 1 s"),
        ("h", {"10000__seconds": (9.9,)}, {"10000__seconds": (10.1,)}, "the page of 10,000 frames"),
        ("g", {"chain_1000__plan": (0.2,)}, {"chain_1000__plan": (0.9,)}, "n log n"),
    ],
)
def test_a_goal_is_met_up_to_its_bound_and_not_beyond(key, good, bad, what):
    assert verdicts(key, good, what) == {True}
    assert verdicts(key, bad, what) == {False}


def verdicts(key, changed, what):
    labs = ("home_lan", "chain_50")
    usual = {
        "a": {f"{lab}__{who}__{verb}": (1.0,) for lab in labs for who in ("lab", "bare") for verb in ("up", "down")},
        "b": {"chain_50__lab__up": (2.0,), "chain_50__hand__up": (8.0,)},
        "f": {"100000__rate": (100_000,), "100000__drops": (0,)},
        "g": {f"chain_{size}__{what}": (size / 10_000,) for size in (100, 1000) for what in ("check", "plan")},
    }
    told = part(**(usual.get(key, {}) | changed))
    if key == "d":
        told = Part(HERE, {"--list": next(iter(changed.values()))})
    return {goal.met for goal in goals({key: told}) if what in goal.sentence}


def test_planning_tells_its_times_and_the_routes_that_it_made():
    told = timed(chain(10).encode())
    assert told["routes"] == 2 + 8 * 7  # of nine cables a router is on two
    assert told["check"] > 0
    assert told["plan"] > 0


def test_parts_are_chosen_by_letters():
    assert parts_of("all") == tuple(PARTS)
    assert parts_of("d,g") == ("d", "g")
    with pytest.raises(InputError, match="no part 'z' of the bench; there are a, b, c, d, e, f, g, h, and all"):
        parts_of("a,z")


def test_what_is_imported_is_told_by_package_the_slowest_first():
    told = [
        "import time: self [us] | cumulative | imported package",
        "import time:      2000 |       2000 | json.decoder",
        "import time:      1000 |       3000 | json",
        "import time:      5000 |       9000 |   pydantic.main",
        "import time:      4000 |      13000 | pydantic",
        "a word of the command",
    ]
    assert table(told).splitlines()[:2] == ["     9 ms  pydantic", "     3 ms  Python's own library"]
    assert table(told).splitlines()[-1] == "    12 ms  in all"


def test_a_command_that_fails_has_no_profile():
    with pytest.raises(ScenarioFailed, match="nothing-like-it"):
        importing.profile("check", "topology=nothing-like-it")


def test_a_report_tells_its_time_and_its_size():
    few, more = reported(10), reported(20)
    assert 0 < few["bytes"] < more["bytes"]
    assert few["seconds"] > 0
