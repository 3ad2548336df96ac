"""The lab's certificate authority: keys and certificates follow from names, and nobody outside the lab believes them.

Whoever knows the name of a topology can make all of its keys, so they keep no secret from anybody who has the lab; in
turn two labs of one topology are the same to the byte. Keys are Ed25519 (RFC 8410), certificates X.509 (RFC 5280).
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import (
    BasicConstraints,
    Certificate,
    CertificateBuilder,
    DNSName,
    ExtendedKeyUsage,
    Name,
    NameAttribute,
    SubjectAlternativeName,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
"""When certificates hold: whatever the clock of a laptop on stage says."""

_AUTHORITY = "authority"
_SERIAL_BYTES = 16
_SSH_BLOCK, _PEM_LINE = 8, 70


class Identity(NamedTuple):
    """What a server shows, and the key that proves it: PEM (RFC 7468)."""

    certificate: str
    key: str


def authority(topology: str) -> str:
    """Return the certificate of a topology's authority, which those believe who are told to. Pure."""
    builder = _builder(topology, _name_of_authority(topology), _key(topology, _AUTHORITY))
    return _signed(topology, builder.add_extension(BasicConstraints(ca=True, path_length=0), critical=True))


def identity(topology: str, names: Sequence[str]) -> Identity:
    """Return a certificate for some DNS names, the first of which is the subject's too, and its key. Pure."""
    key = _key(topology, " ".join(names))
    builder = (
        _builder(topology, _called(names[0]), key)
        .add_extension(SubjectAlternativeName([DNSName(name) for name in names]), critical=False)
        .add_extension(BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Identity(_signed(topology, builder), secret.decode())


def host_key(topology: str, node: str) -> str:
    """Return the private key by which an SSH server is known again, as OpenSSH keeps it (PROTOCOL.key). Pure.

    What others draw by lot there is a number, twice, that tells whether it was deciphered rightly. Nothing is in cipher
    here, so the number is 0.
    """
    key = _key(topology, f"host key of {node}")
    public = key.public_key().public_bytes_raw()
    kind = _ssh_string(b"ssh-ed25519")
    both = kind + _ssh_string(public)
    secret = bytes(8) + both + _ssh_string(key.private_bytes_raw() + public) + _ssh_string(node.encode())
    padded = secret + bytes(range(1, 1 + -len(secret) % _SSH_BLOCK))
    none = _ssh_string(b"none")
    packed = b"openssh-key-v1\0" + none + none + _ssh_string(b"") + (1).to_bytes(4, "big")
    text = b64encode(packed + _ssh_string(both) + _ssh_string(padded)).decode()
    lines = [text[at : at + _PEM_LINE] for at in range(0, len(text), _PEM_LINE)]
    return "\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *lines, "-----END OPENSSH PRIVATE KEY-----", ""])


def _ssh_string(value: bytes) -> bytes:
    """Return bytes after their number (RFC 4251, section 5)."""
    return len(value).to_bytes(4, "big") + value


def _builder(topology: str, subject: Name, key: Ed25519PrivateKey) -> CertificateBuilder:
    """Return what every certificate of a topology's authority says."""
    public = key.public_key()
    serial = int.from_bytes(hashlib.sha256(public.public_bytes_raw()).digest()[:_SERIAL_BYTES], "big") >> 1
    return (
        CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_name_of_authority(topology))
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
    )


def _signed(topology: str, builder: CertificateBuilder) -> str:
    """Return the certificate that a topology's authority has signed, as PEM."""
    certificate: Certificate = builder.sign(_key(topology, _AUTHORITY), algorithm=None)
    return certificate.public_bytes(Encoding.PEM).decode()


def _name_of_authority(topology: str) -> Name:
    return _called(f"The authority of {topology}")


def _called(name: str) -> Name:
    return Name([NameAttribute(NameOID.COMMON_NAME, name)])


def _key(topology: str, whose: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"wiretale\0{topology}\0{whose}".encode()).digest())
