"""A Docker engine that answers one request wrongly: a socket between the client and the engine, in a thread of ours.

Each connection carries one request, since the proxy has it closed after the answer; so requests are counted.
"""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

CHUNK = 65536


def _http(status: str, body: bytes) -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


FAULTS = {
    "409": _http("409 Conflict", b'{"message": "a conflict that nobody expects"}'),
    "500": _http("500 Internal Server Error", b'{"message": "the engine is in trouble"}'),
    "garbage": b"\x00\xff\x1b]0;owned\x07 this is no HTTP\r\n\r\n",
    "no-json": _http("200 OK", b"\x1b[2J{ not json"),
    "other-json": _http("200 OK", b'{"unexpected": [1, 2]}'),
    "nothing": b"",
}
"""What is answered instead of the engine's answer; after ``nothing`` the connection is closed as well."""

NO_JSON_WANTED = re.compile(r"/(logs|attach|start)\b|^DELETE |/images/[^?]*/json")
"""Requests whose answer may be any text: it is what a program printed, or "200 OK" says all that is asked."""


class FaultyEngine:
    """Serves ``path`` as the engine at ``engine`` does, but for one request: ``wrong``, counted from 0."""

    def __init__(self, path: Path, engine: str) -> None:
        self.path = path
        self._engine = engine
        self._numbers = count()
        self._lock = threading.Lock()
        self.requests: list[str] = []
        self.wrong: int | None = None
        self.fault = b""
        self.was_wrong = threading.Event()

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def answers_wrongly(self, number: int | None, fault: str = "nothing") -> None:
        """Count anew, and answer that request with a fault; None is for no request at all."""
        with self._lock:
            self._numbers, self.requests = count(), []
            self.wrong, self.fault = number, FAULTS[fault]
            self.was_wrong.clear()

    @contextmanager
    def serving(self) -> Iterator["FaultyEngine"]:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(self.path))
            server.listen(64)
            accepting = threading.Thread(target=self._accept, args=[server], daemon=True)
            accepting.start()
            try:
                yield self
            finally:
                server.shutdown(socket.SHUT_RDWR)
                accepting.join()

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):  # it is closed at the end
            while True:
                client, _ = server.accept()
                threading.Thread(target=self._served, args=[client], daemon=True).start()

    def _served(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            head, rest = _head(client)
            if not head:
                return
            with self._lock:
                number = next(self._numbers)
                self.requests.append(head.partition(b"\r\n")[0].decode())
                is_wrong = number == self.wrong
            if is_wrong:
                self.was_wrong.set()
                client.sendall(self.fault)
                return
            with socket.socket(socket.AF_UNIX) as engine:
                engine.connect(self._engine.removeprefix("unix://"))
                engine.sendall(_closing(head) + rest)
                back = threading.Thread(target=_relay, args=[engine, client], daemon=True)
                back.start()
                _relay(client, engine)
                back.join()


def _head(client: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of a request, and what came along with it; nothing when the client has only looked in."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (piece := client.recv(CHUNK)):
            return b"", b""
        data += piece
    head, end, rest = data.partition(b"\r\n\r\n")
    return head + end, rest


def _closing(head: bytes) -> bytes:
    """Have the engine close the connection after its answer, unless it becomes a stream."""
    if b"upgrade" in head.lower():
        return head
    lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close", b"", b""])


def _relay(source: socket.socket, sink: socket.socket) -> None:
    """Pass on all that comes, and the end of it."""
    with suppress(OSError):
        while data := source.recv(CHUNK):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
