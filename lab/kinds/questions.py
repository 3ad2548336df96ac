"""The bytes that a service is asked with to see that it is ready, and what its answer must look like. All pure."""

from struct import pack

from lab.kinds.kind import Question

_ID = 0x1AB


def dns(zone: str) -> Question:
    """Ask a name server for the SOA of ``zone``: ready when it answers with authority and without an error.

    The header is that of RFC 1035 section 4.1.1: the answer carries our ID, QR and AA, rcode 0, and a first answer.
    """
    header = pack("!6H", _ID, 0, 1, 0, 0, 0)
    query = header + _domain(zone) + pack("!2H", 6, 1)  # SOA, IN
    return Question("udp", 53, query, expect=rb"^\x01\xab\x84\x00\x00\x01\x00\x01")


def resolver() -> Question:
    """Ask a resolver for the name that it knows by itself: ready when it answers, and asks nobody for that."""
    header = pack("!6H", _ID, 0x0100, 1, 0, 0, 0)
    query = header + _domain("ready.lab") + pack("!2H", 1, 1)  # A, IN
    return Question("udp", 53, query, expect=rb"^\x01\xab[\x81\x85]\x80\x00\x01\x00\x01")


def listens_on_udp(port: int) -> Question:
    """Look whether somebody listens on a UDP port, where a question would leave the node (/proc/net/udp, proc(5))."""
    return Question("kernel", port, b"", expect=rb": [0-9A-F]{8}:%04X 00000000:0000 07 " % port, path="udp")


def listens_on_tcp(port: int) -> Question:
    """Look whether somebody listens on a TCP port, where each question would be counted as a visitor."""
    return Question("kernel", port, b"", expect=rb": [0-9A-F]{8}:%04X 00000000:0000 0A " % port, path="tcp")


def http(path: str) -> Question:
    """Ask a web server for the page at ``path``: ready when it answers 200 (RFC 9110 section 15.3.1)."""
    request = _request(f"GET {path}", {"Host": "localhost", "Connection": "close"})
    return Question("tcp", 80, request, expect=rb"^HTTP/1\.1 200 ")


def https() -> Question:
    """Speak plain HTTP where TLS is spoken: ready when nginx complains about just that, and not about no connection."""
    request = _request("GET /", {"Host": "localhost", "Connection": "close"})
    return Question("tcp", 443, request, expect=rb"^HTTP/1\.1 400 .*plain HTTP request was sent to HTTPS port")


def ipp(path: str) -> Question:
    """Ask a printer for its name: ready when it answers with the status successful-ok.

    The operation is Get-Printer-Attributes (RFC 8011 section 4.2.5) in the encoding of RFC 8010 section 3, sent as an
    HTTP request; the answer starts with the version and the status, after a chunk's size where the body is chunked.
    """
    body = _get_printer_attributes(f"ipp://localhost{path}")
    fields = {
        "Host": "localhost",
        "Content-Type": "application/ipp",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    expect = rb"\r\n\r\n(?:[0-9A-Fa-f]+\r\n)?\x02\x00\x00\x00\x00\x00\x00\x01"
    return Question("tcp", 631, _request(f"POST {path}", fields) + body, rb"^HTTP/1\.1 200 .*?" + expect)


def _domain(name: str) -> bytes:
    """Return a name as its labels, each after its length (RFC 1035 section 3.1)."""
    labels = (label for label in name.split(".") if label)  # the root has none
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in labels) + b"\x00"


def _request(line: str, fields: dict[str, str]) -> bytes:
    """Return the head of an HTTP request (RFC 9112 section 3)."""
    head = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
    return "\r\n".join(head).encode("ascii")


def _get_printer_attributes(uri: str) -> bytes:
    """Return version 2.0, operation 0x000B, request 1, and what RFC 8011 section 4.2.5.1 wants to be told."""
    attributes = (
        (0x47, "attributes-charset", "utf-8"),
        (0x48, "attributes-natural-language", "en"),
        (0x45, "printer-uri", uri),
        (0x44, "requested-attributes", "printer-name"),
    )
    encoded = b"".join(_attribute(tag, name, value) for tag, name, value in attributes)
    return pack("!BBHI", 2, 0, 0x000B, 1) + b"\x01" + encoded + b"\x03"


def _attribute(tag: int, name: str, value: str) -> bytes:
    """Return one attribute with one value: its tag, then name and value, each after its length."""
    named = pack("!BH", tag, len(name)) + name.encode("ascii")
    return named + pack("!H", len(value)) + value.encode("ascii")
