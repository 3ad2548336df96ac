"""TLS as an eavesdropper sees it (RFC 8446): records, messages of a handshake, and the name that a client asks for."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from lab.errors import Inconclusive

ALERT, HANDSHAKE, APPLICATION = 21, 22, 23
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, FINISHED = 1, 2, 11, 20
_SERVER_NAME = 0
_RANDOM = 32


@dataclass(frozen=True)
class Record:
    """A record as it was sent: its type, and what is in it, which may be ciphered."""

    kind: int
    content: bytes


@dataclass(frozen=True)
class Message:
    """A message of the handshake: its type, and what is in it."""

    kind: int
    content: bytes


def records(data: bytes) -> tuple[Record, ...]:
    """Return the whole records of one direction (section 5.1); a last one that was cut off is left out."""
    return tuple(_records(data))


def handshake(data: bytes) -> tuple[Message, ...]:
    """Return the messages of the handshake that everybody can read (section 4), those before the first cipher."""
    said = b""
    for record in records(data):
        if record.kind != HANDSHAKE:
            break
        said += record.content
    return tuple(messages_in(said))


def server_name(client: bytes) -> str:
    """Return the name that a client asks for; empty if it names none.

    Raises ``Inconclusive`` for what is no TLS from its beginning.
    """
    return name_in(first(CLIENT_HELLO, client))


def first(kind: int, data: bytes) -> bytes:
    """Return what is in the first message of a type. Raises ``Inconclusive`` where everybody can read none."""
    for message in handshake(data):
        if message.kind == kind:
            return message.content
    raise Inconclusive(f"there is no message of the type {kind}: this is no TLS, or not its beginning")


def name_in(hello: bytes) -> str:
    """Return the name in a client's first message (RFC 6066, section 3); empty if there is none."""
    return dict(_extensions(hello)).get(_SERVER_NAME, b"")[5:].decode("ascii", errors="replace")


def random_of(hello: bytes) -> bytes:
    """Return the number that an end has drawn by lot, which stands in its first message."""
    return hello[2 : 2 + _RANDOM]


def suite_of(hello: bytes) -> int:
    """Return the suite of ciphers that a server has chosen, which stands behind its random number and the session."""
    return int.from_bytes(_field(hello[2 + _RANDOM :], 1)[1][:2], "big")


def _records(data: bytes) -> Iterator[Record]:
    at = 0
    while at + 5 <= len(data):
        kind, _, length = struct.unpack_from("!BHH", data, at)
        if at + 5 + length > len(data):
            return
        yield Record(kind, data[at + 5 : at + 5 + length])
        at += 5 + length


def messages_in(said: bytes) -> Iterator[Message]:
    """Yield the messages of a handshake, one after the other (section 4)."""
    at = 0
    while at + 4 <= len(said):
        length = int.from_bytes(said[at + 1 : at + 4], "big")
        yield Message(said[at], said[at + 4 : at + 4 + length])
        at += 4 + length


def _extensions(hello: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the extensions of a client's first message: they stand behind session, ciphers and compressions."""
    rest = hello[2 + _RANDOM :]
    for size in (1, 2, 1):
        _, rest = _field(rest, size)
    listed, _ = _field(rest, 2)
    while len(listed) >= 4:
        kind = int.from_bytes(listed[:2], "big")
        value, listed = _field(listed[2:], 2)
        yield kind, value


def _field(said: bytes, size: int) -> tuple[bytes, bytes]:
    """Return what stands after its length, which takes ``size`` bytes, and what comes behind it."""
    end = size + int.from_bytes(said[:size], "big")
    return said[size:end], said[end:]
