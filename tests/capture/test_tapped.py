"""How the tap's records become frames: each once, with its true sender and everybody who got it."""

from hypothesis import given
from hypothesis import strategies as st

from lab.capture import UNKNOWN, Port, Seen, Switched

PORTS = {
    "p1": Port("victim", "lan"),
    "p2": Port("attacker", "lan"),
    "p3": Port("router", "lan"),
    "p4": Port("router", "wan"),
    "p5": Port("web", "wan"),
}


def story(*records, ports=PORTS):
    """Feed records such as "p1 > A" (A enters by p1) and "A > p3" (A leaves by p3); return frames in words."""
    switched = Switched(ports)
    for time_ns, record in enumerate(records):
        left, right = record.split(" > ")
        outgoing = right in PORTS or right == "gone"
        port, data = (right, left) if outgoing else (left, right)
        switched.feed(Seen(port, outgoing, time_ns, data.encode()))
    return [in_words(frame) for frame in switched.rest()], switched.unmatched


def in_words(frame):
    return (
        f"{frame.number} {frame.data.decode()}: {frame.port.node} > {', '.join(p.node or '?' for p in frame.delivered)}"
    )


def test_a_frame_is_one_row_however_many_ports_it_leaves_by():
    assert story("p1 > A", "A > p2", "A > p3") == (["1 A: victim > attacker, router"], 0)


def test_a_frame_that_left_nowhere_is_still_a_row():
    assert story("p1 > A", "p2 > B", "B > p1") == (["1 A: victim > ", "2 B: attacker > victim"], 0)


def test_the_same_bytes_sent_twice_are_two_rows():
    assert story("p1 > A", "A > p3", "p1 > A", "A > p3") == (["1 A: victim > router", "2 A: victim > router"], 0)


def test_the_first_of_two_was_lost_when_only_the_second_left():
    assert story("p1 > A", "p1 > A", "A > p3") == (["1 A: victim > ", "2 A: victim > router"], 0)


def test_two_processors_may_interleave():
    rows = ["1 A: victim > router, attacker", "2 A: victim > router, attacker"]
    assert story("p1 > A", "p1 > A", "A > p3", "A > p2", "A > p3", "A > p2") == (rows, 0)
    assert story("p1 > A", "p2 > B", "B > p1", "A > p3", "B > p3", "A > p2") == (
        ["1 A: victim > router, attacker", "2 B: attacker > victim, router"],
        0,
    )


def test_a_frame_never_leaves_by_the_port_that_it_entered_by():
    assert story("p1 > A", "p2 > A", "A > p2", "A > p1") == (["1 A: victim > attacker", "2 A: attacker > victim"], 0)
    assert story("p1 > A", "A > p1") == (["1 A: victim > "], 1)


def test_a_frame_does_not_leave_into_another_network():
    assert story("p4 > A", "p1 > A", "A > p5", "A > p3") == (["1 A: router > web", "2 A: victim > router"], 0)
    assert story("p1 > A", "A > p5") == (["1 A: victim > "], 1)


def test_what_leaves_without_having_entered_is_counted():
    assert story("A > p3", "p1 > A", "A > p3", "A > p3") == (["1 A: victim > router"], 2)


def test_a_port_that_vanished_has_no_name_but_is_not_lost():
    assert story("p1 > A", "A > gone", "A > p3") == (["1 A: victim > ?, router"], 0)
    without = {name: port for name, port in PORTS.items() if name != "p1"}
    assert story("p1 > A", "A > p3", ports=without) == (["1 A:  > router"], 0)


def test_a_delivery_after_its_frame_was_taken_out_is_counted_and_given_to_nobody_else():
    switched = Switched(PORTS)
    for seen in (Seen("p1", False, 0, b"A"), Seen("p3", True, 1, b"A")):
        switched.feed(seen)
    assert [in_words(frame) for frame in switched.rest()] == ["1 A: victim > router"]
    for seen in (Seen("p2", True, 2, b"A"), Seen("p1", False, 5, b"A"), Seen("p2", True, 6, b"A")):
        switched.feed(seen)
    assert [in_words(frame) for frame in switched.rest()] == ["2 A: victim > attacker"]
    assert switched.unmatched == 1


# Wires with delay: p1 begins one that ends at d1, and so does p3 with d3; p2 is an ordinary port

ENTRIES = {"d1": "p1", "d3": "p3"}
LONG = {*PORTS, *ENTRIES}


def long_story(*records):
    """Feed records such as "p1 > A" and "A > d3"; return frames in words, and what left without having entered."""
    switched = Switched(PORTS, ENTRIES)
    fed(switched, *records)
    return [in_words(frame) for frame in switched.rest()], switched.unmatched


def fed(switched, *records):
    for time_ns, record in enumerate(records):
        left, right = record.split(" > ")
        outgoing = right in LONG
        port, data = (right, left) if outgoing else (left, right)
        switched.feed(Seen(port, outgoing, time_ns, data.encode()))


def test_a_frame_on_long_wires_is_one_row_from_its_sender_to_its_receivers():
    whole = ("p1 > A", "d1 > A", "A > p2", "A > d3", "A > p3")
    assert long_story(*whole) == (["1 A: victim > attacker, router"], 0)


def test_the_row_of_a_frame_begins_when_it_is_sent():
    switched = Switched(PORTS, ENTRIES)
    fed(switched, "p1 > A", "p2 > B", "B > d3", "d1 > A", "A > p2")
    first, second = switched.rest()
    assert (first.port.node, first.time_ns) == ("victim", 0)
    assert second.data == b"B"


def test_a_frame_that_did_not_come_out_of_its_wire_reached_nobody():
    assert long_story("p1 > A") == (["1 A: victim > "], 0)
    assert long_story("p2 > A", "A > d3") == (["1 A: attacker > "], 0)


def test_a_frame_that_the_switch_lost_behind_a_long_wire_reached_nobody():
    assert long_story("p1 > A", "d1 > A", "p1 > B", "d1 > B", "B > p2") == (
        ["1 A: victim > ", "2 B: victim > attacker"],
        0,
    )


def test_on_a_long_wire_the_first_in_is_the_first_out():
    both = ("p1 > A", "p1 > A", "d1 > A", "d1 > A", "A > p2", "A > p2")
    assert long_story(*both) == (["1 A: victim > attacker", "2 A: victim > attacker"], 0)
    assert long_story("p1 > A", "p1 > A", "d1 > A", "d1 > A", "A > p2")[0][0] == "1 A: victim > "
    assert long_story("p1 > A", "d1 > A", "A > p2", "p1 > A") == (
        ["1 A: victim > attacker", "2 A: victim > "],
        0,
    )


def test_a_frame_never_returns_by_its_own_long_wire():
    assert long_story("p1 > A", "d1 > A", "A > d1") == (["1 A: victim > "], 1)


def test_a_frame_that_nobody_saw_begin_is_counted_where_it_leaves_the_switch():
    assert long_story("d1 > A", "A > p2", "A > d3", "A > p3") == ([], 2)


def test_a_frame_that_is_on_its_way_when_others_are_taken_out_stays_whole():
    for cut in range(1, 6):
        switched = Switched(PORTS, ENTRIES)
        whole = ("p1 > A", "d1 > A", "A > p2", "A > d3", "A > p3")
        fed(switched, "p2 > B", *whole[:cut])
        assert [in_words(frame) for frame in switched.first(1)] == ["1 B: attacker > "]
        fed(switched, *whole[cut:])
        assert [in_words(frame) for frame in switched.rest()] == ["2 A: victim > attacker, router"]
        assert switched.unmatched == 0


def test_what_comes_out_of_a_wire_after_its_frame_was_taken_out_belongs_to_no_other():
    switched = Switched(PORTS, ENTRIES)
    fed(switched, "p2 > A", "A > d3")
    assert [in_words(frame) for frame in switched.rest()] == ["1 A: attacker > "]
    fed(switched, "A > p3", "p2 > A", "A > d3", "A > p3")
    assert [in_words(frame) for frame in switched.rest()] == ["2 A: attacker > router"]


@given(
    st.lists(
        st.builds(
            Seen, st.sampled_from([*PORTS, "gone"]), st.booleans(), st.integers(0, 9), st.sampled_from([b"A", b"B"])
        )
    )
)
def test_no_record_is_lost_and_no_rule_broken(records):
    switched = Switched(PORTS)
    for record in records:
        switched.feed(record)
    frames = switched.rest()
    assert [frame.data for frame in frames] == [record.data for record in records if not record.outgoing]
    outgoing = sum(record.outgoing for record in records)
    assert sum(len(frame.delivered) for frame in frames) + switched.unmatched == outgoing
    for frame in frames:
        known = [port for port in frame.delivered if port != UNKNOWN]
        assert len(set(known)) == len(known)
        assert frame.port not in known
        assert frame.port == UNKNOWN or all(port.network == frame.port.network for port in known)
