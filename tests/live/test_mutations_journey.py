"""For each proof of the journey there is one change to the lab, or to the story, that turns it red."""

from contextlib import contextmanager

import pytest

from lab import wiring
from lab.kinds.kind import File
from lab.recorder import Recording
from tests.live.altering import filtered, pid_of, said_otherwise, unchanged, written

pytestmark = pytest.mark.docker

OTHER_MAC = "02:00:00:00:00:99"


def name_in_hosts(lab, monkeypatch):
    """The laptop has the name in its own list, and asks nobody."""
    own = next(file for file in wiring._own_files(lab.plan, lab.plan["laptop"]) if file.path == "/etc/hosts")
    return written(lab, "laptop", own, own.content + f"{lab['web'].ip} python.org\n")


def resolver_of_its_own_choice(lab, monkeypatch):
    """The laptop asks the provider's resolver itself."""
    before = lab["laptop"].run("cat", "/etc/resolv.conf").stdout
    file = File("/etc/resolv.conf", before)
    return written(lab, "laptop", file, f"nameserver {lab['resolver'].ip}\noptions no-aaaa\n")


@contextmanager
def asked_just_now(lab, monkeypatch):
    """Somebody has asked for the name just now, and nobody forgets it."""
    lab.forget()
    lab["laptop"].run("getent", "hosts", "python.org")
    monkeypatch.setattr(lab, "forget", lambda: None)
    yield


def in_haste(lab, monkeypatch):
    """The browser guesses the number before it asks."""
    guess = '_ = run(["ping", "-c", "1", "198.18.31.80"], capture_output=True); address = gethostbyname'
    return said_otherwise(monkeypatch, "address = gethostbyname", guess)


def router_does_not_count(lab, monkeypatch):
    """A router on the way makes the time to live of everything that enters 64."""
    return filtered(lab, "cambridge", "prerouting", "ip ttl set 64")


@contextmanager
def other_mac(lab, monkeypatch):
    """The last router has another MAC than the plan says."""
    pid, usual = pid_of(lab, "swcolo2"), lab.plan["swcolo2"].on("colo").mac
    lab._hands.do([{"do": "ip", "pid": pid, "batch": [f"link set dev colo address {OTHER_MAC}"]}])
    try:
        yield
    finally:
        lab._hands.do([{"do": "ip", "pid": pid, "batch": [f"link set dev colo address {usual}"]}])


@contextmanager
def translated_twice(lab, monkeypatch):
    """A router of the provider translates as well."""
    pid = pid_of(lab, "cambridge")
    rules = (
        "type nat hook postrouting priority srcnat; policy accept;",
        'oifname "cam-nee" ip daddr 198.18.31.80 masquerade',
    )
    lab._hands.do(wiring.filters(pid, "\n".join(["table ip mutation {", "chain out {", *rules, "}", "}", ""])))
    try:
        yield
    finally:
        lab._hands.do(wiring.filters(pid, "delete table ip mutation\n"))
        lab._hands.do([{"do": "forget", "pid": pid, "interfaces": [], "conntrack": True}])


@contextmanager
def routed(lab, node, to, via):
    pid = pid_of(lab, node)
    lab._hands.do([{"do": "ip", "pid": pid, "batch": [f"route add {to} via {via}"]}])
    try:
        yield
    finally:
        lab._hands.do([{"do": "ip", "pid": pid, "batch": [f"route del {to} via {via}"]}])


def back_by_iceland(lab, monkeypatch):
    """What goes back to the home takes the way that is a backup."""
    return routed(lab, "core", lab.plan["openwrt"].on("last-mile").ip, lab.plan["reykjavik"].on("rey-core").ip)


def there_by_iceland(lab, monkeypatch):
    """What goes to the web server takes the way that is a backup, and crosses fewer wires."""
    return routed(lab, "nyk", lab["web"].ip, lab.plan["reykjavik"].on("nyk-rey").ip)


def first_syn_lost(lab, monkeypatch):
    """The web server does not hear every other SYN."""
    return filtered(lab, "web", "input", "tcp flags syn / syn,ack numgen inc mod 2 == 0 drop")


def early_word(lab, monkeypatch):
    """The browser says something as soon as the connection stands."""
    return said_otherwise(monkeypatch, "print('connected')", r"connection.sendall(b'\r\n'); print('connected')")


def other_words(lab, monkeypatch):
    """The browser spells its request otherwise."""
    return said_otherwise(monkeypatch, "Connection: close", "connection: close")


def other_page(lab, monkeypatch):
    """The web server has another page than the topology says."""
    page = next(file for file in lab.plan["web"].setup.files if "<title>" in file.content)
    return written(lab, "web", page, page.content.replace("Welcome", "Farewell"))


def hangs_up(lab, monkeypatch):
    """The browser drops the connection instead of closing it."""
    linger = "import socket; connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, *[0] * 7])); "
    return said_otherwise(monkeypatch, "connection.close()", f"{linger}connection.close()")


def nobody_marks(lab, monkeypatch):
    """The story does not say which frames answer its questions."""
    monkeypatch.setattr(Recording, "marks", lambda recording, pattern, question: None)
    return unchanged(lab, monkeypatch)


FIRST_MAC = "before anything else the laptop finds the mac of its router"
ASKS = "the laptop asks its router and the router the resolver"
DOWN = "the resolver asks its way down from the root"
NUMBER = "the number comes with authority and goes back to the laptop"
NOTHING_BEFORE = "nothing goes to the number before it is known"
WIRES = "a packet crosses fifteen wires between the laptop and the web server"
LIVES = "the time to live falls by one on each wire"
MACS = "on each wire the macs are those of its two ends"
SENDER = "the sender changes once where the home meets the world"
BACK = "the reply comes back by the same way to the laptops own address"
HANDSHAKE = "a connection is agreed on with three packets"
NO_WORD = "no word is said before the connection stands"
REQUEST = "the request asks for the page of that name"
SAME = "what is said stays the same on every wire"
PAGE = "the page that arrives is the one that the server has"
END = "the connection ends in both directions"
ANSWERED = "each question is answered by one frame that comes to the laptop"
READERS = "all on the way could read it and nobody else"

TABLE = {
    unchanged: set(),
    name_in_hosts: {FIRST_MAC, ASKS, DOWN, NUMBER, NOTHING_BEFORE, ANSWERED},
    resolver_of_its_own_choice: {FIRST_MAC, ASKS, NUMBER, NOTHING_BEFORE},
    asked_just_now: {FIRST_MAC, DOWN, NUMBER},
    in_haste: {FIRST_MAC, NOTHING_BEFORE},
    router_does_not_count: {LIVES},
    other_mac: {MACS},
    translated_twice: {SENDER},
    back_by_iceland: {BACK, READERS},
    there_by_iceland: {WIRES, LIVES, MACS, SENDER, SAME, READERS},
    first_syn_lost: {HANDSHAKE},
    early_word: {NO_WORD, HANDSHAKE},
    other_words: {REQUEST, SAME},
    other_page: {PAGE},
    hangs_up: {END},
    nobody_marks: {ANSWERED},
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("internet")
    with change(lab, monkeypatch):
        turned = red("journey", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("journey") == set.union(*TABLE.values())
