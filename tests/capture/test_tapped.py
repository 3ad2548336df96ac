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
