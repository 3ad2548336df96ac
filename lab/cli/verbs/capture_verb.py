"""The verb that captures: the frames of a running lab, as they come, into a file or a pipe."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from lab.capture import PcapngWriter, Window
from lab.cli import terminal
from lab.client import Client
from lab.errors import InputError


def capture(network: str, file: str, topology: str, name: str) -> None:
    """Write pcapng until somebody interrupts it, or nobody reads it any more."""
    if not file and sys.stdout.isatty():
        raise InputError("give the capture a file=x.pcapng, or a pipe: ./invoke capture | wireshark -k -i -")
    listener = terminal.listener()
    client = Client.connected(listener)
    found = client.the_lab(topology, name)
    networks = [segment.name for segment in client.plan_of(found).segments]
    if network and network not in networks:
        raise InputError(f"'{found.instance.name}' has no network '{network}'; it has {', '.join(networks)}")
    with client.watched(found) as batches, _target(file) as out:
        writer = PcapngWriter(out, found.topology)
        out.flush()
        count = drops = 0
        try:
            for batch in batches:
                wanted = [frame for frame in batch.frames if network in ("", frame.port.network)]
                for frame in wanted:
                    writer.frame(frame)
                out.flush()
                count, drops = count + len(wanted), batch.drops
        except KeyboardInterrupt:
            writer.close_window("", count, Window(proven=True, drops=drops, total=count))
            listener.say(f"{count} frames captured, {drops} dropped" + (f"; they are in {file}" if file else ""))


@contextmanager
def _target(file: str) -> Iterator[BinaryIO]:
    if not file:
        yield sys.stdout.buffer
        return
    try:
        stream = Path(file).open("wb")  # noqa: SIM115 -- closed below; opening alone may fail for the user's reasons
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    with stream:
        yield stream
