"""A host: a computer that waits for somebody to use it."""

from typing import ClassVar

from lab.kinds.kind import Kind, Setup, Surroundings


class Host(Kind, name="host"):
    """A computer with the usual tools: look up names, ping, trace paths, fetch pages, print documents."""

    packages: ClassVar[tuple[str, ...]] = (
        "bind9-dnsutils",
        "cups-ipp-utils",
        "curl",
        "iputils-ping",
        "netcat-openbsd",
        "libpcap0.8",  # with it, scapy can compile its filters
        "python3",
        "python3-scapy",
        "telnet",
        "traceroute",
        "udhcpc",
        "w3m",
    )

    crafts: bool = False
    """Whether its root may craft packets, as scapy does; its user may not."""

    @property
    def may_lease(self) -> bool:
        """It waits for its user, wherever it is."""
        return True

    def setup(self, around: Surroundings) -> Setup:
        """Return a node that waits for its user, who is nobody in particular; root is asked for by name."""
        return Setup(user="root", login="nobody", capabilities=frozenset({"NET_RAW"})) if self.crafts else Setup()
