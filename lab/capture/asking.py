"""What answers rest on: whoever wants to know has the frames noted that the questions of a block came upon."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lab.capture.frame import Frame

_NOTED: ContextVar[dict[int, Frame] | None] = ContextVar("noted", default=None)


@contextmanager
def noting() -> Iterator[dict[int, Frame]]:
    """Give the frames that answers rest on while the block lasts, by their numbers, in the order of the answers."""
    noted: dict[int, Frame] = {}
    token = _NOTED.set(noted)
    try:
        yield noted
    finally:
        _NOTED.reset(token)


def note(frames: Iterable[Frame]) -> None:
    """Note frames, where somebody wants to know; else they are not even looked for, if ``frames`` is lazy."""
    noted = _NOTED.get()
    if noted is not None:
        noted.update((frame.number, frame) for frame in frames)
