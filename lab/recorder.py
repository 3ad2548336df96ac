"""Records what the tap sees: a thread reads without pause, and windows are cut at marks that came round."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

from scapy.packet import Packet

from lab.capture import Capture, Frame, Port, Seen, Switched
from lab.capture.frame import ANSWER
from lab.capture.patterns import Pattern
from lab.capture.tapped import NOTHING
from lab.errors import EngineError, ScenarioFailed, TimedOut
from lab.tap import Mark, Tap
from lab.waiting import until

ROUND_TRIP_WITHIN = 20.0
"""Seconds that a mark may take to come round; half a millisecond is usual."""

SEEN_WITHIN = 20.0
"""Seconds that a story waits for a frame."""


@dataclass(frozen=True)
class Position:
    """A place in the stream: what came before it, counted from the start of the tap."""

    frames: int
    drops: int
    unmatched: int


class Recording:
    """A window that is open, or was: ``capture`` is what it saw, once it is closed."""

    def __init__(self, so_far: Callable[[], Capture]) -> None:
        self._so_far = so_far
        self._capture: Capture | None = None
        self._answers: list[tuple[Pattern, str]] = []

    def waits_for(self, pattern: Packet, times: int = 1) -> None:
        """Wait until frames that fit were seen in the window so often. Raises ``ScenarioFailed``."""
        asked = Pattern(pattern)
        try:
            until(
                lambda: sum(asked.fits(frame.packet) for frame in self._so_far()) >= times,
                f"{asked} to be seen {times} times",
                SEEN_WITHIN,
            )
        except TimedOut as error:
            raise ScenarioFailed(str(error)) from error

    def marks(self, pattern: Packet, question: str) -> None:
        """Mark the last frame of the window that fits as the one that answers a question of the story."""
        self._answers.append((Pattern(pattern), question))

    def close(self, capture: Capture) -> None:
        """Give the recording what it saw, with its marks; a question that no frame answers marks none."""
        for pattern, question in self._answers:
            last = next((frame for frame in reversed(capture.frames) if pattern.fits(frame.packet)), None)
            marked = (replace(one, comment=f"{ANSWER}{question}") if one is last else one for one in capture)
            capture = replace(capture, frames=tuple(marked))
        self._capture = capture

    @property
    def closed(self) -> bool:
        """Whether the window is over."""
        return self._capture is not None

    @property
    def capture(self) -> Capture:
        """The frames of the window. Asking while it is open is a mistake in the story."""
        if self._capture is None:
            raise RuntimeError("the recording is still running; ask for its capture after the 'with' block")
        return self._capture


@dataclass(frozen=True)
class Batch:
    """Frames that became whole at a mark, and how many were dropped until then, since the tap began."""

    frames: tuple[Frame, ...]
    drops: int


def live(tap: Tap, ports: Mapping[str, Port], entries: Mapping[str, str] = NOTHING) -> Iterator[Batch]:
    """Yield frames as they come, for ever: after each batch a mark proves that the switch is done with them."""
    cut = _Cut(ports, entries)
    asked = 0
    while True:
        if not asked or (cut.switched.waiting and asked == cut.marked):
            asked = tap.mark()
        for record in tap.read():
            frames = cut.take(record)
            if isinstance(record, Mark):
                yield Batch(tuple(frames), record.drops)


class _Cut:
    """Cuts the tap's records at its marks, taking frames out where they are whole.

    A frame that enters the switch while a mark's markers go round may leave it behind the last of them. But the kernel
    takes a frame through the switch without a pause on one processor, and each processor has a marker of its own: so
    what had entered by one mark has left by the next. Where frames are held up, the tap waits for them before it tells
    a mark.
    """

    def __init__(self, ports: Mapping[str, Port], entries: Mapping[str, str]) -> None:
        self.switched = Switched(ports, entries)
        self.marked = 0
        self._entered_by_last_mark = 0

    def take(self, record: Seen | Mark) -> list[Frame]:
        """Take the next record, and return the frames that became whole."""
        if isinstance(record, Seen):
            self.switched.feed(record)
            return []
        whole = self.switched.first(self._entered_by_last_mark)
        self.marked, self._entered_by_last_mark = record.number, self.switched.entered
        return whole


def _nothing() -> None:
    """Have nothing to wait for."""


class Recorder:
    """Keeps every frame that the tap sees, and knows which of them came before which mark.

    ``settle`` is done before a window closes: it waits for what was sent in it, and no tap has seen yet.
    """

    def __init__(self, tap: Tap, ports: Mapping[str, Port], entries: Mapping[str, str] = NOTHING) -> None:
        self.settle: Callable[[], None] = _nothing
        self._tap = tap
        self._ports = tuple(ports.values())
        self._cut = _Cut(ports, entries)
        self._frames: list[Frame] = []
        self._in_windows = 0
        self._positions: dict[int, Position] = {}
        self._trouble: EngineError | None = None
        self._news = threading.Condition()
        self.recordings: list[Recording] = []
        self._reader = threading.Thread(target=self._read, name="tap", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while True:
                for record in self._tap.read():
                    self._frames.extend(self._cut.take(record))
                    if isinstance(record, Mark):
                        self._note(record)
        except EngineError as error:
            with self._news:
                self._trouble = error
                self._news.notify_all()

    def _note(self, mark: Mark) -> None:
        switched = self._cut.switched
        with self._news:
            self._positions[mark.number] = Position(switched.entered, mark.drops, switched.unmatched)
            self._news.notify_all()

    def position(self) -> Position:
        """Return the place in the stream behind every frame that was sent before this call."""
        number = self._tap.mark()
        with self._news:
            came = self._news.wait_for(lambda: self._trouble or number in self._positions, ROUND_TRIP_WITHIN)
            if self._trouble:
                raise EngineError(f"nothing is recorded any more: {self._trouble}")
            if not came:
                raise TimedOut(f"the tap's mark did not come round within {ROUND_TRIP_WITHIN:g} s")
            return self._positions[number]

    def between(self, start: Position, end: Position) -> Capture:
        """Return the window between two places as a capture; its numbers go on from the last one, as in a file.

        It holds the frames that are whole: all of them once there was another mark behind ``end``.
        """
        seen = self._frames[start.frames : end.frames]
        frames = [replace(frame, number=number) for number, frame in enumerate(seen, self._in_windows + 1)]
        return Capture.of(
            frames,
            self._ports,
            proven=True,
            drops=end.drops - start.drops,
            unmatched=end.unmatched - start.unmatched,
        )

    @contextmanager
    def recording(self) -> Iterator[Recording]:
        """Open a window, and close it when the block ends, however it ends."""
        start = self.position()
        recording = Recording(lambda: self.between(start, self.position()))
        self.recordings.append(recording)
        try:
            yield recording
        finally:
            self.settle()
            end = self.position()
            whole = self.position()  # a record that was dropped on the way here may be a frame's delivery
            capture = self.between(start, replace(whole, frames=end.frames))
            self._in_windows += len(capture)
            recording.close(capture)
