"""A file server: pyftpdlib, which asks for a name and a password, and serves a folder."""

from typing import Annotated

from pydantic import Field

from lab.kinds import questions
from lab.kinds.accounts import HOME, Papers, papers
from lab.kinds.kind import Kind, Setup, Surroundings
from lab.kinds.spellings import PersonName, Secret

_DATA_PORTS = "61000-61099"
"""Where a client that asks for a passive transfer is told to go; of equal length, so that two runs are as well.

No client draws one of them by lot (ip_local_port_range ends at 60999)."""


class Ftp(Kind, name="ftp"):
    """A file server on port 21 (RFC 959), with passive data connections to ports 61000 to 61099 (RFC 2428)."""

    packages = ("lftp", "python3-pyftpdlib", "wget")
    is_large = True

    user: PersonName
    """Who may log in."""
    password: Secret
    """And the password."""
    files: Annotated[Papers, Field(min_length=1)]
    """The files that are served, by their names."""

    def setup(self, around: Surroundings) -> Setup:
        """Return pyftpdlib's own command; nobody can change a file."""
        login = ("--username", self.user, "--password", self.password)
        return Setup(
            command=("python3", "-m", "pyftpdlib", "--port", "21", "--range", _DATA_PORTS, "--directory", HOME, *login),
            files=papers(self.files),
            ready=(questions.listens_on_tcp(21),),
            answers="FTP on port 21",
        )
