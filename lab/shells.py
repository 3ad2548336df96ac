"""A shell in a node, for somebody who may go away without a word: it ends with its context, and what runs in it too."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from lab.engine.protocol import Engine, Session
from lab.errors import EngineError

_SAYING_WHO_IT_IS = "stty -echo; echo $$; read -r begins; stty echo; exec bash"
"""Prints its number, and is bash once a line came: so that number is all that is read before."""


@contextmanager
def shell(engine: Engine, container: str, user: str) -> Iterator[Session]:
    """Start a shell with a terminal in a container and hold its streams.

    The engine lets programs run on when the connection to them breaks; here the shell is told then that its terminal
    has gone (SIGHUP), and tells its jobs, as it would be told by a terminal whose window was closed. Raises
    ``EngineError`` with what was said instead where none starts.
    """
    with engine.open(container, ["sh", "-c", _SAYING_WHO_IT_IS], user=user, terminal=True, patience=None) as program:
        said = b""
        while not said.endswith(b"\n") and (more := program.read()):
            said += more
        number = said.decode(errors="replace").strip()
        if not number.isdecimal():
            raise EngineError(f"no shell starts: {number or 'it said nothing'}")
        program.write(b"\n")
        try:
            yield program
        finally:
            with suppress(EngineError):  # a lab that was taken down meanwhile has no shells any more
                engine.run(container, ["sh", "-c", f"test ! -d /proc/{number} || kill -HUP {number}"], user=user)
