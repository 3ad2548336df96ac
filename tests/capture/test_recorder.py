"""Windows are cut where a mark came round, and a frame that was on its way at that moment is whole all the same."""

from itertools import islice
from queue import SimpleQueue

from lab.capture import Port, Seen
from lab.recorder import Recorder, live
from lab.tap import Mark

VICTIM, ROUTER = Port("victim", "lan"), Port("router", "lan")
PORTS = {"p1": VICTIM, "p2": ROUTER}

ENTERS, LEAVES = Seen("p1", False, 1, b"frame"), Seen("p2", True, 2, b"frame")


class ScriptedTap:
    """A tap that, at each mark, gives the next part of a script, and then the mark with the drops so far."""

    def __init__(self, *parts, drops=()):
        self._parts = iter(parts)
        self._drops = iter(drops)
        self._coming = SimpleQueue()
        self._marks = 0

    def mark(self):
        self._marks += 1
        self._coming.put([*next(self._parts, ()), Mark(self._marks, next(self._drops, 0))])
        return self._marks

    def read(self):
        return self._coming.get()


def recorded(*parts, **more):
    with Recorder(ScriptedTap(*parts, **more), PORTS).recording() as recording:
        pass
    return recording.capture


def test_a_frame_in_the_window_was_delivered():
    (frame,) = recorded((), (ENTERS, LEAVES)).frames
    assert (frame.port, frame.delivered) == (VICTIM, (ROUTER,))


def test_a_frame_that_leaves_while_the_last_mark_comes_round_is_not_lost():
    (frame,) = recorded((), (ENTERS,), (LEAVES,)).frames
    assert frame.delivered == (ROUTER,)


def test_a_frame_that_leaves_behind_the_first_mark_belongs_before_the_window():
    capture = recorded((ENTERS,), (LEAVES,))
    assert capture.frames == ()
    assert capture.window.unmatched == 0


def test_a_frame_that_enters_behind_the_last_mark_belongs_behind_the_window():
    assert recorded((), (), (ENTERS, LEAVES)).frames == ()


def test_a_frame_that_left_nowhere_is_lost():
    (frame,) = recorded((), (ENTERS,), ()).frames
    assert frame.delivered == ()


def test_what_was_dropped_while_the_last_mark_came_round_counts():
    assert recorded((), (ENTERS,), (), drops=(1, 1, 3)).window.drops == 2


def test_a_window_stays_open_while_a_node_still_sends_what_it_has():
    tap = ScriptedTap((), (ENTERS, LEAVES))
    recorder = Recorder(tap, PORTS)
    marks = []
    recorder.settle = lambda: marks.append(tap._marks)
    with recorder.recording() as recording:
        pass
    assert marks == [1]  # the window was opened, and not closed yet
    assert len(recording.capture) == 1


def test_a_live_view_gives_a_frame_when_it_is_whole():
    first, second = islice(live(ScriptedTap((ENTERS,), (LEAVES,), drops=(0, 4)), PORTS), 2)
    assert first.frames == ()
    assert [frame.delivered for frame in second.frames] == [(ROUTER,)]
    assert second.drops == 4
