"""The lab's certificate authority: keys and certificates follow from names, and nobody outside the lab believes them.

Whoever knows the name of a topology can make all of its keys, so they keep no secret from anybody who has the lab; in
turn two labs of one topology are the same to the byte. Keys are Ed25519 (RFC 8410), certificates X.509 (RFC 5280).
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # it is imported when the first certificate is made, which most topologies never want
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder, Name

FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
"""When certificates hold: whatever the clock of a laptop on stage says."""

_SERIAL_BYTES = 16


class Identity(NamedTuple):
    """What a server shows, and the key that proves it: PEM (RFC 7468)."""

    certificate: str
    key: str


def authority(topology: str) -> str:
    """Return the certificate of a topology's authority, which those believe who are told to. Pure."""
    return _pem(_authority(topology))


def identity(topology: str, names: Sequence[str]) -> Identity:
    """Return a certificate for some DNS names, the first of which is the subject's too, and its key. Pure."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key, issuer = _key(topology, " ".join(names)), _authority(topology)
    signed = (
        _builder(_called(names[0]), issuer.subject, key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(_key(topology, "authority"), algorithm=None)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Identity(_pem(signed), secret.decode())


def _authority(topology: str) -> "Certificate":
    from cryptography import x509

    key, name = _key(topology, "authority"), _called(f"The authority of {topology}")
    return (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, algorithm=None)
    )


def _builder(subject: "Name", issuer: "Name", key: "Ed25519PrivateKey") -> "CertificateBuilder":
    from cryptography import x509

    public = key.public_key()
    serial = int.from_bytes(hashlib.sha256(public.public_bytes_raw()).digest()[:_SERIAL_BYTES], "big") >> 1
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(FROM)
        .not_valid_after(UNTIL)
    )


def _key(topology: str, whose: str) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"wiretale\0{topology}\0{whose}".encode()).digest())


def _called(name: str) -> "Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(certificate: "Certificate") -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM).decode()
