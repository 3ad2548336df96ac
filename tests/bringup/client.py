"""A client in a process of its own, which the tests kill: ``python -m tests.bringup.client up|tap OWNER NAME``.

It prints the steps of an ``up`` as they begin and "done" after its work; a tap then waits for the end of its input.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from lab.instance import Instance
from lab.progress import Nobody
from lab.tap import tapping
from lab.upkeep import up
from tests.bringup.small import blueprint
from tests.engine.real import docker_engine, node_image


class Steps(Nobody):
    """Tells the steps as they begin."""

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        tell(what)
        yield


def main(verb: str, owner: str, name: str) -> None:
    engine, instance = docker_engine(), Instance(owner, name)
    if verb == "up":
        up(engine, instance, blueprint(node_image()), Steps())
        tell("done")
    else:
        with tapping(engine, instance):
            tell("done")
            sys.stdin.read()


def tell(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
