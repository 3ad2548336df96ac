"""An attacker: a host that can send frames of its own making, and passes on what it has lured to itself."""

from lab.kinds.host import Host
from lab.kinds.kind import Setup, Surroundings
from lab.kinds.router import STRAIGHT_ROADS


class Attacker(Host, name="attacker"):
    """A host with scapy and the program ``poison``, which asks for root and packet sockets."""

    forwarding: bool = True
    """Whether it passes on what it has lured to itself."""

    def setup(self, around: Surroundings) -> Setup:
        """Return a node that waits for its user."""
        return Setup(
            user="root",
            capabilities=frozenset({"NET_RAW"}),
            files=self.believed(around),
            sysctls={"net.ipv4.ip_forward": str(int(self.forwarding)), **STRAIGHT_ROADS},
        )
