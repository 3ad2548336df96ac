"""A host: a computer that waits for somebody to use it."""

from typing import ClassVar

from lab.kinds.kind import Kind


class Host(Kind, name="host"):
    """A computer with the usual tools: look up names, ping, trace paths, fetch pages, print documents."""

    packages: ClassVar[tuple[str, ...]] = (
        "bind9-dnsutils",
        "cups-ipp-utils",
        "curl",
        "iputils-ping",
        "python3",
        "telnet",
        "traceroute",
        "w3m",
    )
