"""A web server that says what it was told: the smallest one that is worth the name, by Twisted."""

from lab.kinds import questions
from lab.kinds.kind import Kind, Setup, Surroundings


class Echo(Kind, name="echo"):
    """A server on port 8000 that answers each request with the lines of the request itself."""

    packages = ("python3-twisted",)
    is_large = True

    def setup(self, around: Surroundings) -> Setup:
        """Return the program ``echo-requests`` of the node image."""
        return Setup(
            command=("echo-requests", "8000"),
            ready=(questions.listens_on_tcp(8000),),
            answers="HTTP on port 8000",
        )
