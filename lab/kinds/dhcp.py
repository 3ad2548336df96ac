"""A DHCP server: dnsmasq, which leases addresses on its networks, and on those whose routers relay to it."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from lab.kinds import dnsmasq
from lab.kinds.kind import Kind, Setup, Surroundings, with_services
from lab.topology import leasing
from lab.topology.model import Complaint, NetworkName, Pool, Topology


class Dhcp(Kind, name="dhcp"):
    """A server that leases addresses, with the gateway and the resolver of each network."""

    packages = ("dnsmasq-base",)

    leases: Annotated[Mapping[NetworkName, Pool], Field(min_length=1)]
    """For each network, the host numbers that it leases there."""

    @property
    def pools(self) -> Mapping[str, Pool]:
        """Those of the option ``leases``."""
        return self.leases

    def complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain about pools that do not fit their networks."""
        for complaint in leasing.pools(name, topology):
            yield Complaint(("leases", *complaint.at), complaint.what, complaint.hint)

    def setup(self, around: Surroundings) -> Setup:
        """Return dnsmasq in the foreground, which does nothing but lease."""
        leased = tuple(dnsmasq.ranges(self, around.topology))
        return with_services(Setup(answers="leases addresses"), [dnsmasq.service(leased)])
