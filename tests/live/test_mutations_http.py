"""For each proof of the HTTP story there is one change to the lab, or to the story, that turns it red."""

import pytest
from scapy.layers.inet import TCP

from lab.dialogue import Dialogue
from lab.kinds import http
from lab.recorder import Recording
from tests.live.altering import filtered, names_in_hosts, said_otherwise, typed_otherwise, unchanged

pytestmark = pytest.mark.docker

THE_FIRST, AFTER_TWO = "limit rate 1/day burst 1 packets", "limit rate over 1/day burst 2 packets"
"""Of the packets that fit the first one, or all after the second, in nftables' words."""


def handshake_unfinished(lab, monkeypatch):
    """The first segment that only acknowledges does not leave the victim: what comes next completes the handshake."""
    first_pure_ack = f"tcp dport 80 tcp flags == ack ip length 52 {THE_FIRST}"
    return filtered(lab, "victim", "output", f"{first_pure_ack} drop")


def not_as_typed(lab, monkeypatch):
    """What is sent is spelt otherwise than the story says."""
    waiting_for_the_answer_only(monkeypatch)
    return said_otherwise(monkeypatch, "Host", "HOST")


def all_at_once(lab, monkeypatch):
    """The request is sent in one piece."""
    waiting_for_the_answer_only(monkeypatch)
    types, lines = Dialogue.types, []

    def collected(self, line):
        lines.append(line)
        if not line:
            types(self, "\n".join(lines))

    monkeypatch.setattr(Dialogue, "types", collected)
    return unchanged(lab, monkeypatch)


def other_host(lab, monkeypatch):
    """The line of Python asks for another host of the same address."""
    return typed_otherwise(monkeypatch, lab, "python3", "python.org", "www.python.org")


def nobody_in_particular(lab, monkeypatch):
    """The line of Python does not say who asks."""
    opener = "__import__('urllib.request').request.build_opener(); o.addheaders = []; print(o.open("
    return typed_otherwise(monkeypatch, lab, "python3", "print(urlopen(", f"o = {opener}")


def other_case(lab, monkeypatch):
    """The line of Python prints something else than it received."""
    return typed_otherwise(monkeypatch, lab, "python3", ".decode()", ".decode().upper()")


def source_shown(lab, monkeypatch):
    """The browser shows the page as it came."""
    return typed_otherwise(monkeypatch, lab, "w3m", "-dump", "-dump_source")


def misread(lab, monkeypatch):
    """What telnet printed is taken for something else."""
    said = Dialogue.said.fget
    monkeypatch.setattr(Dialogue, "said", property(lambda self: said(self).replace("nginx", "apache")))
    return unchanged(lab, monkeypatch)


def another_browser(lab, monkeypatch):
    """Another program fetches the page in the browser's place; it closes its connections itself."""
    types = lab["victim"].types
    curl = ("curl", "--silent", "http://python.org/")
    monkeypatch.setattr(lab["victim"], "types", lambda *argv: types(*(curl if argv[0] == "w3m" else argv)))
    return unchanged(lab, monkeypatch)


def one_fetch_for_two(lab, monkeypatch):
    """The browser shows a copy, and fetches nothing."""
    return typed_otherwise(monkeypatch, lab, "w3m", "http://python.org/", "/etc/hostname")


def never_ended(lab, monkeypatch):
    """The victim closes the connections of telnet and urllib; the browser's FIN does not leave it."""
    return filtered(lab, "victim", "output", f"tcp dport 80 tcp flags & fin == fin {AFTER_TWO} drop")


def broken_off(lab, monkeypatch):
    """The router answers the browser's FIN with a reset."""
    reset = f"tcp dport 80 tcp flags & fin == fin {AFTER_TWO} reject with tcp reset"
    return filtered(lab, "router", "forward", reset)


def waiting_for_the_answer_only(monkeypatch):
    """Have the story wait for what comes from the server, and not for each of its own lines."""
    waits = Recording.waits_for
    is_answer = TCP(sport=80).fields.items()

    def waited(self, pattern, times=1):
        if pattern.haslayer(TCP) and is_answer <= pattern[TCP].fields.items():
            waits(self, pattern, times)

    monkeypatch.setattr(Recording, "waits_for", waited)


TABLE = {
    unchanged: set(),
    names_in_hosts: {
        "each time the name is asked for first",
    },
    handshake_unfinished: {
        "a handshake of three opens each connection",
    },
    not_as_typed: {
        "what was typed is what was sent",
        "each typed line goes its way at once",
    },
    all_at_once: {
        "each typed line goes its way at once",
    },
    other_host: {
        "each time the name is asked for first",
        "each client asks for the page and names the host",
    },
    nobody_in_particular: {
        "the library and the browser say who they are and the hand does not",
    },
    other_case: {
        "what the library returns is the body",
    },
    source_shown: {
        "the browser shows the words and not the tags",
    },
    misread: {
        "what was taken apart is what was received",
    },
    another_browser: {
        "each client asks for the page and names the host",
        "the library and the browser say who they are and the hand does not",
        "the browser shows the words and not the tags",
        "who typed hangs up first and else the server",
    },
    one_fetch_for_two: {
        "each time the name is asked for first",
        "a handshake of three opens each connection",
        "what was typed is what was sent",
        "each client asks for the page and names the host",
        "the library and the browser say who they are and the hand does not",
        "each answer is 200 ok with headers",
        "content length is the length of the body",
        "the title is in the body",
        "all three get the same page",
        "what was taken apart is what was received",
        "what the library returns is the body",
        "the browser shows the words and not the tags",
        "each client has a connection of its own",
        "each connection is closed in both directions",
        "no connection is broken off",
        "who typed hangs up first and else the server",
    },
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("home-lan")
    with change(lab, monkeypatch):
        turned = red("http", lab)
    assert turned == TABLE[change]


SPOILING = {
    never_ended: {"each connection is closed in both directions"},
    broken_off: {"each connection is closed in both directions", "no connection is broken off"},
}
"""The same for changes that leave connections open behind them, so that they need a lab of their own."""


@pytest.mark.parametrize("change", SPOILING, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red_when_connections_do_not_end(variant, red, monkeypatch, change):
    lab = variant(change.__name__.replace("_", "-"))
    with change(lab, monkeypatch):
        turned = red("http", lab)
    assert turned == SPOILING[change]


CONFIGURED = {
    ("default_type text/html;", "default_type text/plain;"): {
        "each answer is 200 ok with headers",
        "the browser shows the words and not the tags",
    },
    ("sendfile on;", "gzip on; gzip_min_length 0; gzip_http_version 1.0;"): {
        "content length is the length of the body",
        "all three get the same page",
    },
}
"""A change to the server's configuration, and the proofs that it turns red at least.

What is compressed leaves before its connection ends, so who hangs up first is left to chance then.
"""


@pytest.mark.parametrize("change", CONFIGURED, ids=lambda change: change[1].split()[0])
def test_the_right_proofs_turn_red_when_the_server_is_configured_otherwise(variant, red, monkeypatch, change):
    rendered = http.rendered
    monkeypatch.setattr(http, "rendered", lambda *words, **values: rendered(*words, **values).replace(*change))
    assert red("http", variant(change[1].split()[0].replace("_", "-"))) >= CONFIGURED[change]


def test_another_title_turns_the_right_proofs_red(variant, red):
    lab = variant("other-title", ("Welcome to Python.org", "Welcome to Parrot.org"))
    assert red("http", lab) == OTHER_TITLE


OTHER_TITLE = {"the title is in the body"}


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("http") == OTHER_TITLE.union(*TABLE.values(), *SPOILING.values(), *CONFIGURED.values())
