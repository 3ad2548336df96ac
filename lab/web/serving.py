"""Serving the page of a lab, until Ctrl-C."""

import os
import socket
import webbrowser
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import uvicorn
from starlette.concurrency import run_in_threadpool

from lab.bringup import Found
from lab.client import Client
from lab.errors import InputError
from lab.graph import picture
from lab.plan import plan
from lab.scenario import announced, find
from lab.web.app import Theatre
from lab.web.guard import Tokens
from lab.web.show import Place, Show
from lab.web.wires import Wires

LOCAL = "127.0.0.1"


def serve(client: Client, found: Found, scenarios: Path, runs: Path, host: str, say: Callable[[str], None]) -> None:
    """Serve the page of a running lab at ``host``, at a port that is free, until Ctrl-C; ``say`` is told where.

    Raises ``InputError`` for a host that is not one of this machine's addresses.
    """
    topology = client.topology_of(found)
    planned = plan(topology)
    place = Place(
        topology,
        planned,
        lambda audience: client.entered(found, audience),
        runs,
    )
    here = [name for name, its in announced(scenarios).items() if Path(its).stem == found.topology]
    show, wires = Show(place), Wires(planned, lambda: client.watched(found))

    def health() -> Mapping[str, str]:
        return {name: one.words for name, one in client.health(found, planned).items()}

    stories = {name: find(name, scenarios) for name in here}
    shells = partial(client.shell, found)
    theatre = Theatre(found.topology, picture(topology), show, wires, stories, health, shells)
    with _listening(host) as listening:
        port, tokens = listening.getsockname()[1], Tokens.new()
        base = f"http://{host}:{port}/"
        say(f"The page of '{found.instance.name}' is at {base}?token={tokens.teller}")
        say(f"For a projector, to look at only:  {base}?view=projector&token={tokens.watcher}")
        _open(f"{base}?token={tokens.teller}")
        guarded = theatre.application(tokens, frozenset({f"{host}:{port}", f"localhost:{port}"}))

        def closed() -> None:
            show.close()
            wires.close()

        try:
            _Server(uvicorn.Config(guarded, log_level="warning", timeout_graceful_shutdown=2), closed).run([listening])
        finally:
            closed()


class _Server(uvicorn.Server):
    """Ends what is streamed before it waits for those who watch to go: their streams would last for ever."""

    def __init__(self, config: uvicorn.Config, ends: Callable[[], None]) -> None:
        super().__init__(config)
        self._ends = ends

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections."""
        await run_in_threadpool(self._ends)
        await super().shutdown(sockets)


def _listening(host: str) -> socket.socket:
    try:
        return socket.create_server((host, 0))
    except OSError as error:
        raise InputError(f"host={host}: {error.strerror}") from error


def _open(address: str) -> None:
    """Open the page where there is a desktop; a browser in the terminal would take it from us."""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(address)
