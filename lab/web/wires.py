"""The wires as they are: each frame that crosses one, in words, for as long as somebody looks."""

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace

from lab.capture import Capture, Frame
from lab.errors import WiretaleError
from lab.ladder import Row, Style, rows
from lab.plan import Plan
from lab.recorder import Batch
from lab.running import ports
from lab.web.feed import Event, Feed

Watched = Callable[[], AbstractContextManager[Iterator[Batch]]]
"""Watches the wires of a lab, as ``Client.watched`` does."""

_KEPT = 5000
"""So many events can be asked for again, by whose browser lost its connection."""

_LOOKS_BACK = 40
"""So many frames before it are compared with a frame: is it one of them again, on its next wire?"""


class Wires:
    """Has a tap on the wires while there is somebody who looks; ``feed`` tells of each frame once."""

    def __init__(self, plan: Plan, watched: Watched) -> None:
        self.feed = Feed(_KEPT)
        self._plan = plan
        self._watched = watched
        self._lock = threading.Lock()
        self._looking: set[Hashable] = set()
        self._tap = ExitStack()
        self._is_tapped = False

    def joins(self, who: Hashable) -> int:
        """Begin to look, and return the number of the event after which that is."""
        with self._lock:
            last = self.feed.last
            if not self._is_tapped:
                self._begin()
            self._looking.add(who)
            return last

    def leaves(self, who: Hashable) -> None:
        """Look no more; the tap goes with the last one."""
        with self._lock:
            self._looking.discard(who)
            if not self._looking:
                self._end()

    def close(self) -> None:
        """Let everybody who looks go."""
        self.feed.end()

    def _end(self) -> None:
        self._is_tapped = False
        self._tap.close()

    def _begin(self) -> None:
        self._end()  # what is left of a tap that died
        ended = threading.Event()
        try:
            batches = self._tap.enter_context(self._watched())
        except WiretaleError as error:
            self._says_why(error)
            return
        self._tap.callback(ended.set)
        self._is_tapped = True
        threading.Thread(target=self._tells, args=[batches, ended], name="wires", daemon=True).start()

    def _tells(self, batches: Iterable[Batch], ended: threading.Event) -> None:
        words, drops = _InWords(self._plan), 0
        try:
            for batch in batches:
                if batch.drops > drops:
                    self.feed.add({"kind": "dropped", "frames": batch.drops - drops})
                    drops = batch.drops
                self.feed.add(*map(_event, words.of(batch.frames)))
        except WiretaleError as error:
            with self._lock:
                if not ended.is_set():
                    self._is_tapped = False
                    self._says_why(error)

    def _says_why(self, error: WiretaleError) -> None:
        self.feed.add({"kind": "trouble", "why": str(error)})


class _InWords:
    """Puts frames in words as they come, knowing the last ones before them."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._ports = tuple(ports(plan).values())
        self._before: Sequence[Frame] = ()
        self._count = 0

    def of(self, frames: Iterable[Frame]) -> tuple[Row, ...]:
        """Return the rows of the frames that come next."""
        known = self._count
        numbered = tuple(replace(frame, number=number) for number, frame in enumerate(frames, known + 1))
        self._count += len(numbered)
        seen = (*self._before, *numbered)
        self._before = seen[-_LOOKS_BACK:]
        return rows(Capture.of(seen, self._ports, proven=True), self._plan, after=known)


def _event(row: Row) -> Event:
    return {
        "kind": "frame",
        "at": row.frame.time_ns / 1_000_000,
        "from": row.sender,
        "to": row.receivers,
        "on": row.frame.port.network or "?",
        "protocol": row.protocol,
        "style": Style.of(row.protocol).value,
        "says": row.text,
        "notes": [str(note) for note in row.notes if note.loud],
    }
