"""The two engines that keep the contract, and containers in them that no other test sees."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest

from lab.engine.protocol import ContainerSpec, Engine
from tests.engine.fake import FakeEngine
from tests.engine.real import docker_engine, node_image

_numbers = count(1)


@dataclass(frozen=True)
class Bench:
    """An engine with a place for the containers of one test: they carry ``labels``, and are removed after it."""

    engine: Engine
    image: str
    name: str

    @property
    def labels(self) -> dict[str, str]:
        return {"wiretale.test": self.name}

    def spec(self, *command: str, suffix: str = "", **more: Any) -> ContainerSpec:
        """Describe a container; without a command it sleeps."""
        labels = self.labels | more.pop("labels", {})
        command = command or ("sleep", "infinity")
        return ContainerSpec(self.name + suffix, self.image, command, labels=labels, **more)

    def running(self, *command: str, **more: Any) -> str:
        """Create and start a container; return its name."""
        spec = self.spec(*command, **more)
        self.engine.create(spec)
        self.engine.start(spec.name)
        return spec.name

    def tidy(self) -> None:
        for container in self.engine.containers(self.labels):
            self.engine.remove(container.id)


def _bench(engine: Engine, image: Callable[[], str]) -> Iterator[Bench]:
    bench = Bench(engine, image(), f"wiretale-test-{os.getpid()}-{next(_numbers)}")
    try:
        yield bench
    finally:
        bench.tidy()


@pytest.fixture(params=["fake", pytest.param("docker", marks=pytest.mark.docker)])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "fake":
        yield from _bench(FakeEngine(), lambda: "any")
    else:
        yield from _bench(docker_engine(), node_image)


@pytest.fixture
def docker_bench() -> Iterator[Bench]:
    yield from _bench(docker_engine(), node_image)
