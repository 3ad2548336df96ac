"""Where addresses are: the database holds the places of a topology, and a map shows any way over the globe."""

from ipaddress import IPv4Address
from itertools import pairwise
from math import dist, isclose
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab import kinds
from lab.places import Spot, Stop, database, lookup, worldmap
from lab.places.globe import Window, shortest
from lab.places.labels import Box, Label, placed
from lab.plan import plan
from lab.topology.reading import find, read

SVG = "{http://www.w3.org/2000/svg}"
BOSTON, LONDON, FIJI, HAWAII = (42.36, -71.06), (51.51, -0.13), (-17.7, 178.0), (21.3, -157.9)
PLACES = st.tuples(st.floats(-80, 80), st.floats(-180, 180))


@pytest.fixture(scope="module")
def internet():
    return plan(read(find("internet"), kinds.load()))


def spot(at, city="Somewhere", country="Nowhere"):
    return Spot(country, city, at, "Etc/UTC")


def boxes(svg):
    return [
        Box(*(float(rect.get(edge)) for edge in ("x", "y", "width", "height")))
        for rect in ElementTree.fromstring(svg).iter(f"{SVG}rect")
        if rect.get("class") == "card"
    ]


def said(svg):
    return ["".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]


# The database


def test_each_address_of_a_node_with_a_place_is_found_there(internet):
    ends = [end for node in internet.nodes.values() if node.place for end in node.interfaces]
    found = lookup(database(internet), [end.ip for end in ends])
    for end in ends:
        place = internet[end.node].place
        assert found[end.ip] == Spot(place.country, place.city, place.at, place.zone)


def test_private_addresses_and_those_without_a_place_are_not_in_it(internet):
    found = lookup(database(internet), ["192.168.1.1", internet["root"].ip, "198.18.10.10", "192.0.2.1"])
    assert set(found.values()) == {None}


def test_a_topology_without_places_has_an_empty_one():
    home = plan(read(find("home-lan"), kinds.load()))
    assert set(lookup(database(home), map(str, filter(is_ipv4, home.owners))).values()) == {None}


def is_ipv4(ip):
    return isinstance(ip, IPv4Address)


def test_the_city_of_a_time_zone_is_read_as_people_write_it():
    assert Spot("", "", (0, 0), "America/Argentina/Buenos_Aires").city_of_zone == "Buenos Aires"
    assert Spot("", "", (0, 0), "UTC").city_of_zone == "UTC"


# The globe on paper


def test_the_shortest_way_over_the_atlantic_passes_north_of_both_ends():
    way = shortest(BOSTON, LONDON)
    assert (way[0], way[-1]) == (BOSTON, LONDON)
    assert max(latitude for latitude, _ in way) > 53


def test_a_way_over_the_date_line_goes_on_across_it():
    window = Window.around([FIJI, HAWAII], 1200, 675)
    (left, _), (right, _) = window.on_paper(FIJI), window.on_paper(HAWAII)
    assert 0 < left < right < 1200
    line = window.line(shortest(FIJI, HAWAII))
    assert max(dist(*pair) for pair in pairwise(line)) < 30
    assert isclose(line[-1][0], right)


def test_degrees_of_longitude_are_shorter_than_those_of_latitude_away_from_the_equator():
    window = Window.around([(60, 0)], 1000, 1000)
    east, north = window.on_paper((60, 1)), window.on_paper((61, 0))
    assert isclose(east[0] - 500, (500 - north[1]) / 2)


def test_there_is_land_in_london_and_none_in_the_midst_of_the_south_atlantic():
    window = Window.around([(-40, -26)], 100, 100)
    assert list(window.land()) == []
    assert list(Window.around([LONDON], 100, 100).land())


@given(st.lists(PLACES, min_size=1, max_size=9))
@settings(deadline=None, max_examples=60)
def test_all_places_are_on_the_paper_wherever_they_are(places):
    window = Window.around(places, 1200, 675)
    for x, y in map(window.on_paper, places):
        assert -1 <= x <= 1201
        assert -1 <= y <= 676


# Labels


@given(st.lists(st.tuples(st.floats(0, 1200), st.floats(0, 675)), max_size=14))
@settings(deadline=None, max_examples=60)
def test_labels_never_overlap_nor_hide_a_mark_nor_leave_the_paper(marks):
    paper = Box(0, 0, 1200, 675)
    found = [box for box in placed([Label(mark, 220, 60) for mark in marks], paper, [], []) if box]
    assert not any(one.overlaps(other) for number, one in enumerate(found) for other in found[:number])
    assert not any(box.holds(mark) for box in found for mark in marks)
    assert all(box.within(paper) for box in found)


def test_a_label_is_beside_its_mark_and_off_the_way():
    way = [(600 + step, 300.0) for step in range(0, 300, 10)]
    (box,) = placed([Label((600, 300), 200, 60)], Box(0, 0, 1200, 675), [], way)
    assert dist(box.nearest((600, 300)), (600, 300)) < 40
    assert not any(box.holds(point) for point in way)


def test_a_label_without_room_is_left_out():
    full = Box(0, 0, 1200, 675)
    assert placed([Label((600, 300), 200, 60)], full, [full], []) == [None]


# The map


def test_places_next_to_each_other_share_a_mark_and_a_label():
    stops = [
        Stop(2, spot(BOSTON, "Boston")),
        Stop(3, spot((42.37, -71.11), "Cambridge")),
        Stop(4, spot(LONDON, "London")),
    ]
    drawn = ElementTree.fromstring(worldmap(stops, "A way"))
    assert len(list(drawn.iter(f"{SVG}circle"))) == 2
    assert {"2 Boston", "3 Cambridge", "4 London", "A way"} <= set(said(worldmap(stops, "A way")))


def test_hops_in_a_row_are_told_as_a_range():
    stops = [Stop(hop, spot(BOSTON, "Boston")) for hop in (2, 5, 6, 7)]
    assert "2, 5–7 Boston" in said(worldmap(stops, "A way"))


def test_names_cannot_break_the_map():
    assert "1 a<b>&c" in said(worldmap([Stop(1, spot(BOSTON, "a<b>&c"))], "</svg>"))


@given(st.lists(PLACES, min_size=1, max_size=9))
@settings(deadline=None, max_examples=30)
def test_any_way_is_drawn_without_labels_that_overlap(places):
    cards = boxes(worldmap([Stop(hop, spot(at, f"City {hop}")) for hop, at in enumerate(places, 1)], "A way"))
    assert not any(one.overlaps(other) for number, one in enumerate(cards) for other in cards[:number])
