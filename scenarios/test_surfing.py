"""What the frames of the story of surfing must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import IP, TCP

from lab.capture import messages, streams

NAME, HTTP = "gallery.office.example", 80
OBJECTS = ["/", "/look.css", "/cup.svg", "/pot.svg", "/spoon.svg"]
HTML, STYLE, PICTURE = "text/html", "text/css", "image/svg+xml"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("surfing")


@pytest.fixture(scope="module")
def surfed(seen):
    """Requests and answers of Alice's program, in their order."""
    return said(seen.surfed)


@pytest.fixture(scope="module")
def files(seen):
    """What the server has: the bytes of each page, in the order of the topology."""
    contents = [
        file.content.encode() for file in seen.plan["gallery"].setup.files if file.path.startswith("/srv/pages/")
    ]
    return dict(zip(OBJECTS[:-1], contents, strict=False))


def said(act):
    ends = streams(act.on("floor"))
    asks = [one for end in ends if end.dport == HTTP for one in messages(end.data)]
    return asks, [one for end in ends if end.sport == HTTP for one in messages(end.data)]


def paths(asked):
    return [one.start.split()[1] for one in asked]


def test_one_page_is_five_requests(surfed):
    asked, _ = surfed
    assert paths(asked) == OBJECTS
    assert {one.fields["Host"] for one in asked} == {NAME}


def test_they_go_over_one_connection(seen):
    opened = [frame for frame in seen.surfed.on("floor") if TCP in frame.packet and frame.packet[TCP].flags == "S"]
    assert len(opened) == 1


def test_what_the_page_names_is_asked_for_with_the_page_as_the_referer(surfed):
    asked, answered = surfed
    page = answered[0].body.decode()
    assert "Referer" not in asked[0].fields
    for one in asked[1:]:
        assert one.fields["Referer"] == f"http://{NAME}/"
        assert f'"{one.start.split()[1]}"' in page


def test_each_object_comes_with_its_type(surfed):
    _, answered = surfed
    assert [one.fields.get_content_type() for one in answered] == [HTML, STYLE, PICTURE, PICTURE, HTML]


def test_each_object_is_the_servers_file_to_the_byte(surfed, files):
    _, answered = surfed
    assert [one.body for one in answered[:-1]] == [files[path] for path in OBJECTS[:-1]]
    assert len({*files.values()}) == len(OBJECTS) - 1


def test_alices_program_has_saved_just_these(seen, files):
    saved = {f"/{path.removeprefix(NAME + '/')}".replace("/index.html", "/"): text for path, text in seen.saved.items()}
    assert {path: text.encode() for path, text in saved.items()} == files


def test_one_picture_is_missing_and_the_rest_comes_all_the_same(seen, surfed):
    _, answered = surfed
    assert [one.start.split()[1] for one in answered] == ["200", "200", "200", "200", "404"]
    assert seen.exit_code == 8


def test_bobs_program_asks_for_the_page_alone(seen):
    asked, answered = said(seen.read)
    assert paths(asked) == ["/"]
    assert answered[0].fields.get_content_type() == HTML
    assert "Cups and pots" in seen.text


def test_both_get_the_same_page(seen, surfed):
    _, answered = surfed
    assert said(seen.read)[1][0].body == answered[0].body


def test_the_server_does_not_know_who_has_which_program_but_by_its_word(seen, surfed):
    asked, _ = surfed
    assert [one.fields["User-Agent"].split("/")[0] for one in (asked[0], said(seen.read)[0][0])] == ["Wget", "w3m"]
    assert seen.surfed.only(IP(src=seen.plan["alice"].ip))
