"""A story told on the page: act by act when its teller says so, the same for all who watch, whatever goes wrong."""

from contextlib import ExitStack

import pytest

from lab.errors import EngineError
from lab.waiting import until
from tests.web.conftest import until_kind


def kinds_of(told):
    return [event["kind"] for event in told]


def plays(served, **more):
    """Begin the story; its proofs are asked by pytest in this process, so a test must see its end, or end it."""
    assert served.post("/play", {"story": "pings"} | more) == (204, "")


def test_a_story_that_stops_waits_before_each_act(served):
    plays(served, stops=True)
    with served.watching() as told:
        assert kinds_of(until_kind(told, "waits")) == ["title", "waits"]
        served.post("/next")
        first = until_kind(told, "waits")
        assert kinds_of(first) == ["begins", "typed", "ends", "waits"]
        assert first[0]["sentence"] == "The victim pings the web."
        assert first[2] == {"kind": "ends", "act": 1, "frame": 1, "answer": "It does."}
        served.post("/next")
        *_, proven, _ = until_kind(told, "over")
    assert proven["worst"] == "failed"
    assert [one["verdict"] for one in proven["proofs"]] == ["passed", "failed"]


def test_the_report_grows_with_the_story_and_is_kept(served):
    plays(served, stops=True)
    with served.watching() as told:
        until_kind(told, "waits")
        assert "The victim pings the web." not in served.ask("/report")[2]
        served.post("/next")
        until_kind(told, "waits")
        so_far = served.ask("/report")[2]
        assert "The victim pings the web." in so_far
        assert "Once more" not in so_far
        served.post("/next")
        until_kind(told, "over")
    whole = served.ask("/report")[2]
    assert "Once more &lt;b&gt;&amp;." in whole
    assert whole.count("<b>victim$ ping 10.0.2.80</b>") == 2
    assert 'aria-label="frame 5–6: ICMP echo request' in whole
    assert "1 of 2 proofs passed" in whole
    (kept,) = (served.folder / "runs/pings").iterdir()
    assert (kept / "report.html").read_text() == whole
    assert "The victim pings the web." in (kept / "ladder.txt").read_text()


def test_a_story_that_does_not_stop_is_told_in_one_go(served):
    plays(served)
    with served.watching() as told:
        assert "waits" not in kinds_of(until_kind(told, "over"))


def test_who_comes_late_or_comes_again_misses_nothing(served):
    plays(served)
    with served.watching() as told:
        whole = until_kind(told, "over")
    with served.watching() as told:
        assert until_kind(told, "over") == whole
    with served.watching(after=3) as told:
        number, event = next(told)
        assert (number, event) == (4, whole[3])


def test_fifty_who_watch_see_the_same(served):
    with ExitStack() as all_:
        watchers = [all_.enter_context(served.watching()) for _ in range(50)]
        plays(served)
        seen = [until_kind(told, "over") for told in watchers]
    assert len(seen) == 50
    assert all(one == seen[0] for one in seen)


def test_who_went_away_is_told_nothing_more(served):
    plays(served)
    with served.watching() as told:
        until_kind(told, "over")
        assert served.show.feed.watched_by == 1
    until(lambda: not served.show.feed.watched_by, "nobody to watch any more", within=20)


def test_one_story_at_a_time(served):
    plays(served, stops=True)
    assert served.post("/play", {"story": "pings"}) == (409, "'pings' is being told; one story at a time\n")


def test_a_story_can_be_ended_and_another_one_be_told(served):
    plays(served, stops=True)
    with served.watching() as told:
        until_kind(told, "waits")
        served.post("/end")
        trouble, _ = until_kind(told, "over")
        assert "ended by its teller" in trouble["why"]
        until(lambda: served.post("/play", {"story": "pings"})[0] == 204, "the stage to be free", within=20)
        assert kinds_of(until_kind(told, "over"))[-2:] == ["proven", "over"]


@pytest.mark.parametrize("body", [{"story": "none"}, {}, [], "pings", {"story": ["pings"]}])
def test_a_story_that_is_not_there_is_answered(served, body):
    assert served.post("/play", body) == (404, "there is no such story here\n")


def test_a_lab_that_is_gone_is_said_and_the_page_goes_on(served):
    def gone(audience):
        raise EngineError("the lab is not there any more")

    object.__setattr__(served.show._place, "entered", gone)
    plays(served)
    with served.watching() as told:
        *_, trouble, _ = until_kind(told, "over")
    assert trouble == {"kind": "trouble", "why": "the lab is not there any more"}
    assert served.ask("/")[0] == 200


def test_the_status_tells_each_node(served):
    assert '"victim":"running"' in served.ask("/status")[2]
