"""A recursive resolver: unbound, which asks from the root down, and remembers."""

from collections.abc import Iterator

from lab.kinds import questions, zones
from lab.kinds.kind import File, Kind, Question, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.topology.model import KEY, Complaint, Topology

_CONFIGURATION = "/etc/unbound/lab.conf"
_HINTS = "/etc/unbound/root.hints"
_CONTROL = "/run/resolver/control"


class Resolver(Kind, name="resolver"):
    """A resolver for everybody: it asks from the root servers down to those who know, and keeps what it heard."""

    packages = ("unbound",)

    @property
    def resolves(self) -> bool:
        """That is what it is for."""
        return True

    def complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain where there is no root to begin at."""
        if zones.ROOT not in zones.servers(topology):
            hint = "a 'nameserver' with the zone '.' is one"
            yield Complaint((KEY,), f"'{name}' finds no root server to begin at", hint)

    def setup(self, around: Surroundings) -> Setup:
        """Return unbound in the foreground, with the topology's root servers as its hints."""
        roots = {
            zones.server_name(name, around.topology): around.topology.nodes[name].ip
            for name in zones.servers(around.topology)[zones.ROOT]
        }
        addresses = [str(link.address) for link in self.links.values()]
        return Setup(
            command=("unbound", "-d", "-p", "-c", _CONFIGURATION),
            user="unbound",
            files=(
                File(_CONFIGURATION, rendered("unbound.conf", addresses=addresses, hints=_HINTS, control=_CONTROL)),
                File(_HINTS, rendered("root.hints", roots=roots)),
            ),
            ready=(questions.resolver(),),
            forgets=tuple(_told(command) for command in ("flush_requestlist", "flush_zone .", "flush_infra all")),
            answers="DNS on port 53, recursive",
        )


def _told(command: str) -> Question:
    """Return a command for unbound's control socket, as unbound-control sends it: one on each connection."""
    return Question("unix", 0, f"UBCT1 {command}\n".encode(), rb"^ok", path=_CONTROL)
