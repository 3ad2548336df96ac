"""What the kernels of nodes are told about IPv6: nothing of it where no network speaks it, and no chatter elsewhere."""

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv6Address

from lab.kinds.kind import Question, Setup
from lab.plan.model import Interface, NodePlan

OFF = {"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1"}
"""Sysctls of a node, or a switch, that does not speak IPv6."""

_ON = {
    "net.ipv6.conf.all.disable_ipv6": "0",
    "net.ipv6.conf.default.disable_ipv6": "0",
    # Reports of group membership are over at once, not at random within a second (RFC 3810, 9.11).
    "net.ipv6.conf.default.mldv1_unsolicited_report_interval": "1",
    "net.ipv6.conf.default.mldv2_unsolicited_report_interval": "1",
    # A host asks for a router that it does not know any more beside what it has to send (RFC 4191, 3.5): once at most.
    "net.ipv6.conf.default.router_probe_interval": "2000000",
}
_GIVEN = {"accept_dad": "0", "dad_transmits": "0", "router_solicitations": "0", "accept_ra": "0", "autoconf": "0"}
_MADE = {
    "accept_dad": "1",
    "dad_transmits": "1",
    "router_solicitations": "1",
    "router_solicitation_delay": "0",
    "accept_ra": "1",
    "autoconf": "1",
    "use_tempaddr": "0",
}


def sysctls(node: NodePlan) -> Mapping[str, str]:
    """Return the sysctls of a node: a host that makes its address itself asks its router and makes sure it is alone."""
    if not node.speaks_ipv6:
        return OFF
    settings = _MADE if node.listens else _GIVEN
    return _ON | {f"net.ipv6.conf.default.{name}": value for name, value in settings.items()}


def own_settings(end: Interface) -> Mapping[str, str]:
    """Return what an interface is told that differs from its node's other ones: here the address is given."""
    return {f"net.ipv6.conf.{end.network}.{name}": value for name, value in _GIVEN.items()}


def listening(setup: Setup, end: Interface) -> Setup:
    """Return the setup of a node that is ready when it has made its address."""
    return replace(setup, ready=(made(end), *setup.ready))


def made(end: Interface) -> Question:
    """Ask the kernel whether an interface has the address that it is to make: no flag tells that it still tries it.

    A line of /proc/net/if_inet6 is address, index, prefix length, scope, flags and interface; 40 is "tentative".
    """
    digits = IPv6Address(end.ip6).packed.hex()
    expect = f"(?m)^{digits} [0-9a-f]+ 40 00 00 +{end.network}$"
    return Question("kernel", 0, b"", expect.encode(), path="if_inet6")
