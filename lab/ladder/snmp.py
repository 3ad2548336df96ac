"""What a device is asked by SNMP, and what it answers (RFC 3416, section 3); of version 3 who asks, and no more."""

from scapy.asn1.asn1 import ASN1_OID, ASN1_STRING, ASN1_Error
from scapy.layers.snmp import SNMP, SNMPbulk, SNMPget, SNMPnext, SNMPresponse, SNMPset
from scapy.packet import Packet

SNMP_PORT = 161

_SYSTEM = "1.3.6.1.2.1.1."
_NAMES = {"1": "sysDescr", "2": "sysObjectID", "3": "sysUpTime", "4": "sysContact", "5": "sysName", "6": "sysLocation"}
"""What a device says of itself (RFC 3418, section 2)."""
_VERBS = {SNMPget: "get", SNMPnext: "next after", SNMPbulk: "many after", SNMPset: "set", SNMPresponse: ""}
_VERSION = b"\x02\x01"
"""The type and the length of a message's first number."""
_THIRD = 3
_FLAGS, _PRIVATE = b"\x04\x01", 2
_MESSAGE = 0x30


def snmp_text(said: bytes) -> str:
    """Say what a message asks or answers: "get sysName", "sysName = ups"; or that nobody could read it."""
    version = _version(said)
    if version is None:
        return f"{len(said)} bytes"
    if version == _THIRD:
        return f"version 3, in {'cipher' if _is_ciphered(said) else 'the clear'}"
    try:
        message = SNMP(said)
    except ASN1_Error:
        return f"malformed, {len(said)} bytes"
    for kind, verb in _VERBS.items():
        if (pdu := message.getlayer(kind)) is not None:
            told = ", ".join(_told(one, answers=not verb) for one in pdu.varbindlist) or "nothing"
            return f"{verb} {told}".lstrip()
    return f"version {version}"


def _version(said: bytes) -> int | None:
    """Return the number that a message begins with; None where that is no message."""
    if said[:1] != bytes([_MESSAGE]) or (at := said.find(_VERSION, 0, 8)) < 0:
        return None
    number = said[at + 2 : at + 3]
    return number[0] if number else None


def _is_ciphered(said: bytes) -> bool:
    """Tell whether the flags of a message of version 3 say so: a string of one byte (RFC 3412, section 6.4)."""
    _, found, flags = said.partition(_FLAGS)
    return bool(found and flags and flags[0] & _PRIVATE)


def _told(bound: Packet, *, answers: bool) -> str:
    name = _name(bound.oid)
    if not answers:
        return name
    value = bound.value
    if isinstance(value, ASN1_STRING):
        text = value.val if isinstance(value.val, str) else value.val.decode(errors="replace")
        return f"{name} = {text}"
    return f"{name} = {_name(value)}" if isinstance(value, ASN1_OID) else name


def _name(oid: ASN1_OID) -> str:
    """Return the name of an object, or its number where no name is known here."""
    number = str(oid.val)
    below = number.removeprefix(_SYSTEM)
    place, _, instance = below.partition(".")
    known = number != below and place in _NAMES and instance in ("", "0")
    return _NAMES[place] if known else number
