"""A name server: nsd with authority over the zones that the topology gives, and over their reverse zones."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Interface
from typing import Annotated

from pydantic import Field

from lab.kinds import questions
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.kinds.spellings import RecordName, ZoneName
from lab.topology.model import KEY, Complaint, Topology
from lab.topology.words import did_you_mean

_CONFIGURATION = "/etc/nsd/lab.conf"
_ZONES = "/etc/nsd/zones"
_REVERSE = "in-addr.arpa"

Records = Mapping[str, str]
"""What stands behind each owner name of a zone: "A 192.168.1.80", "PTR python.org."."""


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
            if _within(zone, _REVERSE):
                yield Complaint(("zones", zone, KEY), "reverse zones are made from the addresses", "leave it out")
            for label, node in records.items():
                yield from _record_complaints(zone, label, node, name, topology)

    def setup(self, around: Surroundings) -> Setup:
        """Return nsd in the foreground, with one file for each zone."""
        zones = {**self._forward(around), **self._reverse(around)}
        server = f"{around.name}.{next(iter(self.zones))}."
        addresses = [str(link.ip.ip) for link in self.links.values()]
        return Setup(
            command=("nsd", "-d", "-c", _CONFIGURATION),
            user="nsd",
            files=(
                File(_CONFIGURATION, rendered("nsd.conf", addresses=addresses, zones=list(zones), folder=_ZONES)),
                *(File(f"{_ZONES}/{zone}", _zone_text(zone, server, records)) for zone, records in zones.items()),
            ),
            ready=questions.dns(next(iter(self.zones))),
            answers="DNS on port 53",
        )

    def _named(self, around: Surroundings) -> Iterator[tuple[str, str, str]]:
        """Yield zone, label and node of every record, the server's own names last in each zone."""
        for zone, records in self.zones.items():
            for label, node in {**records, around.name: around.name}.items():
                yield zone, label, node

    def _forward(self, around: Surroundings) -> dict[str, dict[str, str]]:
        zones: dict[str, dict[str, str]] = {zone: {} for zone in self.zones}
        for zone, label, node in self._named(around):
            zones[zone][label] = f"A {around.topology.nodes[node].ip}"
        return zones

    def _reverse(self, around: Surroundings) -> dict[str, dict[str, str]]:
        zones: dict[str, dict[str, str]] = {}
        for zone, label, node in self._named(around):
            owner, apex = _reversed(next(iter(around.topology.nodes[node].links.values())).ip)
            target = zone if label == "@" else f"{label}.{zone}"
            zones.setdefault(apex, {}).setdefault(owner, f"PTR {target}.")
        return zones


def _within(name: str, zone: str) -> bool:
    return f".{name}".endswith(f".{zone}")


def _record_complaints(zone: str, label: str, node: str, server: str, topology: Topology) -> Iterator[Complaint]:
    place = ("zones", zone, label)
    if node not in topology.nodes:
        yield Complaint(place, f"node '{node}' does not exist", did_you_mean(node, topology.nodes))
    elif label == server != node:
        yield Complaint((*place, KEY), f"'{label}' is the name of the server itself", "choose another name")
    elif len(f"{label}.{zone}") > 253:
        yield Complaint((*place, KEY), f"'{label}.{zone}' is longer than 253 characters")


def _reversed(address: IPv4Interface) -> tuple[str, str]:
    """Return an address as an owner name and its zone of RFC 1035 section 3.5, cut at the subnet's octet boundary.

    192.168.1.9/24 is "9" in "1.168.192.in-addr.arpa", as is .9/30; 10.1.2.3/16 is "3.2" in "1.10.in-addr.arpa".
    """
    octets = str(address.ip).split(".")
    kept = min(3, max(1, address.network.prefixlen // 8))
    return ".".join(reversed(octets[kept:])), ".".join([*reversed(octets[:kept]), _REVERSE])


def _zone_text(zone: str, server: str, records: Records) -> str:
    return rendered("zone", zone=zone, server=server, records=records)
