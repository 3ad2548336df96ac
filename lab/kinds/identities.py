"""What a server shows to prove its names: files with a certificate of the lab's authority, and its key."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from lab.kinds.kind import File, Surroundings


class Places(NamedTuple):
    """Where a daemon looks for the two files."""

    certificate: str
    key: str


WITHOUT_TICKETS = File(
    "/etc/ssl/openssl.cnf",
    """openssl_conf = lab

[lab]
ssl_conf = programs

[programs]
system_default = each

[each]
NumTickets = 0
""",
)
"""Has every program of a node that speaks TLS by OpenSSL hand out no tickets (RFC 8446, section 4.6.1).

No client of a story comes back with one, and they come between other words when they like.
"""


def identity(around: Surroundings, names: Sequence[str], places: Places) -> Iterator[File]:
    """Yield the files for a server with these names, none where it has none; others in its node can read them."""
    if names:
        from lab import certificates  # most topologies have none, and need not wait for cryptography

        certificate, key = certificates.identity(around.topology.name, names)
        yield File(places.certificate, certificate)
        yield File(places.key, key)
