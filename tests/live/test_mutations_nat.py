"""For each proof of nat there is one change to the lab that turns it red."""

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from ipaddress import IPv4Interface

import pytest

from tests.live.altering import filtered, pid_of, unchanged, written

pytestmark = pytest.mark.docker

TO_SERVER = "ip saddr 192.168.1.80 snat to 198.18.1.10"
TO_ALL = 'oifname "wan" masquerade'
POOL = "snat to meta mark map"
DOORS = "ip daddr 198.18.1.10 dnat to"
HAIRPIN = "ip saddr 192.168.1.0/24 ct status dnat masquerade"


@contextmanager
def ruled(lab, monkeypatch, old, new):
    """Have the router translate by other rules, which are loaded before each story."""
    plan, router = lab.plan, lab.plan["router"]
    assert router.setup.firewall.count(old) == 1
    setup = replace(router.setup, firewall=router.setup.firewall.replace(old, new))
    with monkeypatch.context() as patch:
        patch.setattr(lab, "plan", replace(plan, nodes={**plan.nodes, "router": replace(router, setup=setup)}))
        yield
    lab.forget()


def with_rule(lab, monkeypatch, before, rule):
    """Put a rule before another one."""
    return ruled(lab, monkeypatch, before, f"{rule}\n\t\t{before}")


def other_port_of_the_server(lab, monkeypatch):
    """The server's port is exchanged as well."""
    return ruled(lab, monkeypatch, TO_SERVER, f"meta l4proto tcp {TO_SERVER}:40500")


def miscounted(lab, monkeypatch):
    """The router counts more hops than one."""
    return filtered(lab, "router", "postrouting", 'oifname "wan" ip ttl set 50')


def provider_with_a_private_address(lab, monkeypatch):
    """The provider complains with an address of somebody's home."""
    return filtered(lab, "isp", "postrouting", "icmp type destination-unreachable ip saddr set 192.168.1.1")


def another_page(lab, monkeypatch):
    """The server inside has another page."""
    page = next(file for file in lab["server"].plan.setup.files if file.path.endswith("/1.html"))
    return written(lab, "server", page, page.content.replace("At home", "At work"))


def ann_is_seen_as_ben(lab, monkeypatch):
    """Ann is seen with the second address of the pool, and another port."""
    rule = "ip saddr 192.168.1.23 meta l4proto tcp snat to 198.18.1.21:40700"
    return with_rule(lab, monkeypatch, POOL, rule)


def another_port_for_cleo(lab, monkeypatch):
    """The third one's port is exchanged, although it is free."""
    return with_rule(lab, monkeypatch, TO_ALL, "ip saddr 192.168.1.25 meta l4proto tcp masquerade to :40900")


def neighbours_written_down(lab, monkeypatch):
    """The provider has the MAC of the pool's addresses in writing, and asks nobody."""
    both, wan = ExitStack(), lab["router"].on("wan")
    for address in ("198.18.1.20/24", "198.18.1.21/24"):
        both.enter_context(lab["isp"].pinning(replace(wan, address=IPv4Interface(address))))
    return both


def other_ports_for_both(lab, monkeypatch):
    """Both of the two who chose one port get another one."""
    rules = [
        f"ip saddr 192.168.2.{host} meta l4proto tcp masquerade to :{port}" for host, port in ((23, 50500), (24, 50501))
    ]
    return with_rule(lab, monkeypatch, TO_ALL, "\n\t\t".join(rules))


def emil_from_the_pool(lab, monkeypatch):
    """Emil gets an address of the pool, so that nobody else has his port."""
    return with_rule(lab, monkeypatch, TO_ALL, "ip saddr 192.168.2.24 snat to 198.18.1.21")


@contextmanager
def hub(lab, monkeypatch):
    """The switch of LAN B learns nothing, and gives every frame to everybody."""
    switch, bridge = pid_of(lab, "_switch"), lab.plan.segment("lan-b").bridge
    change = "link set {} type bridge ageing_time {}"
    lab._hands.do([{"do": "ip", "pid": switch, "batch": [change.format(bridge, 0)]}])
    try:
        yield
    finally:
        lab._hands.do([{"do": "ip", "pid": switch, "batch": [change.format(bridge, 30000)]}])


def strangers_hidden(lab, monkeypatch):
    """The router speaks to the inside for strangers too."""
    return ruled(lab, monkeypatch, HAIRPIN, "ct status dnat masquerade")


def refused_in_other_words(lab, monkeypatch):
    """The router refuses at its own address by ICMP."""
    return filtered(lab, "router", "input", "ip daddr 198.18.1.2 meta l4proto tcp reject")


def another_door(lab, monkeypatch):
    """Port 22 is forwarded too, although nobody listens behind it."""
    return with_rule(lab, monkeypatch, DOORS, "ip daddr 198.18.1.2 tcp dport 22 dnat to 192.168.1.80")


def ann_is_open(lab, monkeypatch):
    """What comes for the address that Ann was seen with goes on to her."""
    return with_rule(lab, monkeypatch, DOORS, "ip daddr 198.18.1.20 dnat to 192.168.1.23")


TABLE = {
    unchanged: set(),
    other_port_of_the_server: {
        "the server is seen with the address that is always its own",
        "answers are exchanged back",
        "the web server says what it sees",
    },
    miscounted: {"the router exchanges the address and counts the hop and changes nothing else"},
    provider_with_a_private_address: {
        "no private address gets past the router",
        "no road leads to a private address",
    },
    another_page: {
        "a stranger reaches the server by that address",
        "the stranger gets the page of the server inside",
    },
    ann_is_seen_as_ben: {
        "who comes first gets an address of the pool and keeps its port",
        "the router answers for the addresses of the pool",
        "each answer comes back to who asked",
        "the address that ann was seen with does not lead to her",
    },
    another_port_for_cleo: {"for the third none is left and the router lends its own"},
    neighbours_written_down: {"the router answers for the addresses of the pool"},
    other_ports_for_both: {"the second one gets another port while the first one speaks"},
    emil_from_the_pool: {
        "both speak from the same port and are seen with the routers address",
        "the second one gets another port while the first one speaks",
        "the web server takes the two for one computer with two ports",
    },
    hub: {"each of the two gets its own answer and not the others"},
    strangers_hidden: {
        "a stranger reaches the server by that address",
        "who asks for the forwarded port comes to the server inside",
        "the servers answers come from the routers address and port",
        "of all that is knocked at only the forwarded port leads inside",
        "the address that ann was seen with does not lead to her",
    },
    refused_in_other_words: {"at other ports the router refuses for itself"},
    another_door: {"of all that is knocked at only the forwarded port leads inside"},
    ann_is_open: {
        "of all that is knocked at only the forwarded port leads inside",
        "the address that ann was seen with does not lead to her",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("two-lans")
    with change(lab, monkeypatch):
        turned = red("nat", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("nat") == set.union(*TABLE.values())
