"""The Docker engine that the tests run on, and the image of its nodes: found, and built, as for any user."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from lab import kinds
from lab.engine import discovery, host, images
from lab.engine.docker import DockerEngine
from lab.engine.embedded import EmbeddedEngine
from lab.progress import Nobody


@cache
def docker_engine() -> DockerEngine:
    return DockerEngine(discovery.connect(Nobody()))


@cache
def node_image() -> str:
    return images.ensure(discovery.connect(Nobody()), Nobody(), kinds.sharing())


@contextmanager
def empty_engine(state: Path) -> Iterator[EmbeddedEngine]:
    """An engine of its own that has no image yet, for tests that need one; skipped where none can be started."""
    if why := discovery.obstacle():
        pytest.skip(why.splitlines()[0])
    if not host.program("dockerd"):
        pytest.skip("dockerd is not installed here")
    with TemporaryDirectory(prefix="wiretale-test-", dir="/run") as run:  # a socket's path must be short
        engine = EmbeddedEngine(state=state, run=Path(run) / "run")
        engine.start()
        try:
            yield engine
        finally:
            engine.stop()
