"""An engine of the tests' own, which they may kill and whose disk they may fill: it disturbs nobody."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docker
import pytest

from lab.engine import discovery, host
from lab.engine.embedded import EmbeddedEngine
from lab.progress import Nobody
from lab.waiting import until
from tests.engine.real import node_image

SIZE = "900m"
"""Of its disk, which is memory; the node image takes less than half of it."""


class PrivateEngine:
    """An embedded engine with the node image, on a small disk."""

    def __init__(self, embedded: EmbeddedEngine, neighbour: docker.DockerClient) -> None:
        self.embedded = embedded
        self.neighbour = neighbour

    @property
    def url(self) -> str:
        return self.embedded.url

    @property
    def client(self) -> docker.DockerClient:
        return docker.DockerClient(self.url, version="auto")

    def kill(self) -> None:
        """Kill it as a machine that runs out of memory does, without a chance to tidy up."""
        pid = self.embedded.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        until(lambda: self.embedded.pid is None, "the end of the engine", within=20)

    def start(self) -> None:
        self.embedded.start()

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """Have no room left on its disk while the block lasts."""
        filler = self.embedded.state / "filler"
        with suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(2**20))
        try:
            yield
        finally:
            filler.unlink()


@contextmanager
def private_engine(folder: Path) -> Iterator[PrivateEngine]:
    """Give an engine that nobody else uses; needs root, and that no engine with a bridge runs in our network."""
    if not (host.is_root() and host.program("dockerd")) or discovery.rivals():
        pytest.skip("an engine of our own cannot be started here")
    neighbour, state = discovery.connect(Nobody()), folder / "state"
    state.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", state], check=False)
    if mounted.returncode:
        pytest.skip("this machine mounts nothing for us")
    engine = PrivateEngine(EmbeddedEngine(state=state, run=folder / "run"), neighbour)
    try:
        engine.start()
        engine.client.images.load(neighbour.api.get_image(node_image()))
        yield engine
    finally:
        engine.embedded.stop()
        subprocess.run(["umount", "--recursive", state], check=True)
