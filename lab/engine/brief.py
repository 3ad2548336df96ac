"""A container for a moment: it ends with us and is gone then, and `clean` finds what a killed client left of one."""

import getpass
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

from lab.engine.protocol import ContainerSpec, Engine, Session
from lab.errors import EngineError
from lab.instance import MAKER, OWNER, ROLE, Instance
from lab.interrupts import one_interrupt, unbroken

LAB = "_brief"
"""The lab that such containers belong to; no lab of a user's can be called so."""

_ROLE = "brief"


@dataclass(frozen=True)
class Brief:
    """A brief container that runs: its name, and the standard streams of its program."""

    name: str
    session: Session


@contextmanager
def brief(engine: Engine, spec: ContainerSpec, owner: str = "") -> Iterator[Brief]:
    """Hold a container that is described but for its name and labels; afterwards there is none, whatever happened.

    Its program must end when its input does: that is how it learns that we were killed.
    """
    instance, key = Instance(owner or getpass.getuser(), LAB), uuid4().hex
    name = f"{instance.container(spec.hostname or 'one')}-{key[:8]}"
    labels: Mapping[str, str] = {**instance.labels, ROLE: _ROLE, MAKER: key}
    with one_interrupt():
        try:
            with unbroken():
                engine.create(replace(spec, name=name, labels=labels, keeps_input=True, vanishes=True))
            with engine.attach(name) as session:
                engine.start(name)
                yield Brief(name, session)
        finally:
            for container in engine.containers({MAKER: key, OWNER: instance.owner}):
                engine.remove(container.id)


def printed(engine: Engine, image: str, *argv: str) -> bytes:
    """Run a program of an image to its end and return what it printed; nothing is an ``EngineError``."""
    with brief(engine, ContainerSpec("", image, argv, hostname="question")) as one:
        said = b"".join(iter(one.session.read, b""))
        if not said:
            raise EngineError(f"{argv[0]} in {image}: {one.session.finish().stderr.strip() or 'it said nothing'}")
    return said
