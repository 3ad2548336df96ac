"""A TiVo: a box that records television, and calls out to others of its kind."""

from lab.kinds import questions
from lab.kinds.kind import Kind, Setup, Surroundings
from lab.kinds.spellings import Place


class Tivo(Kind, name="tivo"):
    """A box that calls out by broadcast and by SSDP when it is switched on, and is told of nobody."""

    packages = ("python3",)

    title: Place = "Living room"
    """What people call it."""

    def setup(self, around: Surroundings) -> Setup:
        """Return the program ``tivo`` of the node image, which calls out on each network that the box is on."""
        addresses = [str(link.address) for link in self.links.values()]
        return Setup(
            command=("tivo", around.name, self.title, *addresses),
            ready=(questions.listens_on_udp(2190),),
            answers="what it is, by HTTP on port 49152",
        )
