"""What tests of labs on the fake engine share: the small lab brought up, one who listens, calls that are held up."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lab.errors import EngineError
from lab.instance import Instance
from lab.progress import Nobody
from lab.upkeep import up
from lab.waiting import until
from tests.bringup.small import blueprint
from tests.engine.fake import Call, FakeEngine

OURS = Instance("ada", "small")
EVERYTHING: dict[str, str] = {}


class Ear(Nobody):
    """A listener that remembers what was said."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def say(self, sentence: str) -> None:
        self.heard.append(sentence)


def bring_up(engine: FakeEngine, instance: Instance = OURS, **made_from: str) -> bool:
    """Bring the small lab up, and return whether there was anything to do."""
    return bool(up(engine, instance, blueprint(**made_from), Nobody()))


def names(engine: FakeEngine) -> list[str]:
    return [one.name.split(".")[-1] for one in engine.containers(EVERYTHING)]


def leaves_nothing(engine: FakeEngine) -> None:
    """Assert that no container is left; one that vanishes by itself is given the time."""
    until(lambda: not engine.containers(EVERYTHING), "the containers to be gone", within=5)


@contextmanager
def paused(engine: FakeEngine, at: Callable[[Call], bool]) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Hold up the first call that fits; give the events "it has come" and "it may go on"."""
    came, go = threading.Event(), threading.Event()

    def hold(call: Call) -> None:
        if at(call) and not came.is_set():
            came.set()
            go.wait(10)

    engine.disturb = hold
    try:
        yield came, go
    finally:
        engine.disturb = lambda call: None
        go.set()


def trouble_of(work: Callable[[], object]) -> BaseException | None:
    try:
        work()
    except (EngineError, KeyboardInterrupt) as trouble:
        return trouble
    return None


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith("ThreadPool")}
