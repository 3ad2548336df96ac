"""A web server: nginx with the pages that the topology gives."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from lab.kinds import questions
from lab.kinds.kind import File, Kind, Setup, Surroundings
from lab.kinds.rendering import rendered
from lab.kinds.spellings import PagePath

_CONFIGURATION = "/etc/nginx/lab.conf"
_PAGES = "/srv/pages"


class Http(Kind, name="http"):
    """A web server on port 80."""

    packages = ("nginx-light",)

    pages: Annotated[Mapping[PagePath, str], Field(min_length=1)] = {"/": "<title>It works</title>\n"}
    """The HTML text for each path."""

    def setup(self, around: Surroundings) -> Setup:
        """Return nginx in the foreground, each page in a numbered file of its own."""
        files = {path: f"/{number}.html" for number, path in enumerate(self.pages, start=1)}
        return Setup(
            command=("nginx", "-c", _CONFIGURATION, "-e", "stderr"),
            user="www-data",
            files=(
                File(_CONFIGURATION, rendered("nginx.conf", folder=_PAGES, files=files)),
                *(File(_PAGES + files[path], html) for path, html in self.pages.items()),
            ),
            ready=questions.http(next(iter(self.pages))),
            answers="HTTP on port 80",
        )
