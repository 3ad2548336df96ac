"""A printer: ippeveprinter, which takes documents over IPP, announced on its networks by avahi."""

from lab.kinds import questions
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.kinds.spellings import Place

ASK_ANNOUNCER = (
    *("dbus-send", "--bus=unix:path=/run/printer/bus", "--print-reply", "--dest=org.freedesktop.Avahi"),
    *("/", "org.freedesktop.Avahi.Server.GetState"),
)
"""Asks avahi in a printer's node whether it has its name."""
ANNOUNCES = "int32 2"
"""What avahi answers when it has; one whose cable is pulled before that never announces its services."""


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
