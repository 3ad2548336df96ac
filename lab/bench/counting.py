"""Counting the frames of the bench in the tap's stream, by a thread that reads without pause."""

import threading

from lab.bench.sender import ETHER_TYPE
from lab.capture import Seen
from lab.errors import EngineError
from lab.tap import Mark, Tap
from lab.waiting import until

COMES_ROUND_WITHIN = 60.0
"""Seconds that a mark may take when the stream is behind."""

_TYPE = ETHER_TYPE.to_bytes(2, "big")


class Counter:
    """Counts frames as they entered the switch, until the stream ends."""

    def __init__(self, tap: Tap) -> None:
        self._tap = tap
        self._marks: dict[int, Mark] = {}
        self.frames = 0
        self.ended = False
        threading.Thread(target=self._read, name="bench", daemon=True).start()

    def _read(self) -> None:
        try:
            while True:
                for record in self._tap.read():
                    if isinstance(record, Seen):
                        self.frames += not record.outgoing and record.data[12:14] == _TYPE
                    else:
                        self._marks[record.number] = record
        except EngineError:
            if not self.ended:
                raise

    def reach(self, number: int) -> Mark:
        """Return a mark when it has come round."""
        return until(lambda: self._marks.get(number), f"mark {number} of the tap", COMES_ROUND_WITHIN)
