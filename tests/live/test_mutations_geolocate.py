"""For each proof of the geolocation there is one change to the lab, or to the story, that turns it red."""

from contextlib import nullcontext
from dataclasses import replace

import pytest

from lab.places import drawing, gazetteer
from lab.places.labels import Box
from lab.plan import Segment
from lab.running import RunningNode
from tests.live.altering import filtered, unchanged

pytestmark = pytest.mark.docker


def other_interface(lab, monkeypatch):
    """The fourth router complains with the address of its far side."""
    return filtered(
        lab, "needham", "postrouting", "icmp type time-exceeded ip saddr 198.18.10.22 ip saddr set 198.18.10.25"
    )


def another_refuses(lab, monkeypatch):
    """Another node says that nobody listens at the web server."""
    return filtered(
        lab, "swcolo2", "forward", "meta l4proto udp ip daddr 198.18.31.80 reject with icmp port-unreachable"
    )


def types_otherwise(monkeypatch, before, *options):
    """Have the laptop do something else before it types, and type with more options."""
    types = RunningNode.types

    def typed(self, program, *words):
        before(self)
        return types(self, program, *options, *words)

    monkeypatch.setattr(RunningNode, "types", typed)
    return nullcontext()


def without_names(lab, monkeypatch):
    """The traceroute wants no names."""
    return types_otherwise(monkeypatch, lambda laptop: None, "-n")


def somebody_is_asked(lab, monkeypatch):
    """Somebody is asked for something else, over TCP."""
    return types_otherwise(monkeypatch, lambda laptop: laptop.run("curl", "--silent", f"http://{lab['web'].ip}/"))


def written_otherwise(monkeypatch, **fields):
    """Have the database say something else of London."""
    record = gazetteer._record
    moved = lambda place: place.model_copy(update=fields) if place.city == "London" else place  # noqa: E731
    monkeypatch.setattr(gazetteer, "_record", lambda place: record(moved(place)))
    return nullcontext()


def london_is_in_france(lab, monkeypatch):
    """The database takes London for Paris."""
    return written_otherwise(monkeypatch, city="Paris", country="France")


def unlisted(lab, monkeypatch):
    """The database knows nothing of the routers in London."""
    insert = gazetteer.MMDBWriter.insert_network
    is_london = lambda record: record["city"]["names"]["en"] == "London"  # noqa: E731
    keep = lambda self, network, record: None if is_london(record) else insert(self, network, record)  # noqa: E731
    monkeypatch.setattr(gazetteer.MMDBWriter, "insert_network", keep)
    return nullcontext()


def home_is_listed(lab, monkeypatch):
    """The home's router is listed as the router in Boston is."""
    home, boston = lab.plan["openwrt"], lab.plan["boston"].place
    monkeypatch.setattr(Segment, "private", property(lambda segment: False))
    monkeypatch.setitem(lab.plan.nodes, "openwrt", replace(home, place=boston))
    return nullcontext()


def labels_in_a_heap(lab, monkeypatch):
    """All labels of the map are put in one place."""
    monkeypatch.setattr(drawing, "placed", lambda labels, *_: [Box(300, 300, 200, 60) for _ in labels])
    return nullcontext()


TABLE = {
    unchanged: set(),
    other_interface: {
        "fourteen routers give their address in a complaint of their own",
        "the table has the addresses of the way in its order",
    },
    another_refuses: {
        "the web server gives its own by refusing",
        "the table has the addresses of the way in its order",
    },
    without_names: {
        "the table has the names that the laptop was told",
    },
    london_is_in_france: {
        "the database says what the topology says",
        "the table has the places of the topology",
        "the city of a time zone is the city or its greater neighbour",
        "the map is well formed and names every city with its hops",
    },
    unlisted: {
        "each public address on the way is in the database",
        "the database says what the topology says",
        "the table has the places of the topology",
        "the city of a time zone is the city or its greater neighbour",
        "the map is well formed and names every city with its hops",
        "no label on the map lies on another",
    },
    home_is_listed: {
        "each public address on the way is in the database",
        "the private one is not and has no place",
        "the map is well formed and names every city with its hops",
    },
    labels_in_a_heap: {
        "no label on the map lies on another",
    },
    somebody_is_asked: {
        "for the places nobody is asked",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("internet")
    with change(lab, monkeypatch):
        turned = red("geolocate", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("geolocate") == set.union(*TABLE.values())
