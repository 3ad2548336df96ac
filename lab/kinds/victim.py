"""A victim: the host that others play their tricks on."""

from lab.kinds.host import Host


class Victim(Host, name="victim"):
    """A host in every respect; it only believes what it is told."""
