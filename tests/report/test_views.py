"""What people look at: every view of every recorded story, what is escaped in it, and what may not overlap."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.packet import Raw

from lab.capture import Capture, Port
from lab.errors import InputError
from lab.report import read, summary, view
from lab.report.figure import Grid, width_of
from tests.capture.build import ROUTER, VICTIM, capture
from tests.ladder.conftest import SMALL
from tests.ladder.traffic import answered, claim, routed, wire
from tests.seen import contrast

RECORDED = sorted((Path(__file__).parents[2] / "scenarios/recorded").iterdir())
ASSETS = Path(__file__).parents[2] / "lab/report/assets"
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J&\"'"


def told(page):
    """What the script of a page is told."""
    return json.loads(re.search(r'id="told">(.*?)</script>', page, re.DOTALL)[1])


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_what_was_typed_and_printed_stands_in_its_act_and_harms_nobody(made_up):
    lines = [
        {"text": f"ping {EVIL}", "is_typed": True, "node": "victim"},
        {"text": "a\tb"},
        {"text": "quit", "is_typed": True},
    ]
    window = {"sentence": "It pings.", "question": "", "answer": "", "lines": lines}
    windows = {"pings": window, "waits": window | {"sentence": "It waits.", "lines": []}}
    seen = capture(*routed(ICMP(), 1))
    report = read(made_up(SMALL.decode(), {"pings": seen, "waits": seen}, windows=windows))
    page = view(report, "html")
    first, second = page.split('<section class="act"')[1:]
    shown = re.search(r'<pre class="lines".*?>(.*)</pre>', first, re.DOTALL)[1].split("\n")
    assert shown[0].startswith("<b>victim$ ping &lt;/script&gt;")
    assert "\x1b" not in page
    assert shown[1:] == ["  a       b", "<b>&gt; quit</b>"]
    assert '<pre class="lines"' not in second
    assert json.loads(view(report, "json"))["acts"][0]["lines"][2] == "> quit"


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_every_story_has_every_view(folder):
    report = read(folder)
    page, svg, text = (view(report, form) for form in ("html", "svg", "text"))
    ElementTree.fromstring(svg)
    for act in report.acts:
        assert act.sentence in " ".join(text.replace("\n", " ").split()) or len(act.sentence) > 60
    shown = {frame for step in told(page)["steps"] for frame in step["frames"]}
    aside = {row.number for act in report.acts for row in act.drawn.aside}
    assert shown | aside == {frame.number for frame in report.frames}
    assert view(report, "mermaid").count("sequenceDiagram") == len(report.acts)


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_a_program_reads_every_frame_once_and_the_words_of_each_act(folder):
    report = read(folder)
    told = json.loads(view(report, "json"))
    drawn = [frame["number"] for act in told["acts"] for step in act["steps"] for frame in step["frames"]]
    counted = [number for act in told["acts"] for number in act["counted"]]
    assert sorted([*drawn, *counted]) == [frame.number for frame in report.frames]
    assert [act["sentence"] for act in told["acts"]] == [act.sentence for act in report.acts]
    assert [proof["sentence"] for proof in told["proofs"]] == [proof.sentence for proof in report.proofs]


def test_a_program_is_told_of_the_lies(proven):
    told = json.loads(view(read(proven("arp-poisoning")), "json"))
    notes = [note for act in told["acts"] for step in act["steps"] for note in step["notes"]]
    assert "LIE: 192.168.1.1 is router's" in notes
    assert told["verdict"] == "passed"


def test_the_page_needs_no_network(proven):
    tags = Tags(view(read(proven("proposal")), "html")).tags
    assert not [tag for tag, _ in tags if tag in ("link", "object", "embed")]
    assert all(attrs.keys() == {"sandbox", "title", "srcdoc"} for tag, attrs in tags if tag == "iframe")
    assert all(attrs.get("sandbox", "") in ("", None) for _, attrs in tags)
    sources = [value for _, attrs in tags for name, value in attrs.items() if name in ("src", "href")]
    assert not [one for one in sources if not one.startswith(("#", "data:image/svg+xml;base64,"))]
    (policy,) = [attrs["content"] for tag, attrs in tags if tag == "meta" and "http-equiv" in attrs]
    assert policy.startswith("default-src 'none'")


def test_the_page_takes_frames_apart_and_says_what_they_prove(proven):
    page = view(read(proven("arp-poisoning")), "html")
    frame = told(page)["frames"]["17"]
    assert frame["from"] == "attacker"
    assert frame["notes"] == ["LIE: 192.168.1.1 is router's"]
    assert [told(page)["proofs"][proof - 1] for proof in frame["proofs"]] == [
        "the attacker claims the address of the router"
    ]
    assert [layer[0] for layer in frame["layers"]] == ["Ethernet", "ARP"]
    assert {"victim", "attacker"} <= told(page)["places"].keys()


def test_nothing_of_a_frame_and_nothing_of_a_story_becomes_markup(made_up):
    asked = IP(src=VICTIM.ip, dst=ROUTER.ip) / UDP(sport=999, dport=53) / DNS(qd=DNSQR(qname="<b>&x.org."))
    typed = IP(src=VICTIM.ip, dst=ROUTER.ip) / TCP(dport=80, flags="PA") / Raw(f"GET /{EVIL} HTTP/1.1\r\n\r\n".encode())
    act = capture(wire(asked, VICTIM, ROUTER), wire(typed, VICTIM, ROUTER))
    words = {"sentence": EVIL, "question": EVIL, "answer": EVIL}
    proofs = [{"sentence": EVIL, "verdict": "failed", "why": EVIL, "frames": [1]}]
    folder = made_up(SMALL.decode(), {"act": act}, windows={"act": words}, proofs=proofs, scenario=EVIL)
    report = read(folder)
    page, svg = view(report, "html"), view(report, "svg")
    tags = [tag for tag, _ in Tags(page).tags]
    assert tags.count("script") == 2
    assert tags.count("img") == 1
    assert "b" not in tags
    assert {one.tag.rpartition("}")[2] for one in ElementTree.fromstring(svg).iter()} <= {
        *("svg", "title", "style", "rect", "g", "text", "tspan", "path", "circle")
    }
    for form in ("mermaid", "text"):
        assert "\x1b" not in view(report, form)
    outside_of_code = re.sub(r" *```.*?```", "", view(report, "mermaid") + summary(report), flags=re.DOTALL)
    assert "<img" not in outside_of_code
    assert "\x1b" not in summary(report)


def test_the_page_shows_what_the_victim_sees_act_by_act(proven):
    frames = [attrs for tag, attrs in Tags(view(read(proven("proposal")), "html")).tags if tag == "iframe"]
    assert [attrs["title"] for attrs in frames] == ["What victim sees"] * 4
    assert ["Will you marry me?" in attrs["srcdoc"] for attrs in frames] == [False, True, False, False]


def test_the_summary_tells_each_proof_and_draws_the_frames(proven):
    said = summary(read(proven("dns")))
    assert said.startswith("## dns: 12 of 12 proofs passed\n")
    assert said.count("- ✅ ") == 12
    assert "```mermaid\nsequenceDiagram\n" in said


def test_a_failed_proof_says_why_on_the_page_and_in_the_summary(made_up):
    proofs = [{"sentence": "it holds", "verdict": "failed", "why": "no frame fits ARP()", "frames": []}]
    folder = made_up(SMALL.decode(), {"act": capture(*routed(ICMP(), 7), *answered(ICMP(type=0), 8))}, proofs=proofs)
    report = read(folder)
    assert "❌ it holds" in summary(report)
    assert "no frame fits ARP" in summary(report)
    page = view(report, "html")
    assert 'class="verdict failed"' in page
    assert "no frame fits ARP()" in page


def test_a_format_that_does_not_exist_is_answered(proven):
    with pytest.raises(InputError, match="did you mean 'mermaid'"):
        view(read(proven("dns")), "mermade")


# Figures


def test_a_lie_is_said_in_words_and_a_lost_frame_ends_in_a_cross(made_up):
    lost = claim(ROUTER, VICTIM, ROUTER.ip, ROUTER.mac)
    act = capture(claim(VICTIM, ROUTER, ROUTER.ip, VICTIM.mac), replace(lost, delivered=()))
    svg = view(read(made_up(SMALL.decode(), {"act": act})), "svg")
    texts = " ".join(
        "".join(one.itertext()) for one in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    )
    assert "LIE: 10.0.1.1 is router's" in texts
    assert "lost" in texts
    assert "m0,-12l-12,12" in svg


LONG = "a-very-long-name-of-a-node"


def twelve_columns():
    nodes = "".join(f"  {LONG}-{n}: {{kind: host, links: {{lan: {n + 10}}}}}\n" for n in range(12))
    return f"name: wide\nnetworks: {{lan: 10.0.1.0/24}}\nnodes:\n{nodes}"


def test_names_and_labels_do_not_overlap_with_twelve_columns_and_long_names(made_up):
    ports = [Port(f"{LONG}-{n}", "lan", f"02:00:00:00:00:{n:02x}", f"10.0.1.{n + 10}") for n in range(12)]
    frames = [claim(one, other, one.ip, one.mac) for one, other in zip(ports, ports[::-1], strict=True)]
    seen = capture(*frames)
    act = Capture.of(seen.frames, ports, proven=True)
    report = read(made_up(twelve_columns(), {"act": act}))
    grid = Grid.of(report.acts[0], report.plan)
    assert len(grid.nodes) == 12
    places = sorted((grid.at(node), width_of(node) * 1.2) for node in grid.nodes)
    ends = [(at - wide / 2, at + wide / 2) for at, wide in places]
    assert all(end < begin for (_, end), (begin, _) in pairwise(ends))
    assert places[-1][0] + places[-1][1] / 2 <= grid.width


# Colours


def colours(dark):
    blocks = re.findall(r"svg\.ladder \{(.*?)\}", (ASSETS / "palette.css").read_text(), re.DOTALL)
    named = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6})", blocks[dark]))
    return named, [named[ground] for ground in ("ground", "card", "mark", "here")]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_has_the_contrast_of_level_aa_on_every_ground(dark):
    inks, grounds = colours(dark)
    for name in inks.keys() - {"ground", "rail", "card", "line", "mark", "here"}:
        for ground in grounds:
            assert contrast(inks[name], ground) >= 4.5, (name, ground)


# Size and time


def test_three_hundred_frames_are_a_page_below_a_megabyte(made_up):
    page = view(read(made_up(SMALL.decode(), {"act": visits(75)})), "html")
    assert len(told(page)["frames"]) == 300
    assert len(page.encode()) < 1_000_000


def test_a_page_of_more_than_a_thousand_frames_is_one_of_steps(made_up):
    page = view(read(made_up(SMALL.decode(), {"act": visits(300)})), "html")
    assert told(page)["frames"] == {}
    assert {frame for step in told(page)["steps"] for frame in step["frames"]} == set(range(1, 1201))


def visits(number):
    """Pings of a victim, each with its answer, on both sides of a router."""
    pings = range(1, number + 1)
    return capture(*(frame for n in pings for frame in (*routed(ICMP(seq=n), n), *answered(ICMP(type=0, seq=n), n))))
