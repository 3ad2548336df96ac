"""The page of the bench: what it says of given figures is a file, and the page in docs is that of its own figures."""

from pathlib import Path

from lab.bench.figures import Circumstances, Part, read
from lab.bench.page import page, remarks_of

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).with_name("page.md")
HERE = Circumstances("2026-11-25 12:00 UTC", "a CPU", 2, 4096, "6.18", "3.11.2", "20.10", (0.5, 1.5))

FIGURES = {
    "a": {
        "home-lan/lab/up": (1.5, 1.6, 1.7),
        "home-lan/lab/down": (0.6, 0.7, 0.5),
        "home-lan/lab/containers": (0.8, 0.9, 0.8),
        "home-lan/lab/wires": (0.1, 0.1, 0.2),
        "home-lan/lab/services": (0.1, 0.1, 0.1),
        "home-lan/bare/up": (1.0, 1.0, 1.1),
        "home-lan/bare/down": (0.5, 0.5, 0.5),
        "home-lan/nodes": (7,),
    },
    "b": {
        "chain-50/lab/up": (2.5,),
        "chain-50/lab/down": (1.0,),
        "chain-50/hand/up": (9.5,),
        "chain-50/hand/down": (9.0,),
    },
    "c": {
        "arp-poisoning": (2.1, 2.2),
        "routing": (3.0, 3.1),
        "routing/silence": (0.03, 0.61),
        "traceroute-15": (1.9, 2.5),
    },
    "d": {"--list": (0.2, 0.3), "check topology=home-lan": (0.4, 0.4), "python": (0.02, 0.02)},
    "e": {"lab/group": (900.0, 1000.0), "lab/shim": (4000.0, 4100.0), "bare/group": (400.0,), "bare/shim": (4000.0,)},
    "f": {
        f"{rate}/{what}": (value,)
        for rate, drops in ((10_000, 0.0), (100_000, 17.0))
        for what, value in {
            "rate": rate,
            "sent": rate,
            "seen": rate - drops,
            "drops": drops,
            "lag": 0.01,
            "sender": 0.9,
            "tap": 0.5,
            "client": 0.3,
            "others": 0.2,
        }.items()
    },
    "g": {
        f"{shape}-{size}/{what}": (value,)
        for shape, size in (("campus", 100), ("campus", 1000), ("chain", 100))
        for what, value in {"check": size / 9000, "plan": size / 4000, "routes": 3 * size}.items()
    },
    "h": {
        "300/seconds": (0.3, 0.4),
        "300/bytes": (600_000,),
        "10000/seconds": (7.0, 12.0),
        "10000/bytes": (7_000_000,),
    },
}


def test_the_page_of_given_figures(request):
    notes = {
        "d": {"./invoke check": "    90 ms  pydantic"},
        "g": {"a chain of 100": " 90%  10 calls  roads.py:_shortest"},
    }
    made = page({key: Part(HERE, told, notes.get(key, {})) for key, told in FIGURES.items()}, "A remark.\n")
    if request.config.getoption("--update-golden"):
        GOLDEN.write_text(made)
    assert made == GOLDEN.read_text()


def test_a_part_that_was_not_measured_is_not_on_the_page():
    told = page({"d": Part(HERE, FIGURES["d"])})
    assert "The start of a command" in told
    assert "Memory" not in told


def test_remarks_stay_when_the_page_is_made_anew():
    assert remarks_of(page({}, "Where the time goes.\n")) == "Where the time goes.\n"
    assert remarks_of("no page yet") == ""


def test_the_page_in_docs_is_that_of_the_figures_beside_it():
    there = (ROOT / "docs/performance.md").read_text()
    assert there == page(read((ROOT / "docs/performance.json").read_text()), remarks_of(there))
