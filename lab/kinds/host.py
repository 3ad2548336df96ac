"""A host: a computer that waits for somebody to use it."""

from typing import ClassVar

from lab.kinds.kind import File, Kind, Setup, Surroundings

_BELIEVED = "/etc/ssl/certs/ca-certificates.crt"
"""Where Debian's programs look for authorities that they believe."""


class Host(Kind, name="host"):
    """A computer with the usual tools: look up names, ping, trace paths, fetch pages, print documents."""

    packages: ClassVar[tuple[str, ...]] = (
        "bind9-dnsutils",
        "cups-ipp-utils",
        "curl",
        "iputils-ping",
        "netcat-openbsd",
        "libpcap0.8",  # with it, scapy can compile its filters
        "openssl",
        "python3",
        "python3-requests",
        "python3-scapy",
        "telnet",
        "traceroute",
        "udhcpc",
        "w3m",
    )

    crafts: bool = False
    """Whether its root may craft packets, as scapy does; its user may not."""

    trusting: bool = False
    """Whether its programs believe the certificates of the lab's authority; others believe nobody in a lab."""

    @property
    def may_lease(self) -> bool:
        """It waits for its user, wherever it is."""
        return True

    def setup(self, around: Surroundings) -> Setup:
        """Return a node that waits for its user, who is nobody in particular; root is asked for by name."""
        files = self.believed(around)
        if not self.crafts:
            return Setup(files=files)
        return Setup(user="root", login="nobody", capabilities=frozenset({"NET_RAW"}), files=files)

    def believed(self, around: Surroundings) -> tuple[File, ...]:
        """Return the file with the authority that it believes, if it believes any."""
        if not self.trusting:
            return ()
        from lab.certificates import authority  # most topologies have none, and need not wait for cryptography

        return (File(_BELIEVED, authority(around.topology.name)),)
