"""For each proof of addresses there is one change to the lab, or to the story, that turns it red."""

from contextlib import contextmanager
from ipaddress import IPv4Address

import pytest

from lab import wiring
from lab.running import RunningNode
from tests.live.altering import filtered, pid_of, unchanged, written

pytestmark = pytest.mark.docker


@contextmanager
def one_address_more(lab, monkeypatch):
    """The router has an address outside that nobody planned, and that is private."""
    pid = pid_of(lab, "router")
    lab._hands.do([{"do": "ip", "pid": pid, "batch": ["addr add 10.9.9.9/32 dev wan"]}])
    try:
        yield
    finally:
        lab._hands.do([{"do": "ip", "pid": pid, "batch": ["addr del 10.9.9.9/32 dev wan"]}])


@contextmanager
def pinged_otherwise(monkeypatch, old, new):
    """Have those who ping ping another address than the story says."""
    attempt = RunningNode.attempt

    def other(node, *argv, **options):
        words = [new if word == old else word for word in argv] if argv[0] == "ping" else argv
        return attempt(node, *words, **options)

    with monkeypatch.context() as patch:
        patch.setattr(RunningNode, "attempt", other)
        yield


def loopback_outside(lab, monkeypatch):
    """The router answers as if it were loopback."""
    return filtered(lab, "router", "output", "icmp type echo-reply ip saddr set 127.0.0.1")


def own_address_outside(lab, monkeypatch):
    """What Ann sends to the router leaves with her own address as its goal."""
    ann, router = lab["ann"].ip, lab["router"].on("lan-a").ip
    return filtered(lab, "ann", "output", f"ip daddr {router} icmp type echo-request ip daddr set {ann}")


def router_is_silent(lab, monkeypatch):
    """The router answers no ping."""
    return filtered(lab, "router", "input", "icmp type echo-request drop")


@contextmanager
def bits_read_askew(lab, monkeypatch):
    """The story reads addresses from their second bit on."""
    with monkeypatch.context() as patch:
        patch.setattr(IPv4Address, "packed", property(lambda self: (int(self) << 1).to_bytes(5, "big")[1:]))
        yield


def another_group(lab, monkeypatch):
    """Ann writes to another group: all routers."""
    return pinged_otherwise(monkeypatch, "224.0.0.1", "224.0.0.2")


def the_last_of_the_subnet(lab, monkeypatch):
    """Ann writes to the last address of her subnet, not to the last of all."""
    return pinged_otherwise(monkeypatch, "255.255.255.255", "192.168.1.255")


def one_answers(lab, monkeypatch):
    """Ben takes what is for everybody as meant for him, and answers."""
    return filtered(lab, "ben", "prerouting", f"ip daddr 255.255.255.255 ip daddr set {lab['ben'].ip}")


def no_mail(lab, monkeypatch):
    """The web server refuses port 25, although a program listens there."""
    return filtered(lab, "web", "input", "tcp dport 25 reject with tcp reset")


def no_names_by_tcp(lab, monkeypatch):
    """The name server takes questions by UDP only."""
    return filtered(lab, "dns", "input", "tcp dport 53 reject with tcp reset")


def refused_in_other_words(lab, monkeypatch):
    """The web server refuses port 81 by ICMP."""
    return filtered(lab, "web", "input", "tcp dport 81 reject")


def name_in_hosts(lab, monkeypatch):
    """The stranger has the name in a list of its own, and asks nobody."""
    own = next(file for file in wiring._own_files(lab.plan, lab["stranger"].plan) if file.path == "/etc/hosts")
    return written(lab, "stranger", own, own.content + f"{lab['web'].ip} python.org\n")


def another_page_inside(lab, monkeypatch):
    """The server inside has another page."""
    page = next(file for file in lab["server"].plan.setup.files if file.path.endswith("/1.html"))
    return written(lab, "server", page, page.content.replace("At home", "At work"))


def router_refuses_in_other_words(lab, monkeypatch):
    """The router refuses its port 80 by ICMP."""
    return filtered(lab, "router", "input", "tcp dport 80 reject")


TABLE = {
    unchanged: set(),
    one_address_more: {
        "a node has an address on each of its networks and one for itself",
        "the routers addresses are private inside and public outside",
    },
    loopback_outside: {
        "what one sends to oneself is answered",
        "what one sends to loopback appears on no wire",
        "what one sends to a neighbour appears and is answered",
    },
    own_address_outside: {
        "what one sends to oneself is answered",
        "what one sends to loopback appears on no wire",
        "what one sends to ones own address appears on no wire",
        "what one sends to a neighbour appears and is answered",
    },
    router_is_silent: {
        "what one sends to oneself is answered",
        "what one sends to a neighbour appears and is answered",
    },
    bits_read_askew: {"the first bits of an address tell its class"},
    another_group: {
        "a packet for a group goes to the groups mac and to everybody",
        "what is meant for all stays on its network",
    },
    the_last_of_the_subnet: {
        "the last address goes to everybody by the mac of all",
        "what is meant for all stays on its network",
        "nobody answers what is meant for all",
    },
    one_answers: {"nobody answers what is meant for all"},
    no_mail: {
        "an open port answers syn with syn and ack",
        "only the closed port resets",
        "behind each port stands a program that notices who comes",
    },
    no_names_by_tcp: {"names are told at port 53 by tcp as well"},
    refused_in_other_words: {"a closed port answers with a reset", "only the closed port resets"},
    name_in_hosts: {"without a port http means port 80 of the address behind the name"},
    another_page_inside: {"the port in a url is the one that is asked"},
    router_refuses_in_other_words: {
        "without it another door of the same address is asked and nobody is there",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("two-lans")
    with change(lab, monkeypatch):
        turned = red("addresses", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("addresses") == set.union(*TABLE.values())
