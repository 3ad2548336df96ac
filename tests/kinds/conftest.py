"""A small home network on paper, for the tests of the kinds."""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Interface, IPv4Network
from typing import Any

import pytest

from lab.kinds import named
from lab.kinds.kind import Setup, Surroundings
from lab.topology.model import Complaint, Link, Network, Topology

NETWORKS = {"lan": IPv4Network("192.168.1.0/24"), "access": IPv4Network("198.18.1.0/24")}


def links(places: Mapping[str, int]) -> dict[str, Link]:
    return {network: _link(network, number) for network, number in places.items()}


def _link(network: str, number: int) -> Link:
    subnet = NETWORKS[network]
    address = IPv4Interface((int(subnet[number]), subnet.prefixlen))
    return Link(network=network, ip=address, mac=f"02:00:00:00:00:{number:02x}")


def home(**nodes: tuple[str, Mapping[str, int], Mapping[str, Any]]) -> Topology:
    """Return a topology with these nodes: name=(kind, links, options)."""
    return Topology(
        name="home",
        networks={name: Network(name=name, subnet=subnet) for name, subnet in NETWORKS.items()},
        nodes={name: named(kind)(links=links(places), **options) for name, (kind, places, options) in nodes.items()},
    )


class One:
    """One node of a kind, with a host called ``web`` (192.168.1.80), a router and a root server beside it."""

    def __init__(self, kind: str, places: Mapping[str, int], options: Mapping[str, Any]) -> None:
        self.topology = home(
            node=(kind, places, options),
            web=("host", {"lan": 80}, {}),
            gate=("router", {"lan": 1, "access": 2}, {}),
            root=("nameserver", {"access": 4}, {"zones": {".": {}}}),
        )

    @property
    def setup(self) -> Setup:
        return self.topology.nodes["node"].setup(Surroundings("node", self.topology))  # type: ignore[attr-defined]

    @property
    def complaints(self) -> list[Complaint]:
        return list(self.topology.nodes["node"].complaints("node", self.topology))

    @property
    def files(self) -> dict[str, str]:
        return {file.path: file.content for file in self.setup.files}


@pytest.fixture
def one() -> Callable[..., One]:
    def make(kind: str, places: Mapping[str, int] | None = None, **options: Any) -> One:
        return One(kind, places or {"lan": 53}, options)

    return make
