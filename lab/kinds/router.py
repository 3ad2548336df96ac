"""A router: it forwards packets by the routes that the plan computes, and can hide its networks behind an address."""

from collections.abc import Iterator

from lab.kinds.kind import Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.topology.model import Complaint, NetworkName, Topology
from lab.topology.words import did_you_mean


class Router(Kind, name="router"):
    """A router between its networks."""

    nat: NetworkName | None = None
    """The network towards which it speaks, with its own address, for everybody behind it."""

    @property
    def forwards(self) -> bool:
        """A router does."""
        return True

    @property
    def nat_networks(self) -> frozenset[str]:
        """The network of the option ``nat``, if it is given."""
        return frozenset() if self.nat is None else frozenset({self.nat})

    def complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain about address translation towards a network that the router is not on."""
        for network in sorted(self.nat_networks - self.links.keys()):
            yield Complaint(("nat",), f"'{name}' has no link to '{network}'", did_you_mean(network, self.links))

    def setup(self, around: Surroundings) -> Setup:
        """Return a node that only waits: the kernel does the work."""
        return Setup(
            sysctls={
                "net.ipv4.ip_forward": "1",
                # Linux answers one expired packet a second per sender, and a second traceroute would show stars.
                "net.ipv4.icmp_ratelimit": "0",
                **STRAIGHT_ROADS,
            },
            firewall="".join(rendered("masquerade.nft", network=network) for network in sorted(self.nat_networks)),
            answers=f"routes, NAT towards {self.nat}" if self.nat else "routes",
        )


STRAIGHT_ROADS = {
    # A forwarder neither tells senders of shorter ways, nor drops what comes in by another way than it would go out.
    # The kernel takes the greater of `all` and the interface for rp_filter, and either one for send_redirects.
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.default.send_redirects": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}
"""Sysctls of a node that passes packets on."""
