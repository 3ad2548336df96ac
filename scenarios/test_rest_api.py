"""What the frames of the story of the orders must show: one fact, one test. Live and recorded evidence alike."""

import json

import pytest

from lab.capture import messages, streams

HTTP = 80
ACTS = ("made", "read", "changed", "deleted", "refused")
ROW = "1|coffee|2\n"


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("rest-api")


@pytest.fixture(scope="module")
def said(seen):
    """The requests of each act with their answers."""
    return {name: talks(getattr(seen, name)) for name in ACTS}


@pytest.fixture(scope="module")
def rows(seen):
    """The table after each act."""
    return dict(zip(ACTS, seen.rows, strict=True))


def talks(act):
    ends = streams(act.on("floor"))
    asks = [one for end in ends if end.dport == HTTP for one in messages(end.data)]
    return list(zip(asks, (one for end in ends if end.sport == HTTP for one in messages(end.data)), strict=True))


def methods(several):
    return [asked.start.split()[0] for asked, _ in several]


def numbers(several):
    return [answered.start.split()[1] for _, answered in several]


def test_each_act_has_its_method(said):
    assert {name: methods(several) for name, several in said.items()} == {
        "made": ["POST"],
        "read": ["GET"],
        "changed": ["PUT", "PUT"],
        "deleted": ["DELETE", "GET"],
        "refused": ["POST"],
    }


def test_each_answer_has_its_number(said):
    assert {name: numbers(several) for name, several in said.items()} == {
        "made": ["201"],
        "read": ["200"],
        "changed": ["200", "200"],
        "deleted": ["204", "404"],
        "refused": ["400"],
    }


def test_what_is_asked_and_answered_is_json(said):
    ((asked, answered),) = said["made"]
    assert asked.fields["Content-Type"] == answered.fields["Content-Type"] == "application/json"
    assert json.loads(asked.body) == {"drink": "coffee", "cups": 2}
    assert json.loads(answered.body) == {"id": 1, "drink": "coffee", "cups": 2}


def test_the_answer_says_where_the_order_is_and_all_others_go_there(said):
    ((_, made),) = said["made"]
    place = made.fields["Location"]
    later = [asked for name in ("read", "changed", "deleted") for asked, _ in said[name]]
    assert {asked.start.split()[1] for asked in later} == {place} == {"/orders/1"}


def test_the_row_is_in_the_table(rows):
    assert rows["made"] == ROW


def test_to_read_changes_nothing(said, rows):
    ((asked, answered),) = said["read"]
    assert asked.body == b""
    assert json.loads(answered.body) == {"id": 1, "drink": "coffee", "cups": 2}
    assert rows["read"] == rows["made"]


def test_to_put_twice_is_to_put_once(said, rows):
    first, second = said["changed"]
    assert first[0].body == second[0].body
    assert first[1].body == second[1].body
    assert rows["changed"] == "1|coffee|3\n"


def test_what_is_deleted_is_gone(said, rows):
    (_, deleted), (_, looked) = said["deleted"]
    assert deleted.body == b""
    assert json.loads(looked.body) == {"error": "there is no order 1"}
    assert rows["deleted"] == ""


def test_too_much_is_refused_and_no_row_is_made(said, rows):
    ((asked, answered),) = said["refused"]
    assert json.loads(asked.body)["cups"] == 1000
    assert "at most 12 cups" in json.loads(answered.body)["error"]
    assert rows["refused"] == ""


def test_what_was_printed_is_what_the_frames_carry(seen, said):
    bodies = [answered.body.decode() for several in said.values() for _, answered in several]
    assert list(seen.printed) == bodies
