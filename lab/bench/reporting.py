"""Making the page of a run of so many frames, with the processor time: `python -m lab.bench.reporting COUNT`."""

import json
import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from lab import kinds
from lab.bench.generating import WIRE
from lab.capture import Capture, Frame, Port, save_acts
from lab.evidence import CAPTURE, TOPOLOGY, write_result
from lab.plan import plan
from lab.report import read, view
from lab.running import ports
from lab.topology.reading import parse

_BEGAN, _APART = 1_700_000_000_000_000_000, 1_000_000
"""When the first frame was seen, and how many nanoseconds lie between two."""


def timed(count: int) -> dict[str, float]:
    """Return how long the page of a run of so many frames takes, in seconds, and how many bytes it has."""
    with TemporaryDirectory(prefix="wiretale-bench-") as name:
        folder = Path(name)
        _written(folder, count)
        began = time.process_time()
        page = view(read(folder), "html")
        return {"seconds": time.process_time() - began, "bytes": len(page.encode())}


def _written(folder: Path, count: int) -> None:
    """Write the folder of a run: pings of one host to another, each of a program of its own, so that none is folded."""
    planned = plan(parse(WIRE.encode(), "wire.yml", kinds.load()))
    ends = tuple(ports(planned).values())
    capture = Capture.of(_pings(count, *ends), ends, proven=True)
    (folder / TOPOLOGY).write_text(WIRE)
    save_acts(folder / CAPTURE, {"act": capture}, planned.topology)
    words = {"sentence": "One host pings the other.", "question": "", "answer": ""}
    write_result(folder, {"scenario": "bench", "windows": {"act": words}, "facts": {}})


def _pings(count: int, one: Port, other: Port) -> Iterator[Frame]:
    for number in range(count):
        asks = number % 2 == 0
        here, there = (one, other) if asks else (other, one)
        data = _echo(8 if asks else 0, number // 2, here, there)
        yield Frame(number + 1, _BEGAN + number * _APART, here, (there,), data)


def _echo(kind: int, identifier: int, here: Port, there: Port) -> bytes:
    """Return an ICMP echo in IPv4 in Ethernet (RFC 792, RFC 791, RFC 894); its checksums are left open."""
    ethernet = bytes.fromhex(f"{there.mac}{here.mac}".replace(":", "")) + b"\x08\0"
    message = struct.pack("!BBHHH", kind, 0, 0, identifier & 0xFFFF, 1) + bytes(56)
    ends = b"".join(bytes(map(int, end.ip.split("."))) for end in (here, there))
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(message), identifier & 0xFFFF, 0, 64, 1, 0)
    return ethernet + header + ends + message


if __name__ == "__main__":
    sys.stdout.write(json.dumps(timed(int(sys.argv[1]))) + "\n")
