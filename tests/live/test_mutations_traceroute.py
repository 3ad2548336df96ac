"""For each proof of traceroute there is one change to the lab, or to the story, that turns it red."""

from contextlib import ExitStack

import pytest

from lab import tracing
from tests.live.altering import filtered, names_in_hosts, said_otherwise, unchanged

pytestmark = pytest.mark.docker

QUOTED_PROTOCOL, QUOTED_ID, QUOTED_TTL = "@th,136,8", "@th,96,16", "@th,128,8"
"""Fields of the header that an ICMP error quotes, as nftables counts bits (RFC 792)."""


def router_does_not_count(lab, monkeypatch):
    """The first router makes the time to live of everything that enters 64."""
    return filtered(lab, "router", "prerouting", "ip ttl set 64")


def neighbours_known(lab, monkeypatch):
    """The victim has the router's MAC in writing, and scapy leaves the link layer to the kernel."""
    both = ExitStack()
    both.enter_context(said_otherwise(monkeypatch, "import *", "import *; conf.L3socket = L3RawSocket"))
    both.enter_context(lab["victim"].pinning(lab["router"].on("lan")))
    return both


def from_two(lab, monkeypatch):
    """The first probe may go two steps."""
    return said_otherwise(monkeypatch, "maxttl=6", "minttl=2, maxttl=6")


def other_ports(lab, monkeypatch):
    """The probes leave from other ports."""
    return said_otherwise(monkeypatch, "50000", "60000")


def other_interface(lab, monkeypatch):
    """The second router complains with the address of its far side."""
    return filtered(lab, "isp", "postrouting", "icmp type time-exceeded ip saddr set 198.18.2.1")


def other_packet_quoted(lab, monkeypatch):
    """The first router quotes a packet that nobody sent."""
    rule = f"icmp type time-exceeded {QUOTED_PROTOCOL} 6 {QUOTED_ID} set 0x1234"
    return filtered(lab, "router", "postrouting", rule)


def other_ttl_quoted(lab, monkeypatch):
    """The first router says that seven steps were left."""
    return filtered(lab, "router", "postrouting", f"icmp type time-exceeded {QUOTED_PROTOCOL} 6 {QUOTED_TTL} set 7")


def web_refuses(lab, monkeypatch):
    """The web server refuses connections."""
    return filtered(lab, "web", "input", "tcp dport 80 reject with tcp reset")


def isp_is_silent(lab, monkeypatch):
    """The second router throws packets away without a word."""
    return filtered(lab, "isp", "output", "icmp type time-exceeded drop")


def web_prohibits(lab, monkeypatch):
    """The web server says that something forbids the packet, not that nobody listens."""
    return filtered(lab, "web", "input", "meta l4proto udp reject with icmp admin-prohibited")


def systems_unknown(lab, monkeypatch):
    """Nobody says to whom the addresses belong."""
    known = tracing.systems
    monkeypatch.setattr(tracing, "systems", lambda plan: dict.fromkeys(known(plan), tracing.System(0, "?")))
    return unchanged(lab, monkeypatch)


TABLE = {
    unchanged: set(),
    names_in_hosts: {
        "each time the name is asked for first",
        "the graph names the system of every hop by the lab and not by whois",
    },
    router_does_not_count: {
        "a packet with a time to live of 1 dies in the first router",
        "each router complains from the interface that faces the victim",
        "each complaint quotes the probe that died",
        "a probe has one step left when it dies",
        "no probe gets further than its time to live",
        "the last answer comes from the web server itself",
        "the victims kernel hangs up on connections that it never asked for",
        "scapy prints the way that the plan computes",
        "the systems traceroute agrees",
        "the systems probes are answered one after the other",
        "the graph is well formed and holds every hop",
        "the graph names the system of every hop by the lab and not by whois",
    },
    neighbours_known: {
        "scapy finds the routers mac by arp before its first probe",
    },
    from_two: {
        "scapy finds the routers mac by arp before its first probe",
        "the probes have the times to live 1 2 3 and so on",
        "each probe asks for a connection of its own",
        "each router complains from the interface that faces the victim",
        "each complaint quotes the probe that died",
        "a probe has one step left when it dies",
        "no probe gets further than its time to live",
        "the last answer comes from the web server itself",
        "the victims kernel hangs up on connections that it never asked for",
        "scapy prints the way that the plan computes",
        "the graph is well formed and holds every hop",
        "the graph names the system of every hop by the lab and not by whois",
    },
    other_ports: {
        "each probe asks for a connection of its own",
        "no probe gets further than its time to live",
        "the last answer comes from the web server itself",
        "the victims kernel hangs up on connections that it never asked for",
    },
    other_interface: {
        "each router complains from the interface that faces the victim",
        "each complaint quotes the probe that died",
        "scapy prints the way that the plan computes",
        "the systems traceroute agrees",
        "the systems probes are answered one after the other",
        "the graph is well formed and holds every hop",
        "the graph names the system of every hop by the lab and not by whois",
    },
    other_packet_quoted: {
        "each complaint quotes the probe that died",
    },
    other_ttl_quoted: {
        "a probe has one step left when it dies",
    },
    web_refuses: {
        "the last answer comes from the web server itself",
        "the victims kernel hangs up on connections that it never asked for",
        "scapy prints the way that the plan computes",
    },
    isp_is_silent: {
        "each router complains from the interface that faces the victim",
        "each complaint quotes the probe that died",
        "a probe has one step left when it dies",
        "scapy prints the way that the plan computes",
        "the systems traceroute agrees",
        "the systems probes are answered one after the other",
        "the graph is well formed and holds every hop",
        "the graph names the system of every hop by the lab and not by whois",
    },
    web_prohibits: {
        "the systems probes are answered one after the other",
        "the systems probes arrive where nobody listens",
    },
    systems_unknown: {
        "the graph names the system of every hop by the lab and not by whois",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("home-lan")
    with change(lab, monkeypatch):
        turned = red("traceroute", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("traceroute") == set.union(*TABLE.values())
