"""What people say by telnet, without what their programs agree on between the words."""

import re

TELNET_PORT = 23

_COMMAND = re.compile(rb"\xff(?:\xfa.*?\xff\xf0|[\xfb-\xfe].|[\xf0-\xf9])", re.DOTALL)
"""IAC, then an option's parameters, an option that is offered or asked for, or a single command (RFC 854, RFC 855)."""


def without_commands(said: bytes) -> bytes:
    """Return what a person typed or is shown. NUL is nothing on a screen, and 255 is sent twice."""
    return _COMMAND.sub(b"", said).replace(b"\xff\xff", b"\xff").replace(b"\0", b"")
