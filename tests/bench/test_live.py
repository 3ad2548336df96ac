"""A small bench on the real engine: it measures what it says, and leaves nothing."""

import os

import pytest

from lab import kinds
from lab.bench.bare import Bare, instance
from lab.bench.measuring import Sizes, bench, measured
from lab.client import Client
from lab.engine import discovery, images
from lab.progress import Nobody
from tests.residue import Machine

pytestmark = pytest.mark.docker

OWNER = f"bench-{os.getpid()}"
SMALL = Sizes(topologies=(), chains=(3,), by_hand=(3,), idle=2, rates=(1000,), seconds=0.3)


@pytest.fixture
def docker(monkeypatch):
    monkeypatch.setenv("LOGNAME", OWNER)
    return discovery.connect(Nobody())


@pytest.fixture
def image(docker):
    return images.ensure(docker, Nobody(), kinds.sharing())


def test_a_small_bench_measures_and_leaves_nothing(docker, image):
    machine = Machine.as_it_is(docker, OWNER)
    with bench(docker, Client.connected(Nobody()), image, 1, SMALL, Nobody()) as at_work:
        floor, hand, tap = (measured(at_work, part).figures for part in ("a", "b", "f"))
    assert all(len(floor[f"chain-3/{who}/{verb}"]) == 1 for who in ("lab", "bare") for verb in ("up", "down"))
    assert floor["chain-3/lab/containers"] < floor["chain-3/lab/up"]
    assert hand["chain-3/hand/up"] > (0,)
    assert tap["1000/sent"] == tap["1000/seen"] == (300,)
    assert tap["1000/drops"] == (0,)
    assert all(tap[f"1000/{who}"] > (0,) for who in ("sender", "tap", "client"))
    machine.assert_clean()
    assert not networks(docker)


def test_containers_and_networks_by_hand_are_a_chain(docker, image):
    bare = Bare(docker, image)
    try:
        bare.up_with_networks(2)
        ends = {one.name.split(".")[-1]: len(one.attrs["NetworkSettings"]["Networks"]) for one in there(docker)}
        assert ends == {"n0": 1, "n1": 2, "n2": 1}
        assert len(networks(docker)) == 2
    finally:
        bare.down()
    assert there(docker) == networks(docker) == []


def there(docker):
    return docker.containers.list(all=True, filters=wanted())


def networks(docker):
    return docker.networks.list(filters=wanted())


def wanted():
    return {"label": [f"{key}={value}" for key, value in instance().labels.items()]}
