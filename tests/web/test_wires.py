"""Frames on the page outside of stories: each told once, to whoever looks, and nothing that is lost is hidden."""

from contextlib import ExitStack

from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, UDP

from lab.errors import EngineError
from lab.waiting import until
from lab.web.feed import Feed
from tests.capture.build import capture
from tests.ladder.traffic import answered, routed


def pinged(number):
    """Return the frames of one ping and its answer: over the router and back."""
    asked, said = ICMP(seq=number), ICMP(type=0, seq=number)
    return capture(*routed(asked, 2 * number + 1), *answered(said, 2 * number + 2)).frames


def looking(served, **more):
    return served.watching(path="/wires", **more)


def frames_of(told, count):
    return [next(told) for _ in range(count)]


def test_a_frame_is_told_once_with_its_true_sender_and_in_words(served):
    with looking(served) as told:
        served.wires.cross(*pinged(1))
        first, *_ = came = frames_of(told, 4)
    assert [number for number, _ in came] == [1, 2, 3, 4]
    event = dict(first[1])
    assert event.pop("at") > 0
    assert event == {
        "kind": "frame",
        "from": "victim",
        "to": ["router"],
        "on": "lan",
        "protocol": "ICMP",
        "style": "icmp",
        "says": "echo request",
        "notes": [],
    }
    assert [event["from"] for _, event in came] == ["victim", "router", "web", "router"]


def test_a_packet_on_its_next_wire_is_known_again_though_it_comes_in_another_batch(served):
    frames = pinged(1)
    with looking(served) as told:
        for frame in frames:
            served.wires.cross(frame)
        assert [event["notes"] for _, event in frames_of(told, 4)] == [[]] * 4


def test_what_a_frame_says_cannot_turn_the_text_around(served):
    (frame, *_) = routed(UDP(sport=40000, dport=53) / DNS(id=1, qd=DNSQR(qname="\u202egro.nohtyp\x1b[2J".encode())), 1)
    with looking(served) as told:
        served.wires.cross(*capture(frame).frames)
        says = next(told)[1]["says"]
    assert "nohtyp" in says
    assert says.isprintable()


def test_the_tap_is_there_while_somebody_looks_and_only_then(served):
    assert served.wires.looks == 0
    with ExitStack() as all_:
        told = [all_.enter_context(looking(served)) for _ in range(3)]
        served.wires.cross(*pinged(1))
        assert len({str(frames_of(one, 4)) for one in told}) == 1
        assert (served.wires.looks, served.wires.taps) == (1, 1)
    until(lambda: not served.wires.taps, "the tap to be gone", within=20)
    with looking(served) as told:
        assert served.wires.looks == 2
        served.wires.cross(*pinged(2))
        assert next(told)[0] == 5


def test_who_comes_again_misses_nothing_and_who_is_new_sees_what_is_new(served):
    with looking(served) as told:
        served.wires.cross(*pinged(1))
        whole = frames_of(told, 4)
        with looking(served, after=2) as again:
            assert frames_of(again, 2) == whole[2:]
        with looking(served) as new:
            served.wires.cross(*pinged(2))
            assert next(new)[0] == 5


def test_what_the_kernel_dropped_is_said(served):
    with looking(served) as told:
        served.wires.cross(drops=3)
        served.wires.cross(*pinged(1), drops=3)
        served.wires.cross(drops=5)
        came = [event for _, event in frames_of(told, 6)]
    assert [one["frames"] for one in came if one["kind"] == "dropped"] == [3, 2]


def test_a_lab_that_is_gone_or_goes_is_said(served):
    served.wires.why = EngineError("the lab is not there any more")
    with looking(served) as told:
        assert next(told)[1] == {"kind": "trouble", "why": "the lab is not there any more"}
    served.wires.why = None
    until(lambda: not served.wires_feed.watched_by, "nobody to look any more", within=20)
    with looking(served) as told:
        served.wires.breaks("the switch has gone")
        assert next(told)[1] == {"kind": "trouble", "why": "the switch has gone"}


def test_a_tap_that_died_is_followed_by_another_for_the_next_who_looks_though_others_still_do(served):
    with looking(served) as told:
        served.wires.breaks("the switch has gone")
        assert next(told)[1]["kind"] == "trouble"
        with looking(served) as new:
            served.wires.cross(*pinged(1))
            assert frames_of(told, 4) == frames_of(new, 4)
    assert served.wires.looks == 2


def test_who_only_watches_may_look_and_a_stranger_may_not(served):
    assert served.ask("/wires", token="guessed")[0] == 403
    with looking(served, token=served.tokens.watcher) as told:
        served.wires.cross(*pinged(1))
        assert next(told)[0] == 1


def test_a_feed_keeps_its_last_events_with_their_numbers():
    feed = Feed(3)
    feed.add(*({"kind": str(number)} for number in range(1, 6)))
    assert [number for number, _ in feed.after(0)] == [3, 4, 5]
    assert feed.after(4) == ((5, {"kind": "5"}),)
    assert feed.after(5) == ()
    assert feed.last == 5
