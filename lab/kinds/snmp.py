"""A device that is watched over the network: snmpd of Net-SNMP, which tells what it is called and where it stands."""

from collections.abc import Iterator

from lab.kinds import questions
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.kinds.spellings import Line, PersonName, Place, Secret
from lab.topology.model import Complaint, Topology

_CONFIGURATION = "/etc/snmp/lab.conf"
_SHORTEST = 8
"""Characters that a password of version 3 has at least (RFC 3414, section 11.2)."""


class Snmp(Kind, name="snmp"):
    """Answers on UDP port 161: to a community in the clear, to a user in cipher (RFC 3416, RFC 3414)."""

    packages = ("snmp", "snmpd")
    is_large = True

    community: Secret = "public"
    """The word that everybody says who may read; it crosses the wire with each question."""
    user: PersonName = "keeper"
    """Who may read by version 3."""
    password: Secret = "keep-it-safe"
    """What that user's keys are made of; eight characters at least."""
    description: Line = "A box with a lamp"
    """What the device is."""
    location: Place = "Lab"
    """Where it stands."""

    def complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain about a password that snmpd would make no keys of."""
        if len(self.password) < _SHORTEST:
            what = f"'{self.password}' is too short for SNMP version 3"
            yield Complaint(("password",), what, f"use {_SHORTEST} characters at least (RFC 3414, section 11.2)")

    def setup(self, around: Surroundings) -> Setup:
        """Return snmpd in the foreground, which knows nothing of the machine that it runs on."""
        configuration = rendered(
            "snmpd.conf",
            name=around.name,
            community=self.community,
            user=self.user,
            password=self.password,
            description=self.description,
            location=self.location,
        )
        return Setup(
            command=("snmpd", "-f", "-Lo", "-M", "", "-C", "-c", _CONFIGURATION),
            files=(File(_CONFIGURATION, configuration),),
            ready=(questions.listens_on_udp(161),),
            answers="SNMP on port 161",
        )
