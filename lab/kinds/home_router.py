"""A home's router: it hides the home behind its address, leases addresses in it, and forwards questions for names."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import ClassVar

from lab.kinds import dnsmasq
from lab.kinds.kind import Setup, Surroundings, with_services
from lab.kinds.router import Router
from lab.kinds.spellings import ZoneName
from lab.topology import leasing
from lab.topology.model import KEY, Complaint, NetworkName, Pool, Topology


class HomeRouter(Router, name="home-router"):
    """A router as people have it at home. It says ``resolver:``, whom it asks for all names but its own."""

    packages: ClassVar[tuple[str, ...]] = (*Router.packages, "dnsmasq-base")

    leases: Mapping[NetworkName, Pool] = {}
    """For each network at home, the host numbers that it leases there."""
    domain: ZoneName = "lan"
    """The domain of the home: its nodes have their names in it."""

    @property
    def pools(self) -> Mapping[str, Pool]:
        """Those of the option ``leases``."""
        return self.leases

    @property
    def resolves(self) -> bool:
        """It forwards what it is asked."""
        return True

    def complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain about pools that do not fit, and about a home that knows nobody to ask."""
        yield from super().complaints(name, topology)
        if self.resolver is None:
            hint = "say whom it asks, as in 'resolver: dns'"
            yield Complaint((KEY,), f"'{name}' forwards questions for names, and has no resolver", hint)
        for complaint in leasing.pools(name, topology):
            yield Complaint(("leases", *complaint.at), complaint.what, complaint.hint)

    def setup(self, around: Surroundings) -> Setup:
        """Return a router with dnsmasq on it."""
        leased = tuple(dnsmasq.ranges(self, around.topology, resolver=self.ip))
        setup = super().setup(around)
        service = dnsmasq.service(leased, names=self._names(around))
        return with_services(replace(setup, answers=f"{setup.answers}, leases, names"), [service])

    def _names(self, around: Surroundings) -> dnsmasq.Names:
        """Return the names of the home: of all that is on a network which is hidden behind this router, and stays."""
        assert self.resolver is not None
        topology = around.topology
        inside = [network for network in self.links if network not in self.nat_networks]
        members = dict.fromkeys(name for network in inside for name in topology.members[network])
        addresses = {name: topology.nodes[name].ip for name in members if topology.nodes[name].stays}
        return dnsmasq.Names(self.domain, addresses, topology.nodes[self.resolver].ip)
