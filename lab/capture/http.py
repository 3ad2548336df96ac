"""The HTTP messages that a stream holds: start lines, header fields and bodies, as RFC 9112 frames them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message as Fields
from email.parser import BytesParser
from email.policy import HTTP

from lab.errors import Inconclusive


@dataclass(frozen=True)
class Message:
    """A request or a response; ``fields`` are its header fields, in which upper and lower case are the same."""

    start: str
    fields: Fields
    body: bytes


def messages(data: bytes) -> tuple[Message, ...]:
    """Take a stream of requests, or of responses, apart. Raises ``Inconclusive`` for a message that is cut."""
    return tuple(_messages(data))


def _messages(data: bytes) -> Iterator[Message]:
    while data:
        head, rest = _until(data, b"\r\n\r\n")
        start, _, lines = head.partition(b"\r\n")
        fields = BytesParser(policy=HTTP).parsebytes(lines + b"\r\n\r\n")
        body, data = _body(start, fields, rest)
        yield Message(start.decode("latin-1"), fields, body)


def _body(start: bytes, fields: Fields, rest: bytes) -> tuple[bytes, bytes]:
    """Return a message's body and what follows it (RFC 9112, section 6.3)."""
    is_response = start.startswith(b"HTTP/")
    if re.match(rb"HTTP/\S+ 1", start):  # 100 Continue, which has no body and is not the answer yet
        return b"", rest
    if "chunked" in fields.get("Transfer-Encoding", "").lower():
        return _chunked(rest)
    if "Content-Length" in fields:
        return _exactly(rest, int(fields["Content-Length"]))
    return (rest, b"") if is_response else (b"", rest)


def _chunked(rest: bytes) -> tuple[bytes, bytes]:
    body = b""
    while True:
        size, rest = _until(rest, b"\r\n")
        chunk, rest = _exactly(rest, int(size.split(b";")[0], 16))
        _, rest = _until(rest, b"\r\n")
        if not chunk:
            return body, rest
        body += chunk


def _until(data: bytes, end: bytes) -> tuple[bytes, bytes]:
    before, found, after = data.partition(end)
    if not found:
        raise Inconclusive(f"an HTTP message is cut before {end!r}: {data[-40:]!r}")
    return before, after


def _exactly(data: bytes, length: int) -> tuple[bytes, bytes]:
    if len(data) < length:
        raise Inconclusive(f"an HTTP message is cut: {len(data)} of {length} bytes are there")
    return data[:length], data[length:]
