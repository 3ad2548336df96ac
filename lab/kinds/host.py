"""A host: a computer that waits for somebody to use it."""

from typing import ClassVar

from lab.kinds.kind import Kind


class Host(Kind, name="host"):
    """A computer with the usual tools: names are looked up, hosts pinged, paths traced, pages fetched."""

    packages: ClassVar[tuple[str, ...]] = (
        "bind9-dnsutils",
        "curl",
        "iputils-ping",
        "python3",
        "telnet",
        "traceroute",
        "w3m",
    )
