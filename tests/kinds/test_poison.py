"""The attack refuses to run anywhere but against the networks of a lab. No frame is sent here."""

import json
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "images/node/rootfs/usr/local/bin/poison"


@pytest.fixture(scope="module")
def poison():
    loader = SourceFileLoader("poison", str(PROGRAM))
    module = module_from_spec(spec_from_loader("poison", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def marker(tmp_path):
    file = tmp_path / "lab.json"
    networks = {"lan": "192.168.1.0/24", "access": "198.18.1.0/24"}
    file.write_text(json.dumps({"topology": "home", "node": "attacker", "networks": networks}))
    return file


def test_outside_a_lab_it_refuses_in_one_line():
    command = [sys.executable, PROGRAM, "192.168.1.23", "192.168.1.1"]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 2
    assert done.stderr == "poison: this is not a node of a lab, and it runs nowhere else\n"
    assert done.stdout == ""


@pytest.mark.parametrize("words", [(), ("192.168.1.23",), ("victim", "192.168.1.1"), ("192.168.1.23", "1.1.1.1.1")])
def test_it_takes_two_addresses(poison, capsys, words):
    with pytest.raises(SystemExit, match="2"):
        poison.arguments(words)
    assert "usage: poison" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("victim", "gateway", "why"),
    [
        ("192.168.1.23", "192.168.2.1", "not on one network of this node (lan 192.168.1.0/24, access 198.18.1.0/24)"),
        ("8.8.8.8", "192.168.1.1", "not on one network"),
        ("192.168.1.23", "198.18.1.1", "not on one network"),
        ("192.168.1.1", "192.168.1.1", "cannot be both"),
    ],
)
def test_in_a_lab_it_refuses_addresses_that_do_not_share_a_network_with_it(
    poison, marker, capsys, monkeypatch, victim, gateway, why
):
    monkeypatch.setattr(poison, "attack", lambda *_: pytest.fail("it attacked"))
    assert poison.main([victim, gateway], marker) == 2
    assert why in capsys.readouterr().err


def test_it_works_on_the_network_that_both_are_on(poison):
    known = {"lan": IPv4Network("192.168.1.0/24"), "access": IPv4Network("198.18.1.0/24")}
    assert poison.common_network(IPv4Address("198.18.1.1"), IPv4Address("198.18.1.2"), known) == "access"


def test_a_lie_and_the_truth_differ_in_one_field_and_both_come_from_the_true_sender(poison):
    victim = poison.Neighbour("192.168.1.23", "02:00:00:00:00:23")
    me, gateway = "02:00:00:00:00:66", "02:00:00:00:00:01"
    lie, truth = (poison.says("192.168.1.1", mac, victim, me) for mac in (me, gateway))
    assert (lie.hwsrc, truth.hwsrc) == (me, gateway)
    for frame in (lie, truth):
        assert (frame.src, frame.dst, frame.op) == (me, victim.mac, 2)
        assert (frame.psrc, frame.pdst, frame.hwdst) == ("192.168.1.1", victim.ip, victim.mac)
