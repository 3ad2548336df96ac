"""How the words in kinds' options are spelt. Nothing that fits can say anything else in a daemon's configuration."""

from typing import Annotated

from lab.topology.model import Spelling

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?!.{{254}}){_LABEL}(\.{_LABEL})*"
_SEGMENT = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"

ZoneName = Annotated[str, Spelling("domain name", _DOMAIN, "write it in lower case without a last dot: python.org")]
"""A domain name, RFC 1123 section 2.1."""

RecordName = Annotated[str, Spelling("name in a zone", f"@|{_DOMAIN}", "write 'www', or '@' for the zone itself")]
"""A name relative to its zone, RFC 1035 section 5.1."""

PagePath = Annotated[str, Spelling("path", f"/({_SEGMENT}/)*({_SEGMENT})?", "write '/' or '/news.html'")]
"""The path of a page: segments of unreserved characters, RFC 3986 section 2.3, none of which starts with a dot."""

Place = Annotated[
    str,
    Spelling(
        "name of a place", r"[A-Za-z0-9][A-Za-z0-9 .-]{0,62}", "use up to 63 letters, digits, spaces, dots, hyphens"
    ),
]
"""Where a thing stands, as people say it."""
