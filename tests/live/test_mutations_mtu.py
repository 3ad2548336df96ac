"""For each proof of the MTU story there is one change to the lab, or to the story, that turns it red."""

from contextlib import contextmanager, nullcontext

import pytest

from lab.recorder import Recording
from tests.live.altering import pid_of, told, types_otherwise, unchanged, words

pytestmark = pytest.mark.docker


@contextmanager
def wider(lab, monkeypatch):
    """The thin wire carries ten bytes more."""
    ends = lab.plan.segment("thin").ports
    _widen(lab, ends, 1290)
    try:
        yield
    finally:
        _widen(lab, ends, 1280)


def _widen(lab, ends, mtu):
    for end in ends:
        batch = [f"link set dev {end.network} mtu {mtu}"]
        lab._hands.do([{"do": "ip", "pid": pid_of(lab, end.node), "batch": batch}])
    switch = pid_of(lab, "_switch")
    lab._hands.do([{"do": "ip", "pid": switch, "batch": [f"link set {end.port} mtu {mtu}" for end in ends]}])


def small_pings(lab, monkeypatch):
    """The pings fit."""
    return types_otherwise(monkeypatch, lab["laptop"], words("ping", "1400", "1000"))


def small_page(lab, monkeypatch):
    """The laptop fetches a page that fits."""
    return types_otherwise(monkeypatch, lab["laptop"], words("curl", "tables.html", ""))


def lets_itself_be_cut(lab, monkeypatch):
    """The laptop does not forbid to cut its packets."""
    return told(lab, "laptop", "net/ipv4/ip_no_pmtu_disc", "1", "0")


def other_way_shown(lab, monkeypatch):
    """The server shows what it knows of its way to the desk."""
    return types_otherwise(monkeypatch, lab["web"], words("ip", lab["laptop"].ip, lab["desk"].ip))


def speaks_of_congestion(lab, monkeypatch):
    """The desk marks its first packet: it would like to hear of congestion (RFC 3168)."""
    return told(lab, "desk", "net/ipv4/tcp_ecn", "1", "2")


def impatient(lab, monkeypatch):
    """The audience has seen enough when the server has tried once."""
    waits = Recording.waits_for
    monkeypatch.setattr(Recording, "waits_for", lambda self, pattern, times=1: waits(self, pattern))
    return nullcontext()


def somebody_pings(lab, monkeypatch):
    """The desk pings its router before it fetches the page."""
    desk, dialogue = lab["desk"], lab["desk"].dialogue
    monkeypatch.setattr(desk, "dialogue", lambda *argv: (desk.ping(lab["router"]), dialogue(*argv))[1])
    return nullcontext()


def nobody_clamps(lab, monkeypatch):
    """In the end the isp's router speaks, and the home's router does not clamp."""
    isp, silent, times = lab["isp"], lab["isp"].silent_about_size, iter(range(2))
    monkeypatch.setattr(isp, "silent_about_size", lambda: nullcontext() if next(times) else silent())
    monkeypatch.setattr(lab["router"], "clamping", nullcontext)
    return nullcontext()


def server_remembers(lab, monkeypatch):
    """The server does not forget the size."""
    monkeypatch.setattr(lab["web"], "forgets_ways", lambda: None)
    return unchanged(lab, monkeypatch)


TABLE = {
    unchanged: set(),
    wider: {
        "nothing larger than 1280 bytes ever crosses the thin wire",
        "over ipv6 the router refuses and says how much fits",
        "each direction learns for itself",
        "the router complains to the server and says how much fits",
        "then the server sends the same bytes in smaller packets",
        "the server remembers what fits",
        "when the router speaks again the same connection goes on",
        "the router lowers what the desk says that it takes",
        "nothing is too large any more so nobody needs to complain",
    },
    small_pings: {
        "the laptop sends one packet that may be cut",
        "the router cuts it into two pieces with the number of the whole",
        "the offsets add up and the pieces are the whole",
        "nobody but the goal puts them together",
        "the other router cuts the answer",
        "over ipv6 the router refuses and says how much fits",
        "what is refused goes no further",
        "then the laptop itself cuts",
        "no router cuts an ipv6 packet",
        "each direction learns for itself",
    },
    small_page: {
        "both ends believe at first that 1500 bytes pass",
        "the router complains to the server and says how much fits",
        "then the server sends the same bytes in smaller packets",
        "the server remembers what fits",
        "the page is whole",
        "when the router speaks again the same connection goes on",
        "the server knows nothing of the thin wire and the page comes all the same",
    },
    lets_itself_be_cut: {"tcp forbids to cut its packets"},
    other_way_shown: {"the server remembers what fits"},
    speaks_of_congestion: {
        "small packets pass the black hole",
        "the large packet is sent again and again and never passes",
        "the desk gets not one byte",
        "when the router speaks again the same connection goes on",
        "the router lowers what the desk says that it takes",
    },
    impatient: {
        "the large packet is sent again and again and never passes",
        "the pauses grow",
    },
    somebody_pings: {"nobody says why"},
    nobody_clamps: {
        "the router lowers what the desk says that it takes",
        "nothing is too large any more so nobody needs to complain",
        "the server knows nothing of the thin wire and the page comes all the same",
    },
    server_remembers: {"the server knows nothing of the thin wire and the page comes all the same"},
}
"""The change, and the proofs that it turns red."""


@pytest.mark.parametrize("change", TABLE, ids=lambda change: change.__name__)
def test_the_right_proofs_turn_red(labs, red, monkeypatch, change):
    lab = labs("dual-stack")
    with change(lab, monkeypatch):
        turned = red("mtu", lab)
    assert turned == TABLE[change]


def test_every_proof_turns_red_in_one_of_them(proofs):
    assert proofs("mtu") == set.union(*TABLE.values())
