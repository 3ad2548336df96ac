"""What labs are measured against: containers made by threads of the bare Docker SDK, without or with Docker networks.

A program of its own, so that it starts as a command of ours does: `python -m lab.bench.bare up IMAGE COUNT CABLES`.
"""

import getpass
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lab.instance import Instance
from lab.interrupts import unbroken
from lab.progress import Nobody

if TYPE_CHECKING:
    import docker

LAB = "_bench"
"""The lab that bare containers belong to, so that `clean` finds them; no lab of a user's can be called so."""

AT_ONCE = 8
"""Requests to the engine at a time, as many as for labs."""

_IDLE = ("sleep", "infinity")


def instance() -> Instance:
    """Return the instance whose labels all that is made here carries."""
    return Instance(getpass.getuser(), LAB)


class Bare:
    """Makes and removes what is there of the bench on an engine."""

    def __init__(self, client: "docker.DockerClient", image: str) -> None:
        self._api = client.api
        self._image = image
        self._labels = instance().labels

    def up(self, count: int) -> None:
        """Create and start so many containers, and one more that ends at once and vanishes, as the wiring does."""
        specs = [(f"n{number}", _IDLE, False) for number in range(count)]
        _all_at(self._started, [("w", ("true",), True), *specs])

    def up_with_networks(self, cables: int) -> None:
        """Make a chain as one would by hand: a Docker network for each cable, a container at each end of it."""
        _all_at(self._network, range(cables))
        _all_at(self._linked, [(number, cables) for number in range(cables + 1)])

    def _network(self, number: int) -> None:
        from docker.types import IPAMConfig, IPAMPool

        # 198.18.0.0/15 is set aside for benchmarks, RFC 2544; the engine's own pools end after 31 networks.
        subnet = f"198.{18 + (number >> 13)}.{number >> 5 & 255}.{(number & 31) * 8}/29"
        pools = IPAMConfig(pool_configs=[IPAMPool(subnet=subnet)])
        self._api.create_network(self._name(f"c{number}"), "bridge", ipam=pools, internal=True, labels=self._labels)

    def _linked(self, place: tuple[int, int]) -> None:
        number, cables = place
        first, *second = [self._name(f"c{at}") for at in (number - 1, number) if 0 <= at < cables]
        container = self._create(f"n{number}", _IDLE, False, first)
        for network in second:
            self._api.connect_container_to_network(container, network)
        self._api.start(container)

    def _started(self, spec: tuple[str, tuple[str, ...], bool]) -> None:
        self._api.start(self._create(*spec, "none"))

    def _create(self, name: str, command: tuple[str, ...], vanishes: bool, network: str) -> str:
        host: dict[str, Any] = self._api.create_host_config(network_mode=network, auto_remove=vanishes)
        made: dict[str, Any] = self._api.create_container(
            self._image,
            name=self._name(name),
            entrypoint=list(command),
            host_config=host,
            network_disabled=network == "none",
            labels=self._labels,
        )
        return str(made["Id"])

    def _name(self, name: str) -> str:
        return instance().container(name)

    def down(self) -> None:
        """Remove all of it, and return when it is gone."""
        wanted = {"label": [f"{key}={value}" for key, value in self._labels.items()]}
        _all_at(self._remove, [one["Id"] for one in self._api.containers(all=True, filters=wanted)])
        _all_at(self._api.remove_network, [one["Id"] for one in self._api.networks(filters=wanted)])

    def _remove(self, container: str) -> None:
        from docker.errors import APIError

        with suppress(APIError):  # the one that vanishes may be on its way already
            self._api.remove_container(container, force=True, v=True)


def _all_at(work: Callable[[Any], object], items: Iterable[Any]) -> None:
    """Do the same to all, some at a time. Ctrl-C waits for what was begun, so that all that was made can be found."""
    with unbroken(), ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(work, items))


def main(verb: str, image: str, count: str, cables: str) -> None:
    """Do one thing; ``cables`` is 0 where there are to be no networks."""
    from lab.engine import discovery

    bare = Bare(discovery.connect(Nobody()), image)
    if verb == "down":
        bare.down()
    elif int(cables):
        bare.up_with_networks(int(cables))
    else:
        bare.up(int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
