"""What strangers may send, damaged or made up: all is answered in good time, and nothing controls a terminal."""

import io
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSRR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

from lab import kinds
from lab.capture import Capture, explain, load_acts, matches, misses
from lab.capture.pcapng import PcapngWriter, read_pcapng
from lab.errors import WiretaleError
from lab.harmless import harmless_lines
from lab.ladder import as_text, ladder, normalised
from lab.plan import plan
from lab.plan.show import as_text as plan_as_text
from lab.topology.reading import parse
from tests.capture.build import VICTIM, capture, sent
from tests.ladder.traffic import Told

ROOT = Path(__file__).parents[1]
IN_GOOD_TIME = settings(max_examples=60, deadline=timedelta(seconds=10))
"""For one example, on a machine that has much else to do; a loop without an end takes longer."""

TEXTS = [file.read_text() for file in sorted(ROOT.glob("topologies/*.yml"))]
RECORDED = sorted(ROOT.glob("scenarios/recorded/*"))
EVIL = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"
PATTERNS = [
    ARP(op="is-at", psrc="10.0.1.1"),
    Ether(dst="ff:ff:ff:ff:ff:ff") / ARP(),
    IP(dst="10.0.0.0/8") / TCP(flags="S", dport=[80, (100, 200)]),
    IP() / ICMP(type="echo-request") / Raw(),
    DNS(qr=1, an=DNSRR(rrname="python.org.", rdata="198.18.2.80")),
    UDP() / DNS(rcode=3),
    Raw(b"\x1b[2J"),
]


def is_harmless(text):
    return all(char.isprintable() or char in "\n\t" for char in text)


def answered(work):
    """Do some work; return the error of ours that it ends with, as text, or None. Nothing else may come of it."""
    try:
        work()
    except WiretaleError as error:
        return str(error)
    return None


@cache
def planned(folder):
    return plan(parse((folder / "topology.yml").read_bytes(), "topology.yml", kinds.load()))


@cache
def recorded():
    """Return the frames of all recorded stories, each with the plan of its lab."""
    return [
        (planned(folder), frame)
        for folder in RECORDED
        for act in load_acts(folder / "capture.pcapng").values()
        for frame in act
    ]


@st.composite
def damaged(draw, whole, piece):
    """Cut pieces out of a text or bytes, put others in, and end it early now and then."""
    for _ in range(draw(st.integers(1, 4))):
        at, length = draw(st.integers(0, len(whole))), draw(st.integers(0, 12))
        whole = whole[:at] + draw(piece) + whole[at + length :]
    return whole[: draw(st.integers(0, len(whole)))] if draw(st.integers(0, 5)) == 0 else whole


@st.composite
def topologies(draw):
    """A topology that is shipped, with pieces of others in it, and of no topology at all."""
    other = draw(st.sampled_from(TEXTS))
    at = draw(st.integers(0, len(other)))
    pieces = st.sampled_from(
        [other[at : at + 40], EVIL, "\n", "{", "!!python/object", "&a *a", "10.0.0.0/99", "{a: [", "é"]
    )
    return draw(damaged(draw(st.sampled_from(TEXTS)), pieces | st.text(max_size=6)))


@IN_GOOD_TIME
@given(topologies())
def test_a_hostile_topology_is_planned_or_answered(text):
    answer = answered(lambda: plan_as_text(plan(parse(text.encode("utf-8", "surrogatepass"), "x.yml", kinds.load()))))
    assert answer is None or is_harmless(answer)


@st.composite
def hostile_acts(draw):
    """An act of real frames of one story that were damaged on their way, told by ports that they may not come from."""
    frames = recorded()
    lab, first = frames[draw(st.integers(0, len(frames) - 1))]
    told = [first, *(frame for of, frame in draw(st.lists(st.sampled_from(frames), max_size=6)) if of is lab)]
    pieces = st.binary(max_size=6) | st.just(EVIL.encode())
    ports = st.sampled_from([frame.port for frame in told])
    return lab, capture(*(sent(draw(damaged(frame.data, pieces)), draw(ports), frame.delivered) for frame in told))


@IN_GOOD_TIME
@given(hostile_acts(), st.integers(20, 140))
def test_hostile_frames_are_drawn_and_have_a_normal_form(act, width):
    lab, seen = act
    assert is_harmless(as_text(ladder([Told(seen)], lab, width)))
    assert is_harmless(normalised([Told(seen)], lab))


@IN_GOOD_TIME
@given(hostile_acts(), st.sampled_from(PATTERNS))
def test_hostile_frames_fit_a_pattern_or_do_not_and_it_is_said_why(act, pattern):
    _, seen = act
    for frame in seen:
        assert matches(pattern, frame.packet) == (not misses(pattern, frame.packet))
    assert all(is_harmless(line) for line in explain(pattern, seen))


NAMES = st.text(max_size=12) | st.just(EVIL)


@IN_GOOD_TIME
@given(
    st.builds(lambda node, network: replace(VICTIM, node=node, network=network), NAMES, NAMES),
    NAMES,
    st.binary(max_size=80),
)
def test_a_file_with_hostile_names_is_read_and_shown_or_refused(port, comment, data):
    def shown():
        stream, written = io.BytesIO(), capture(sent(data, port, [VICTIM], comment))
        PcapngWriter(stream, "x").window("act", written.frames, written.window)
        ((frames, window),) = read_pcapng(io.BytesIO(stream.getvalue()), "x").values()
        seen = Capture(frames, window)
        assert all(is_harmless(line) for line in (*map(str, seen), repr(seen), *explain(ARP(), seen)))

    answer = answered(shown)
    assert answer is None or is_harmless(harmless_lines(answer))
