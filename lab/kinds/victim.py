"""A victim: the host that others play their tricks on, and on which a user tries things out."""

from lab.kinds.host import Host
from lab.kinds.kind import Setup, Surroundings


class Victim(Host, name="victim"):
    """A host that believes what it is told; it has scapy, which asks for root and packet sockets."""

    packages = (*Host.packages, "libpcap0.8", "python3-scapy")  # with libpcap, scapy can compile its filters

    def setup(self, around: Surroundings) -> Setup:
        """Return a node that waits for its user, who is nobody in particular; root is asked for by name."""
        return Setup(user="root", login="nobody", capabilities=frozenset({"NET_RAW"}))
