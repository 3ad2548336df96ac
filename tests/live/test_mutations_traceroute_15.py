"""For each proof of the long traceroute there is one change to the lab, or to the story, that turns it red."""

from contextlib import nullcontext

import pytest

from lab import tracing, wiring
from lab.running import RunningNode
from tests.live.altering import filtered, said_otherwise, unchanged, written

pytestmark = pytest.mark.docker


def name_in_hosts(lab, monkeypatch):
    """The laptop has the name in its own list, and asks nobody."""
    own = next(file for file in wiring._own_files(lab.plan, lab.plan["laptop"]) if file.path == "/etc/hosts")
    return written(lab, "laptop", own, own.content + f"{lab['web'].ip} python.org\n")


def other_ports(lab, monkeypatch):
    """The probes leave from other ports."""
    return said_otherwise(monkeypatch, "50000", "60000")


def router_does_not_count(lab, monkeypatch):
    """A router on the way makes the time to live of everything that enters 64."""
    return filtered(lab, "cambridge", "prerouting", "ip ttl set 64")


def other_interface(lab, monkeypatch):
    """The fourth router complains with the address of its far side."""
    return filtered(
        lab, "needham", "postrouting", "icmp type time-exceeded ip saddr 198.18.10.22 ip saddr set 198.18.10.25"
    )


def other_packet_quoted(lab, monkeypatch):
    """The first router quotes packets that nobody sent."""
    rule = "icmp type time-exceeded ip saddr 192.168.1.1 @th,136,8 6 @th,96,16 set 0x1234"
    return filtered(lab, "openwrt", "postrouting", rule)


def web_refuses(lab, monkeypatch):
    """The web server refuses connections."""
    return filtered(lab, "web", "input", "tcp dport 80 reject with tcp reset")


def web_prohibits(lab, monkeypatch):
    """The web server says that something forbids the packet, not that nobody listens."""
    return filtered(lab, "web", "input", "meta l4proto udp reject with icmp admin-prohibited")


def web_takes_no_pings(lab, monkeypatch):
    """The web server forbids pings."""
    return filtered(lab, "web", "input", "icmp type echo-request reject with icmp admin-prohibited")


def types_otherwise(monkeypatch, changed):
    """Have every command be another one, whoever types it."""
    types = RunningNode.types
    monkeypatch.setattr(RunningNode, "types", lambda self, *argv: types(self, *changed(argv)))
    return nullcontext()


def without_names(lab, monkeypatch):
    """The system's traceroute wants no names at all."""
    return types_otherwise(monkeypatch, lambda argv: (argv[0], "-n", *argv[1:]))


def always_with_names(lab, monkeypatch):
    """It always wants them."""
    return types_otherwise(monkeypatch, lambda argv: tuple(word for word in argv if word != "-n"))


def resolver_remembers(lab, monkeypatch):
    """The resolver was asked for all names just now, and forgets none."""
    ask = lambda: lab["laptop"].run("traceroute", "-q", "1", "-N", "1", "python.org")  # noqa: E731
    monkeypatch.setattr(lab["resolver"], "forgets", ask)
    return nullcontext()


def systems_unknown(lab, monkeypatch):
    """Nobody says to whom the addresses belong."""
    known = tracing.systems
    monkeypatch.setattr(tracing, "systems", lambda plan: dict.fromkeys(known(plan), tracing.System(0, "?")))
    return nullcontext()


TABLE = {
    unchanged: set(),
    name_in_hosts: {
        "the home router is asked for the name before the first probe",
        "the system prints the same way with the name of each address or else the address",
        "each address is asked for its name in the order in which it complained",
        "each has a name but one of which it is said that there is none",
        "each name is said by the server that has the names of these addresses",
        "nobody is asked whose an address is",
    },
    other_ports: {
        "it is fifteen steps to python org",
        "sixteen probes have the times to live 1 to 16",
        "fourteen routers complain in the order of the plan",
        "those are answered by the web server itself",
    },
    router_does_not_count: {
        "it is fifteen steps to python org",
        "fourteen routers complain in the order of the plan",
        "each router complains from the interface that faces the laptop",
        "each complaint quotes the probe that died with one step left",
        "outside the home the routers complain to the home router which knows whose probe it was",
        "only probes that may go fifteen steps arrive",
        "those are answered by the web server itself",
        "scapy prints the way that the plan computes",
        "the system prints the same way with the name of each address or else the address",
        "each of its probes goes one step further and is answered before the next",
        "each address is asked for its name in the order in which it complained",
        "each has a name but one of which it is said that there is none",
        "each name is said by the server that has the names of these addresses",
        "pings find the same way and the web server answers the last",
        "connections find the same way and the web server agrees to the last",
        "the picture is well formed and holds every hop",
        "the picture has one box for each provider on the way",
    },
    other_interface: {
        "fourteen routers complain in the order of the plan",
        "each router complains from the interface that faces the laptop",
        "each complaint quotes the probe that died with one step left",
        "outside the home the routers complain to the home router which knows whose probe it was",
        "scapy prints the way that the plan computes",
        "the system prints the same way with the name of each address or else the address",
        "each of its probes goes one step further and is answered before the next",
        "each address is asked for its name in the order in which it complained",
        "each has a name but one of which it is said that there is none",
        "each name is said by the server that has the names of these addresses",
        "pings find the same way and the web server answers the last",
        "connections find the same way and the web server agrees to the last",
        "the picture is well formed and holds every hop",
    },
    other_packet_quoted: {
        "each complaint quotes the probe that died with one step left",
        "connections find the same way and the web server agrees to the last",
    },
    web_refuses: {
        "it is fifteen steps to python org",
        "those are answered by the web server itself",
        "scapy prints the way that the plan computes",
        "connections find the same way and the web server agrees to the last",
    },
    web_prohibits: {
        "each of its probes goes one step further and is answered before the next",
    },
    web_takes_no_pings: {
        "pings find the same way and the web server answers the last",
    },
    without_names: {
        "the system prints the same way with the name of each address or else the address",
        "each address is asked for its name in the order in which it complained",
        "each has a name but one of which it is said that there is none",
        "each name is said by the server that has the names of these addresses",
    },
    always_with_names: {
        "pings find the same way and the web server answers the last",
        "connections find the same way and the web server agrees to the last",
        "nobody is asked for names that are not wanted",
    },
    resolver_remembers: {
        "each name is said by the server that has the names of these addresses",
    },
    systems_unknown: {
        "the picture has one box for each provider on the way",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("internet")
    with change(lab, monkeypatch):
        turned = red("traceroute-15", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("traceroute-15") == set.union(*TABLE.values())
