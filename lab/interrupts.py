"""Ctrl-C while a lab is made: it ends the work between two requests to the engine, and not what tidies up after it.

Python tells only the main thread of it; in other threads these blocks change nothing.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def one_interrupt() -> Iterator[None]:
    """Heed the first Ctrl-C in the block and ignore all others, so that what the first one undoes is undone.

    Where Ctrl-C is handled in some way of its own, or ignored, that stays so.
    """
    usual = signal.default_int_handler
    if not _is_told() or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return
    signal.signal(signal.SIGINT, _heed_and_ignore)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


@contextmanager
def unbroken() -> Iterator[None]:
    """Let a Ctrl-C in the block wait for its end.

    For what must not be left half done: the engine finishes a request that nobody waits for any more, and a thread pool
    that is interrupted while it starts a thread does not know that thread.
    """
    if not _is_told():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if came:
            signal.raise_signal(signal.SIGINT)


def _is_told() -> bool:
    return threading.current_thread() is threading.main_thread()


def _heed_and_ignore(number: int, frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
