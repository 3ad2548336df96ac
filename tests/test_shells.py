"""A shell that says its number first: what it says by the way, what is said instead, and how it is told of its end."""

from contextlib import contextmanager

import pytest

from lab.errors import EngineError
from lab.shells import shell


class Scripted:
    """An engine whose only program says these pieces, one after the other."""

    def __init__(self, *pieces, is_gone=False):
        self.pieces, self.written, self.ran, self.is_gone = list(pieces), [], [], is_gone

    @contextmanager
    def open(self, container, argv, **how):
        """Start it."""
        yield self

    def read(self):
        """Say the next piece."""
        return self.pieces.pop(0) if self.pieces else b""

    def write(self, data):
        """Note what it is told."""
        self.written.append(data)

    def run(self, container, argv, *, user):
        """Note what else is run."""
        self.ran.append((container, argv[-1], user))
        if self.is_gone:
            raise EngineError("there is no such container")


def test_it_begins_when_its_number_is_known_and_is_told_when_its_terminal_has_gone():
    engine = Scripted(b"1", b"7\r", b"\n", b"nobody@victim:/$ ")
    with shell(engine, "lab-victim", "nobody") as program:
        assert engine.written == [b"\n"]
        assert program.read() == b"nobody@victim:/$ "
        assert engine.ran == []
    assert engine.ran == [("lab-victim", "test ! -d /proc/17 || kill -HUP 17", "nobody")]


def test_it_is_told_also_when_something_fails():
    engine = Scripted(b"17\r\n")
    with pytest.raises(ZeroDivisionError), shell(engine, "lab-victim", "nobody"):
        raise ZeroDivisionError
    assert len(engine.ran) == 1


def test_a_lab_that_is_gone_by_then_is_fine():
    with shell(Scripted(b"17\r\n", is_gone=True), "lab-victim", "nobody"):
        pass


@pytest.mark.parametrize(
    ("pieces", "why"), [([b"exec failed: no such ", b"file\r\n"], "exec failed: no such file"), ([], "it said nothing")]
)
def test_what_is_said_instead_of_a_number_is_passed_on(pieces, why):
    engine = Scripted(*pieces)
    with pytest.raises(EngineError, match=f"^no shell starts: {why}$"), shell(engine, "lab-victim", "nobody"):
        raise AssertionError("it began")
    assert (engine.written, engine.ran) == ([], [])
