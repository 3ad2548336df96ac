"""Between a person's terminal, or a pipe, and a program in a node: bytes both ways, exit code back."""

import os
import shutil
import signal
import sys
import termios
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from types import FrameType

from lab.engine.protocol import Session
from lab.errors import EngineError

_CHUNK = 65536


def relay(program: Session, terminal: bool) -> int:
    """Pass bytes on until the program ends, and return its exit code."""
    threading.Thread(target=_pass_input, args=(program,), name="input", daemon=True).start()
    with _as_terminal(program) if terminal else nullcontext():
        _pass_output(program)
    return program.finish().exit_code


def _pass_input(program: Session) -> None:
    """Pass our input on until it ends; a program that ended first needs no more of it."""
    try:
        while data := os.read(sys.stdin.fileno(), _CHUNK):
            program.write(data)
        program.close_input()
    except (OSError, ValueError, EngineError):
        return


def _pass_output(program: Session) -> None:
    outputs = {1: sys.stdout.buffer, 2: sys.stderr.buffer}
    while True:
        stream, data = program.chunk()
        if not data:
            return
        outputs[stream].write(data)
        outputs[stream].flush()


@contextmanager
def _as_terminal(program: Session) -> Iterator[None]:
    """Give every key to the program, Ctrl-C among them, and tell it when the window changes its size."""
    here = sys.stdin.fileno()
    before = termios.tcgetattr(here)

    def fit(signum: int = 0, frame: FrameType | None = None) -> None:
        size = shutil.get_terminal_size()
        program.resize(size.lines, size.columns)

    fit()
    signal.signal(signal.SIGWINCH, fit)
    tty.setraw(here)
    try:
        yield
    finally:
        termios.tcsetattr(here, termios.TCSADRAIN, before)
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
