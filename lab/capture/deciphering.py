"""TLS 1.3 as one sees it who has the keys (RFC 8446).

The log of keys is what programs write that are told to by SSLKEYLOGFILE (RFC 9850).
"""

import hashlib
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

from lab.capture.tcp import Stream
from lab.capture.tls import (
    APPLICATION,
    CLIENT_HELLO,
    FINISHED,
    HANDSHAKE,
    SERVER_HELLO,
    Message,
    Record,
    first,
    messages_in,
    random_of,
    records,
    suite_of,
)
from lab.errors import Inconclusive

_NONCE = 12
_SUITES = {0x1301: ("sha256", 16), 0x1302: ("sha384", 32), 0x1303: ("sha256", 32)}
"""The hash of each suite of ciphers, and the length of its key (RFC 8446, appendix B.4)."""
_CHACHA = 0x1303


@dataclass(frozen=True)
class Deciphered:
    """What one end said under the keys: its data, and the messages of its handshake in their order."""

    data: bytes
    handshake: tuple[Message, ...]


def deciphered(client: Stream, server: Stream, keys: str) -> tuple[Deciphered, Deciphered]:
    """Return what client and server said to each other, with the keys that one of them has logged.

    Raises ``Inconclusive`` for a connection that is not TLS 1.3, and for keys that are not its own.
    """
    suite = suite_of(first(SERVER_HELLO, server.data))
    if suite not in _SUITES:
        raise Inconclusive(f"suite {suite:#06x} is not one of TLS 1.3's")
    logged = _logged(keys, random_of(first(CLIENT_HELLO, client.data)))
    return _direction(client, suite, logged, "CLIENT"), _direction(server, suite, logged, "SERVER")


def _direction(stream: Stream, suite: int, logged: Mapping[str, bytes], who: str) -> Deciphered:
    """Decipher one direction: first by the keys of the handshake, and after its last message by those of the data."""
    key = _Key.of(logged, f"{who}_HANDSHAKE_TRAFFIC_SECRET", suite)
    data, handshake = b"", b""
    for record in records(stream.data):
        if record.kind != APPLICATION:
            continue
        kind, content = key.opened(record)
        if kind == APPLICATION:
            data += content
        elif kind == HANDSHAKE:
            handshake += content
            if any(message.kind == FINISHED for message in messages_in(content)):
                key = _Key.of(logged, f"{who}_TRAFFIC_SECRET_0", suite)
    return Deciphered(data, tuple(messages_in(handshake)))


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


def _cipher(suite: int, key: bytes) -> AESGCM | ChaCha20Poly1305:
    return ChaCha20Poly1305(key) if suite == _CHACHA else AESGCM(key)


def _logged(keys: str, random: bytes) -> dict[str, bytes]:
    """Return the secrets of the connection whose client drew a random number: LABEL RANDOM SECRET in each line."""
    lines = (line.split() for line in keys.splitlines() if not line.startswith("#"))
    mine = (words for words in lines if len(words) == 3 and words[1] == random.hex())
    try:
        return {label: bytes.fromhex(secret) for label, _, secret in mine}
    except ValueError as error:
        raise Inconclusive(f"the keys are no log of keys: {error}") from error
