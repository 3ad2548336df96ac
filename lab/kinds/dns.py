"""The name server of a small network: it knows its zones and nothing else, and hosts ask it all the same."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface, IPv6Interface
from typing import Annotated

from pydantic import Field

from lab.kinds.kind import Kind, Setup, Surroundings
from lab.kinds.nameserver import about_record, nsd
from lab.kinds.spellings import RecordName, ZoneName
from lab.kinds.zones import REVERSE, REVERSE6, Zone, address_records, addresses, within
from lab.topology.model import KEY, Complaint, Topology


class Dns(Kind, name="dns"):
    """A name server: it knows its zones, answers NXDOMAIN inside them and REFUSED outside.

    Every zone also holds the server's own name, that of its node. Each address that a zone names gets a PTR record to
    the first of its names in the file's order.
    """

    packages = ("nsd",)

    zones: Annotated[Mapping[ZoneName, Mapping[RecordName, str]], Field(min_length=1)]
    """For each zone, the node that each name means; "@" is the zone itself."""

    @property
    def resolves(self) -> bool:
        """Hosts ask it, although it knows its own zones only."""
        return True

    def complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain about records for nodes that do not exist, and about names that the server makes by itself."""
        for zone, records in self.zones.items():
            if within(zone, REVERSE) or within(zone, REVERSE6):
                yield Complaint(("zones", zone, KEY), "reverse zones are made from the addresses", "leave it out")
            for label, node in records.items():
                yield from about_record(zone, label, node, name, topology)

    def setup(self, around: Surroundings) -> Setup:
        """Return nsd with the given zones, in each its own name, and the reverse zones of all that they name."""
        return nsd(self, [*self._forward(around), *self._reverse(around)])

    def _forward(self, around: Surroundings) -> Iterator[Zone]:
        for zone, records in self.zones.items():
            named = {**records, around.name: around.name}
            nodes = [(label, around.topology.nodes[node]) for label, node in named.items()]
            found = tuple((label, record) for label, node in nodes for record in address_records(node))
            yield Zone(zone, (self._called(around),), found)

    def _called(self, around: Surroundings) -> str:
        return f"{around.name}.{next(iter(self.zones))}."

    def _reverse(self, around: Surroundings) -> Iterator[Zone]:
        records: dict[str, dict[str, str]] = {}
        for zone, given in self.zones.items():
            for label, node in {**given, around.name: around.name}.items():
                target = zone if label == "@" else f"{label}.{zone}"
                for owner, apex in map(_reversed, addresses(around.topology.nodes[node])):
                    records.setdefault(apex, {}).setdefault(owner, f"PTR {target}.")
        for apex, names in records.items():
            yield Zone(apex, (self._called(around),), tuple(names.items()))


def _reversed(address: IPv4Interface | IPv6Interface) -> tuple[str, str]:
    """Return an address as an owner name and its zone, cut at the subnet's octet or the prefix's digit.

    192.168.1.9/24 is "9" in "1.168.192.in-addr.arpa" (RFC 1035, 3.5), as is .9/30; 10.1.2.3/16 is "3.2" in
    "1.10.in-addr.arpa"; of an IPv6 address each hexadecimal digit is a label (RFC 3596, 2.5).
    """
    labels = address.ip.reverse_pointer.split(".")[:-2]
    kept = min(len(labels) - 1, max(1, address.network.prefixlen * len(labels) // address.max_prefixlen))
    zone = ".".join([*labels[len(labels) - kept :], REVERSE if address.version == 4 else REVERSE6])
    return ".".join(labels[: len(labels) - kept]), zone
