"""An authoritative name server: nsd with the zones that it serves, delegated from above as on the real Internet."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from lab.kinds import questions, zones
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.kinds.spellings import RecordName, ZoneName, ZoneOrRoot
from lab.topology.building import Subnet
from lab.topology.model import KEY, Complaint, Topology
from lab.topology.words import did_you_mean

_CONFIGURATION = "/etc/nsd/lab.conf"
_FOLDER = "/etc/nsd/zones"


class Nameserver(Kind, name="nameserver"):
    """A name server for its zones only: it answers with authority, or refers to the servers of a zone below.

    A zone's servers, the delegations in it and the addresses of the servers that it delegates to are made by itself.
    A router's interfaces have their names in the zone that is the domain of its system.
    """

    packages = ("nsd",)

    zones: Mapping[ZoneOrRoot, Mapping[RecordName, str]] = {}
    """For each zone, the node that each name means; "@" is the zone itself, and the zone "." is the root."""
    secondary: tuple[ZoneName, ...] = ()
    """Zones that are written at another server, and served here as well."""
    reverse: tuple[Subnet, ...] = ()
    """Subnets whose addresses it knows the names of."""
    ttl: Annotated[int, Field(ge=1, le=86_400)] = 300
    """Seconds for which others may keep what it says (RFC 1035, section 3.2.1)."""

    def complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain about zones that nobody can find, and about names that mean nothing."""
        if not zones.zones_of(self):
            yield Complaint((KEY,), f"'{name}' serves no zone", "give it 'zones', or 'secondary', or 'reverse'")
        yield from self._record_complaints(name, topology)
        yield from self._zone_complaints(name, topology)

    def _record_complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        for zone, records in self.zones.items():
            for label, node in records.items():
                yield from about_record(zone, label, node, name, topology)

    def _zone_complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        serving = zones.servers(topology)
        for zone in self.zones:
            first, *others = zones.written_at(zone, topology)
            if name in others:
                hint = f"say 'secondary: [{zone}]' to serve it as well"
                yield Complaint(("zones", zone, KEY), f"zone '{zone}' is written at '{first}' already", hint)
            if missing := _missing_parent(zone, serving):
                hint = "some server must delegate it"
                yield Complaint(("zones", zone, KEY), f"nobody serves '{missing}', the zone above '{zone}'", hint)
        for number, zone in enumerate(self.secondary):
            if not zones.written_at(zone, topology):
                hint = did_you_mean(zone, [one for one in serving if one != zone])
                yield Complaint(("secondary", number), f"zone '{zone}' is written at no server", hint)
        for number, subnet in enumerate(self.reverse):
            if subnet.prefixlen not in (8, 16, 24):
                yield Complaint(("reverse", number), f"{subnet} does not end with an octet", "take a /8, /16 or /24")
            elif zones.ROOT in serving and zones.parent(zones.reverse_zone(subnet), serving) == zones.ROOT:
                what = f"nobody serves '{zones.REVERSE}', the zone above {subnet}"
                yield Complaint(("reverse", number), what, "some server must delegate it")

    def setup(self, around: Surroundings) -> Setup:
        """Return nsd in the foreground, with one file for each zone."""
        written = [zones.zone(name, around.topology, self._ttl(name, around)) for name in zones.zones_of(self)]
        return nsd(self, written)

    def _ttl(self, zone: str, around: Surroundings) -> int:
        """Return how long its records may be kept: as the server says at which the zone is written."""
        first = next(iter(zones.written_at(zone, around.topology)), around.name)
        written = around.topology.nodes[first]
        return written.ttl if isinstance(written, Nameserver) else self.ttl


def nsd(node: Kind, written: list[zones.Zone]) -> Setup:
    """Return the setup of a node that serves these zones."""
    own = [str(one.ip) for link in node.links.values() for one in (link.ip, link.ip6) if one]
    addresses = ["127.0.0.1", *(["::1"] if node.speaks_ipv6 else []), *own]
    return Setup(
        command=("nsd", "-d", "-c", _CONFIGURATION),
        user="nsd",
        files=(
            File(_CONFIGURATION, rendered("nsd.conf", addresses=addresses, zones=written, folder=_FOLDER)),
            *(File(f"{_FOLDER}/{zone.file}", zone.text) for zone in written),
        ),
        ready=(questions.dns(written[0].name),),
        answers="DNS on port 53",
    )


def _missing_parent(zone: str, serving: Mapping[str, object]) -> str:
    """Return the zone that should delegate this one and is not there; where there is no root nobody delegates."""
    if zones.ROOT not in serving or zone == zones.ROOT or zones.within(zone, "arpa"):
        return ""
    above = zone.partition(".")[2] or zones.ROOT
    return "" if above in serving else above


def about_record(zone: str, label: str, node: str, server: str, topology: Topology) -> Iterator[Complaint]:
    """Complain about a record of the zone that ``server`` writes."""
    place = ("zones", zone, label)
    if node not in topology.nodes:
        yield Complaint(place, f"node '{node}' does not exist", did_you_mean(node, topology.nodes))
    elif not topology.nodes[node].stays:
        yield Complaint(place, f"nobody knows the address of '{node}' before it is leased", "give it a host number too")
    elif label == server != node:
        yield Complaint((*place, KEY), f"'{label}' is the name of the server itself", "choose another name")
    elif len(f"{label}.{zone}") > 253:
        yield Complaint((*place, KEY), f"'{label}.{zone}' is longer than 253 characters")
