"""A victim: the host that others play their tricks on, and on which a user tries things out."""

from lab.kinds.host import Host


class Victim(Host, name="victim"):
    """A host that believes what it is told; its root may craft packets."""

    crafts: bool = True
    """Whether its root may craft packets, as scapy does; its user may not."""
