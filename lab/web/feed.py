"""A feed: what happens, in its order and with numbers, for everybody who watches, each at a pace of their own."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any

Event = Mapping[str, Any]
"""Something that happened: its ``kind``, and what is to be known of it, as JSON holds it."""

Watcher = Callable[[], None]


class Feed:
    """Keeps the last ``kept`` events, or all of them; watchers are called, from any thread, when there are new ones."""

    def __init__(self, kept: int | None = None) -> None:
        self._lock = threading.RLock()
        self._events: deque[Event] = deque(maxlen=kept)
        self._watchers: list[Watcher] = []
        self.last = 0
        self.is_over = False

    def add(self, *events: Event) -> None:
        """Let everybody know what has happened."""
        with self._lock:
            self._events.extend(events)
            self.last += len(events)
            self._call()

    def after(self, number: int) -> Sequence[tuple[int, Event]]:
        """Return what has happened since the event of that number, and is kept; the first one had number 1."""
        with self._lock:
            first = self.last - len(self._events) + 1
            return tuple(islice(enumerate(self._events, first), max(number + 1 - first, 0), None))

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` whenever something has happened; return what ends that."""
        with self._lock:
            self._watchers.append(watcher)

        def unwatch() -> None:
            with self._lock:
                self._watchers.remove(watcher)

        return unwatch

    @property
    def watched_by(self) -> int:
        """How many are called."""
        with self._lock:
            return len(self._watchers)

    def end(self) -> None:
        """Let everybody who watches go."""
        with self._lock:
            self.is_over = True
            self._call()

    def _call(self) -> None:
        for watcher in self._watchers:
            watcher()
