"""A router: it forwards packets by the ways that it is given or learns, and can hide networks behind an address."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from lab.kinds import advertising, bird, dnsmasq, nat
from lab.kinds.kind import Kind, Service, Setup, Surroundings, with_services
from lab.kinds.nat import NatOption
from lab.topology.model import KEY, Complaint, NetworkName, NodeName, Topology
from lab.topology.words import did_you_mean


class Router(Kind, name="router"):
    """A router between its networks."""

    packages: ClassVar[tuple[str, ...]] = ("bird2", "dnsmasq-base", *advertising.PACKAGES)

    nat: NatOption | None = None
    """The network towards which it speaks, with its own address, for everybody behind it; or more, written out."""
    prefer: Mapping[NetworkName, NodeName] = {}
    """For a network, the next router that gets the packets for it, whatever is shortest; for static routing only."""
    relay: Mapping[NetworkName, NodeName] = {}
    """For a network, the DHCP server elsewhere that its requests for addresses are passed on to."""
    named: bool = True
    """Whether its interfaces have names in the domain of its provider."""

    @property
    def has_names(self) -> bool:
        """As the option ``named`` says."""
        return self.named

    @property
    def forwards(self) -> bool:
        """A router does."""
        return True

    @property
    def nat_networks(self) -> frozenset[str]:
        """The network of the option ``nat``, if it is given."""
        return frozenset() if self.nat is None else frozenset({self.nat.to})

    @property
    def more_numbers(self) -> Mapping[str, tuple[range, ...]]:
        """Those that the option ``nat`` gives to others."""
        return {self.nat.to: self.nat.numbers} if self.nat else {}

    @property
    def preferences(self) -> Mapping[str, str]:
        """Those of the option ``prefer``."""
        return self.prefer

    @property
    def relays(self) -> Mapping[str, str]:
        """Those of the option ``relay``."""
        return self.relay

    def _relay_complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain about requests that come from nowhere, or go nowhere."""
        for network, server in self.relay.items():
            if network not in self.links:
                hint = did_you_mean(network, self.links)
                yield Complaint(("relay", network, KEY), f"'{name}' has no link to '{network}'", hint)
            elif server not in topology.nodes:
                hint = did_you_mean(server, topology.nodes)
                yield Complaint(("relay", network), f"node '{server}' does not exist", hint)
            elif network not in topology.nodes[server].pools:
                yield Complaint(("relay", network), f"'{server}' leases no addresses on '{network}'")

    def complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain about a translation or a relay that cannot be, and about a router that nobody tells a way."""
        for complaint in nat.complaints(self.nat, name, topology) if self.nat else ():
            yield Complaint(("nat", *complaint.at), complaint.what, complaint.hint)
        yield from self._relay_complaints(name, topology)
        if self.nat and topology.speaks_bgp(name):
            hint = "let a router hide them that has a gateway and no system"
            yield Complaint(("nat",), f"'{name}' speaks BGP, and tells everybody of the networks that it hides", hint)
        if topology.routing == "bgp" and self.system is None and self.gateway is None:
            hint = "say who runs it, as in 'system: carrier', or where it sends everything, as in 'gateway: isp'"
            yield Complaint((KEY,), f"'{name}' learns no way anywhere", hint)

    def setup(self, around: Surroundings) -> Setup:
        """Return a node whose kernel does the work; what has to be said to others is said by daemons."""
        return with_services(self._kernel(around), list(self._services(around)))

    def _services(self, around: Surroundings) -> Iterator[Service]:
        if around.topology.speaks_bgp(around.name):
            yield bird.service(around)
        if self.relay:
            nodes = around.topology.nodes
            pairs = [(self.links[network].address, nodes[server].ip) for network, server in self.relay.items()]
            yield dnsmasq.service((), relays=pairs)
        yield from advertising.advertising(around)

    def _kernel(self, around: Surroundings) -> Setup:
        return Setup(
            sysctls={
                "net.ipv4.ip_forward": "1",
                # Linux answers one expired packet a second per sender, and a second traceroute would show stars.
                "net.ipv4.icmp_ratelimit": "0",
                **(_BGP if around.topology.speaks_bgp(around.name) else {}),
                **STRAIGHT_ROADS,
                **(IPV6_ROADS if self.speaks_ipv6 else {}),
            },
            firewall=nat.firewall(self.nat, around.name, around.topology) if self.nat else "",
            more_addresses={self.nat.to: nat.more_addresses(self.nat, around.topology)} if self.nat else {},
            answers=f"routes, NAT towards {self.nat.to}" if self.nat else "routes",
        )


_BGP = {
    # What a router had to say when its cable was cut is tried twice more, and dies 0.6 s later. By default it is tried
    # for minutes, and turns up when the cable is mended: a NOTIFICATION and a FIN of a connection that is no more.
    "net.ipv4.tcp_orphan_retries": "1",
}
"""Sysctls of a router that speaks BGP."""

STRAIGHT_ROADS = {
    # A forwarder neither tells senders of shorter ways, nor drops what comes in by another way than it would go out.
    # The kernel takes the greater of `all` and the interface for rp_filter, and either one for send_redirects.
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.default.send_redirects": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}
"""Sysctls of a node that passes packets on."""

IPV6_ROADS = {"net.ipv6.conf.all.forwarding": "1", "net.ipv6.icmp.ratelimit": "0"}
"""Sysctls of a node that passes IPv6 packets on, and complains as often as there is reason to."""
