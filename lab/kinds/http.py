"""A web server: nginx with the pages that the topology gives."""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field

from lab.kinds import questions
from lab.kinds.accounts import Passwords
from lab.kinds.identities import Places, identity
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.kinds.spellings import PagePath
from lab.topology.model import Complaint, DomainName, Topology

_CONFIGURATION = "/etc/nginx/lab.conf"
_PAGES = "/srv/pages"
_MIRROR = "/mirror.txt"
_NONE = "/none.html"
_NO_PAGE = "<!DOCTYPE html>\n<title>404 Not Found</title>\n<h1>There is no such page</h1>\n"
_PLAIN = {"txt": "text/plain"}
_TYPES = {**_PLAIN, "css": "text/css", "svg": "image/svg+xml"}
"""The types of pages that are no HTML, by the ends of their paths (RFC 2046, RFC 2318, SVG 1.1, appendix P)."""
_IDENTITY = Places(certificate="/etc/nginx/lab.crt", key="/etc/nginx/lab.key")


class Http(Kind, name="http"):
    """A web server on port 80, and with a certificate on port 443."""

    packages = ("nginx-light",)

    pages: Annotated[Mapping[PagePath, str], Field(min_length=1)] = {"/": "<title>It works</title>\n"}
    """The HTML text for each path; what ends in .txt is plain text, in .css a style, in .svg a picture."""
    mirror: PagePath | None = None
    """The path of a page that tells its reader the address and port that the request came from."""
    passwords: Mapping[PagePath, Passwords] = {}
    """Who may read a page, each with a password (RFC 7617); pages that are not named here ask nobody."""

    tls: tuple[DomainName, ...] = ()
    """The names of which a certificate of the lab's authority says that they are this server's."""

    def complaints(self, name: str, topology: Topology) -> Iterator[Complaint]:
        """Complain about a mirror where a page is."""
        if self.mirror in self.pages:
            yield Complaint(("mirror",), f"'{self.mirror}' is a page already", "choose another path")
        for path in (one for one in self.passwords if one not in self.pages):
            yield Complaint(("passwords", path), f"there is no page '{path}' to ask a password for", "give it a text")

    def setup(self, around: Surroundings) -> Setup:
        """Return nginx in the foreground, each page in a numbered file of its own."""
        files = {path: f"/{number}.{_ending(path)}" for number, path in enumerate(self.pages, start=1)}
        mirror = (File(_PAGES + _MIRROR, rendered("mirror.txt")),) if self.mirror else ()
        people = {path: f"/etc/nginx/people-{number}" for number, path in enumerate(self.passwords, start=1)}
        encrypts = (questions.https(),) if self.tls else ()
        for_all = next((path for path in self.pages if path not in self.passwords), None)
        return Setup(
            command=("nginx", "-c", _CONFIGURATION, "-e", "stderr"),
            user="www-data",
            files=(
                File(_CONFIGURATION, self._configuration(files, people)),
                *(File(_PAGES + files[path], html) for path, html in self.pages.items()),
                *(File(people[path], _listed(known)) for path, known in self.passwords.items()),
                File(_PAGES + _NONE, _NO_PAGE),
                *mirror,
                *identity(around, self.tls, _IDENTITY),
            ),
            ready=(questions.http(for_all) if for_all else questions.listens_on_tcp(80), *encrypts),
            answers="HTTP on port 80, HTTPS on port 443" if self.tls else "HTTP on port 80",
        )

    def _configuration(self, files: Mapping[str, str], people: Mapping[str, str]) -> str:
        return rendered(
            "nginx.conf",
            folder=_PAGES,
            files=files,
            people=people,
            types={ending: kind for ending, kind in _TYPES.items() if ending in {*_PLAIN, *map(_ending, self.pages)}},
            at=self.mirror,
            mirror=_MIRROR,
            no_page=_NONE,
            ipv6=self.speaks_ipv6,
            identity=_IDENTITY if self.tls else None,
        )


def _listed(people: Mapping[str, str]) -> str:
    """Return names and passwords as nginx reads them, with the word for passwords that are no hashes."""
    return "".join(f"{name}:{{PLAIN}}{word}\n" for name, word in people.items())


def _ending(path: str) -> str:
    """Return what tells nginx of which type a page is."""
    _, dot, ending = path.rpartition(".")
    return ending if dot and ending in _TYPES else "html"
