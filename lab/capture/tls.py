"""TLS as an eavesdropper sees it, and as one who has the keys: the name in the first message, and TLS 1.3 deciphered.

RFC 8446 throughout; the log of keys is what programs write that are told to by SSLKEYLOGFILE (RFC 9850).
"""

import hashlib
import hmac
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.capture.tcp import Stream
from lab.errors import Inconclusive

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

ALERT, HANDSHAKE, APPLICATION = 21, 22, 23
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, FINISHED = 1, 2, 11, 20
_SERVER_NAME = 0
_RANDOM, _NONCE = 32, 12
_SUITES = {0x1301: ("sha256", 16), 0x1302: ("sha384", 32), 0x1303: ("sha256", 32)}
"""The hash of each suite of ciphers, and the length of its key (RFC 8446, appendix B.4)."""
_CHACHA = 0x1303


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


@dataclass(frozen=True)
class Deciphered:
    """What one end said under the keys: its data, and the messages of its handshake and its alerts, in their order."""

    data: bytes
    handshake: tuple[Message, ...]
    alerts: tuple[bytes, ...]


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
    return tuple(_messages(said))


def server_name(client: bytes) -> str:
    """Return the name that a client asks for (RFC 6066, section 3); empty if it names none.

    Raises ``Inconclusive`` for what is no TLS from its beginning.
    """
    extensions = dict(_extensions(_the(CLIENT_HELLO, client)))
    return extensions.get(_SERVER_NAME, b"")[5:].decode("ascii", errors="replace")


def deciphered(client: Stream, server: Stream, keys: str) -> tuple[Deciphered, Deciphered]:
    """Return what client and server said to each other, with the keys that one of them has logged.

    Raises ``Inconclusive`` for a connection that is not TLS 1.3, and for keys that are not its own.
    """
    suite = _suite(_the(SERVER_HELLO, server.data))
    if suite not in _SUITES:
        raise Inconclusive(f"suite {suite:#06x} is not one of TLS 1.3's")
    logged = _logged(keys, _the(CLIENT_HELLO, client.data)[2 : 2 + _RANDOM])
    return _direction(client, suite, logged, "CLIENT"), _direction(server, suite, logged, "SERVER")


def _direction(stream: Stream, suite: int, logged: Mapping[str, bytes], who: str) -> Deciphered:
    """Decipher one direction: first by the keys of the handshake, and after its last message by those of the data."""
    secrets = iter((f"{who}_HANDSHAKE_TRAFFIC_SECRET", f"{who}_TRAFFIC_SECRET_0"))
    key = _Key.of(logged, next(secrets), suite)
    said: dict[int, bytes] = {ALERT: b"", HANDSHAKE: b"", APPLICATION: b""}
    alerts: list[bytes] = []
    for record in records(stream.data):
        if record.kind != APPLICATION:
            continue
        kind, content = key.opened(record)
        said[kind] = said.get(kind, b"") + content
        if kind == ALERT:
            alerts.append(content)
        if kind == HANDSHAKE and any(one.kind == FINISHED for one in _messages(content)):
            key = _Key.of(logged, next(secrets), suite)
    return Deciphered(said[APPLICATION], tuple(_messages(said[HANDSHAKE])), tuple(alerts))


class _Key:
    """What opens records, one after the other (sections 5.2 and 7.3)."""

    def __init__(self, secret: bytes, suite: int) -> None:
        self._hash, length = _SUITES[suite]
        self._cipher = _cipher(suite, self._expanded(secret, b"key", length))
        self._start = int.from_bytes(self._expanded(secret, b"iv", _NONCE), "big")
        self._number = 0

    @classmethod
    def of(cls, logged: Mapping[str, bytes], name: str, suite: int) -> "_Key":
        if name not in logged:
            raise Inconclusive(f"there is no {name} for this connection among the keys")
        return cls(logged[name], suite)

    def opened(self, record: Record) -> tuple[int, bytes]:
        """Return the type and the content of what is in a record. Raises ``Inconclusive`` if the key is another's."""
        from cryptography.exceptions import InvalidTag

        nonce = (self._start ^ self._number).to_bytes(_NONCE, "big")
        header = struct.pack("!BHH", record.kind, 0x0303, len(record.content))
        try:
            inner = self._cipher.decrypt(nonce, record.content, header).rstrip(b"\0")
        except (InvalidTag, ValueError) as error:
            raise Inconclusive("the keys are those of another connection") from error
        self._number += 1
        return (inner[-1], inner[:-1]) if inner else (0, b"")

    def _expanded(self, secret: bytes, label: bytes, length: int) -> bytes:
        """Return HKDF-Expand-Label of one block, with an empty context (section 7.1; RFC 5869, section 2.3)."""
        full = b"tls13 " + label
        info = struct.pack("!HB", length, len(full)) + full + b"\0" + b"\1"
        return hmac.new(secret, info, getattr(hashlib, self._hash)).digest()[:length]


def _cipher(suite: int, key: bytes) -> "AESGCM | ChaCha20Poly1305":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

    return ChaCha20Poly1305(key) if suite == _CHACHA else AESGCM(key)


def _logged(keys: str, random: bytes) -> dict[str, bytes]:
    """Return the secrets of the connection whose client drew a random number: LABEL RANDOM SECRET in each line."""
    lines = (line.split() for line in keys.splitlines() if not line.startswith("#"))
    mine = (words for words in lines if len(words) == 3 and words[1] == random.hex())
    try:
        return {label: bytes.fromhex(secret) for label, _, secret in mine}
    except ValueError as error:
        raise Inconclusive(f"the keys are no log of keys: {error}") from error


def _records(data: bytes) -> Iterator[Record]:
    at = 0
    while at + 5 <= len(data):
        kind, _, length = struct.unpack_from("!BHH", data, at)
        if at + 5 + length > len(data):
            return
        yield Record(kind, data[at + 5 : at + 5 + length])
        at += 5 + length


def _messages(said: bytes) -> Iterator[Message]:
    at = 0
    while at + 4 <= len(said):
        length = int.from_bytes(said[at + 1 : at + 4], "big")
        yield Message(said[at], said[at + 4 : at + 4 + length])
        at += 4 + length


def _the(kind: int, data: bytes) -> bytes:
    """Return the first message of the handshake that is of a type. Raises ``Inconclusive`` where there is none."""
    for message in handshake(data):
        if message.kind == kind:
            return message.content
    raise Inconclusive(f"there is no message of the type {kind}: this is no TLS, or not its beginning")


def _suite(hello: bytes) -> int:
    """Return the suite that a server has chosen, which stands behind its random number and the session."""
    return int.from_bytes(_field(hello[2 + _RANDOM :], 1)[1][:2], "big")


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
