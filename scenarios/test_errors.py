"""What the frames of the story of errors must show: one fact, one test. Live and recorded evidence alike."""

import pytest
from scapy.layers.inet import IP, TCP
from scapy.packet import Raw

from lab.capture import messages, streams

FOURTH = 4
SECOND = 1_000_000_000
SHORTEST_CLOCK = SECOND // 5
"""No clock of Linux's TCP runs for less when it waits for an answer."""


@pytest.fixture(scope="module")
def seen(evidence):
    return evidence("errors")


@pytest.fixture(scope="module")
def rfc(seen):
    return seen.plan["rfc"]


@pytest.fixture(scope="module")
def text(rfc):
    """The text as the topology gives it."""
    (file,) = (file for file in rfc.setup.files if file.path.endswith(".txt"))
    return file.content.encode()


@pytest.fixture(scope="module")
def gap(seen):
    """The segment that was lost in the middle."""
    return the_one(lost(seen.middle))


@pytest.fixture(scope="module")
def goodbyes(seen):
    """How often, and when, Alice hangs up in the end."""
    return [frame for frame in told(seen.last, "alice") if "F" in frame.packet[TCP].flags]


def the_one(several):
    (one,) = several
    return one


def lost(act):
    """The frames that reached nobody."""
    return [frame for frame in act if not frame.delivered]


def told(act, node):
    """What a node said by TCP."""
    return [frame for frame in act.sent_by(node) if TCP in frame.packet]


def with_data(act, node):
    return [frame for frame in told(act, node) if Raw in frame.packet]


def places(frames):
    """The numbers of the first bytes."""
    return [frame.packet[TCP].seq for frame in frames]


def number_after(frame):
    """The number of the byte behind a segment; SYN and FIN count as one each (RFC 9293, section 3.4)."""
    ip, tcp = frame.packet[IP], frame.packet[TCP]
    carried = ip.len - 4 * (ip.ihl + tcp.dataofs)
    return (tcp.seq + carried + ("S" in tcp.flags) + ("F" in tcp.flags)) % 2**32


def blocks(frames):
    """What segments say has come behind a gap: the first number, and the one after the last (RFC 2018, section 3)."""
    return [told for frame in frames if (told := dict(frame.packet[TCP].options).get("SAck"))]


# Nothing is lost


def test_on_a_good_wire_each_byte_is_sent_once(seen):
    said = with_data(seen.whole, "rfc")
    assert lost(seen.whole) == []
    assert len(said) >= FOURTH + 3
    assert places(said)[1:] == [number_after(frame) for frame in said[:-1]]


def test_alice_says_up_to_which_byte_she_has_all(seen):
    end = max(number_after(frame) for frame in with_data(seen.whole, "rfc"))
    answers = [frame.packet[TCP].ack for frame in told(seen.whole, "alice")[2:]]
    assert answers == sorted(answers)
    assert end in answers


# A word in the middle


def test_exactly_the_fourth_segment_of_the_text_is_lost(seen, gap):
    assert with_data(seen.middle, "rfc").index(gap) == FOURTH - 1
    assert gap.port.node == "rfc"


def test_what_comes_behind_the_gap_is_answered_with_the_number_of_the_gap(seen, gap):
    """RFC 5681, section 4.2. Whose program reads just then may answer several segments at once, also the one before."""
    answers = [frame for frame in told(seen.middle, "alice") if frame.packet[TCP].ack == gap.packet[TCP].seq]
    assert len(answers) > 1 or blocks(answers)


def test_these_answers_tell_which_bytes_have_come(seen, gap):
    begins, ends = zip(*blocks(told(seen.middle, "alice")), strict=True)
    assert set(begins) == {number_after(gap)}
    assert list(ends) == sorted(set(ends))
    assert set(ends) <= {number_after(frame) for frame in with_data(seen.middle, "rfc")}


def test_the_server_sends_what_is_missing_once_more_and_nothing_else(seen, gap):
    again = [frame for frame in with_data(seen.middle, "rfc") if frame.packet[TCP].seq == gap.packet[TCP].seq]
    assert [bytes(frame.packet[Raw]) for frame in again] == [bytes(gap.packet[Raw])] * 2
    assert again[1].delivered
    everything = places(with_data(seen.middle, "rfc"))
    assert len(everything) == len(set(everything)) + 1


def test_it_waits_until_three_segments_behind_the_gap_have_come_and_for_no_clock(seen, gap):
    """RFC 6675, section 5. Who is busy when they come may tell of several in one answer."""
    said = with_data(seen.middle, "rfc")
    again = next(frame for frame in said if places([frame]) == places([gap]) and frame is not gap)
    before = [frame for frame in seen.middle.received_by("rfc") if frame.time_ns < again.time_ns]
    known = max(end for _, end in blocks([frame for frame in before if TCP in frame.packet]))
    assert known >= number_after(said[FOURTH + 2])
    assert again.time_ns - gap.time_ns < SHORTEST_CLOCK


def test_when_the_gap_is_filled_everything_that_has_come_is_confirmed_at_once(seen, gap):
    answers = [frame.packet[TCP] for frame in told(seen.middle, "alice")]
    waiting = [number for number, answer in enumerate(answers) if answer.ack == gap.packet[TCP].seq]
    _, came = dict(answers[waiting[-1]].options)["SAck"]
    assert answers[waiting[-1] + 1].ack >= came


# The first word


def test_only_the_very_first_word_is_lost(seen):
    first = told(seen.first, "alice")[0]
    assert lost(seen.first) == [first]
    assert first.packet[TCP].flags == "S"


def test_it_is_said_again_after_a_second(seen):
    asked, again = told(seen.first, "alice")[:2]
    assert again.packet[TCP].flags == "S"
    assert again.packet[TCP].seq == asked.packet[TCP].seq
    assert SECOND <= again.time_ns - asked.time_ns < 1.5 * SECOND


def test_in_that_second_neither_says_anything(seen):
    asked, again = told(seen.first, "alice")[:2]
    between = [frame for frame in seen.first if asked.time_ns < frame.time_ns < again.time_ns]
    assert [frame for frame in between if frame.port.node in ("alice", "rfc")] == []


def test_after_that_nothing_is_sent_twice(seen):
    said = [frame for node in ("alice", "rfc") for frame in told(seen.first, node)[node == "alice" :]]
    spoken = [(frame.port.node, frame.packet[TCP].seq, number_after(frame)) for frame in said]
    heavy = [one for one in spoken if one[1] != one[2]]
    assert len(heavy) == len(set(heavy))


# The last word


def test_the_last_word_is_lost(seen, goodbyes):
    word = the_one(lost(seen.last))
    assert word.port.node == "rfc"
    assert word.packet[TCP].flags == "A"
    assert word.packet[TCP].ack == number_after(goodbyes[0])


def test_the_server_has_hung_up_before(seen, goodbyes):
    hung_up = the_one([frame for frame in told(seen.last, "rfc") if "F" in frame.packet[TCP].flags])
    assert hung_up.time_ns < goodbyes[0].time_ns
    assert hung_up.delivered


def test_alice_says_goodbye_once_more_when_a_clock_has_run_out(goodbyes):
    first, again = goodbyes
    assert places([first]) == places([again])
    assert SHORTEST_CLOCK <= again.time_ns - first.time_ns < 2 * SECOND


def test_now_she_is_heard(seen, goodbyes):
    word = told(seen.last, "rfc")[-1]
    assert word.packet[TCP].ack == number_after(goodbyes[-1])
    assert word.time_ns > goodbyes[-1].time_ns
    assert [port.node for port in word.delivered] == ["router"]


# The reader


def test_whatever_is_lost_the_text_is_whole(seen, text):
    for act in (seen.whole, seen.middle, seen.first):
        answer = the_one(stream for stream in streams(act.on("floor")) if stream.sport == 80)
        assert the_one(messages(answer.data)).body == text


def test_what_is_printed_tells_how_long_the_text_is(seen, text):
    *by_curl, by_hand = seen.printed
    assert by_curl == [f"200, a text of {len(text)} bytes\n"] * 3
    assert f"Content-Length: {len(text)}" in by_hand


def test_the_ends_tell_each_other_that_they_can_say_what_has_come(seen):
    for act in (seen.whole, seen.middle, seen.first, seen.last):
        openings = [
            frame.packet[TCP]
            for node in ("alice", "rfc")
            for frame in told(act, node)
            if "S" in frame.packet[TCP].flags
        ]
        assert all("SAckOK" in dict(one.options) for one in openings)
