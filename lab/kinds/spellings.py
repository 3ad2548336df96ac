"""How the words in kinds' options are spelt. Nothing that fits can say anything else in a daemon's configuration."""

from typing import Annotated

from lab.topology.model import DomainName, Spelling

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = rf"(?!.{{254}}){_LABEL}(\.{_LABEL})*"
_PORT = r"([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])"
_SEGMENT = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"

ZoneName = DomainName
"""The name of a zone."""

ZoneOrRoot = Annotated[
    str, Spelling("domain name", rf"\.|{_DOMAIN}", "write it in lower case without a last dot: python.org, or '.'")
]
"""The name of a zone, or "." for the root (RFC 1034, section 3.1)."""

RecordName = Annotated[str, Spelling("name in a zone", f"@|{_DOMAIN}", "write 'www', or '@' for the zone itself")]
"""A name relative to its zone, RFC 1035 section 5.1."""

PagePath = Annotated[str, Spelling("path", f"/({_SEGMENT}/)*({_SEGMENT})?", "write '/' or '/news.html'")]
"""The path of a page: segments of unreserved characters, RFC 3986 section 2.3, none of which starts with a dot."""

Port = Annotated[str, Spelling("port", _PORT, "write a number from 1 to 65535")]
"""A port of TCP or UDP, as text."""

Socket = Annotated[str, Spelling("port of a node", rf"[a-z]([a-z0-9-]*[a-z0-9])?:{_PORT}", "write it like server:80")]
"""A node and a port of it: ``server:80``."""

Place = Annotated[
    str,
    Spelling(
        "name of a place", r"[A-Za-z0-9][A-Za-z0-9 .-]{0,62}", "use up to 63 letters, digits, spaces, dots, hyphens"
    ),
]
"""Where a thing stands, as people say it."""

Secret = Annotated[
    str, Spelling("password", r"[A-Za-z0-9][A-Za-z0-9._-]{3,62}", "use 4 to 63 letters, digits, dots and hyphens")
]
"""A password that fits into a line of any daemon's configuration, and can be typed anywhere."""

Line = Annotated[
    str, Spelling("line of text", r"[A-Za-z0-9][A-Za-z0-9 .,!?'-]{0,79}", "use up to 80 letters, digits and .,!?'-")
]
"""A sentence that people read."""

PersonName = Annotated[
    str, Spelling("name of somebody", r"[a-z][a-z0-9-]{0,30}", "use up to 31 lower-case letters, digits and hyphens")
]
"""Who logs in."""

FileName = Annotated[str, Spelling("name of a file", _SEGMENT, "use letters, digits, dots, hyphens and underscores")]
"""A file's name without folders, which does not begin with a dot."""
