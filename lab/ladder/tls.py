"""TLS in words: what everybody can read of it, and how much of it nobody can (RFC 8446)."""

import re
from collections.abc import Iterator

from lab.capture.tls import (
    ALERT,
    APPLICATION,
    CERTIFICATE,
    CLIENT_HELLO,
    SERVER_HELLO,
    Record,
    handshake,
    name_in,
    records,
)

_SEAL = 17
"""Bytes of a record that say nothing: its type, and the tag by which a change is noticed (RFC 8446, section 5.2).

Without them what is said has one length, in however many records a program says it.
"""
_BEGINS = re.compile(rb"[\x14-\x17]\x03[\x00-\x04]")
_MESSAGES = {CLIENT_HELLO: "client hello", SERVER_HELLO: "server hello", CERTIFICATE: "certificate"}
_ALERTS = {0: "close notify", 40: "handshake failure", 42: "bad certificate", 45: "expired", 48: "unknown CA"}


def tls_text(said: bytes) -> str:
    """Say what the records in a segment are; empty for what is no TLS, or begins in the middle of a record."""
    if not _BEGINS.match(said):
        return ""
    found = records(said)
    ciphered = sum(max(len(record.content) - _SEAL, 0) for record in found if record.kind == APPLICATION)
    parts = [*_messages(said), *(_alert(record) for record in found if record.kind == ALERT)]
    parts += [f"{ciphered} bytes, ciphered"] * bool(ciphered)
    return ", ".join(parts) or ("ciphered" if said[0] == APPLICATION else "handshake goes on")


def _messages(said: bytes) -> Iterator[str]:
    for message in handshake(said):
        if message.kind in _MESSAGES:
            name = name_in(message.content) if message.kind == CLIENT_HELLO else ""
            yield f"{_MESSAGES[message.kind]} for {name}" if name else _MESSAGES[message.kind]


def _alert(record: Record) -> str:
    if len(record.content) != 2:
        return "an alert, ciphered"
    return f"alert: {_ALERTS.get(record.content[1], f'number {record.content[1]}')}"
