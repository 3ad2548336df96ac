"""A printer: ippeveprinter, which takes documents over IPP, announced on its networks by avahi."""

from lab.kinds import questions
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.kinds.spellings import Place


class Printer(Kind, name="printer"):
    """A network printer; it keeps the documents that it gets in ``/var/spool/printer``."""

    packages = ("avahi-daemon", "cups-ipp-utils", "dbus")

    location: Place = "Lab"
    """Where it stands, as its announcement says."""

    def setup(self, around: Surroundings) -> Setup:
        """Return the program ``printer`` of the node image, which starts bus, avahi and printer in this order."""
        return Setup(
            command=("printer", around.name, self.location),
            user="avahi",
            files=(
                File("/etc/printer/bus.conf", rendered("bus.conf")),
                File("/etc/printer/avahi.conf", rendered("avahi.conf", host=around.name, networks=list(self.links))),
            ),
            ready=(questions.ipp("/ipp/print"),),
            answers="IPP on port 631",
        )
