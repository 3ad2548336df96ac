"""The page in a browser, as people use it: walked through by keys, clicked, on a phone and on a projector, and printed.

Needs Debian's chromium and playwright, which CI installs; without them these tests are skipped.
"""

from itertools import combinations
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP
from scapy.packet import Raw

from lab.capture import Port
from lab.report import read, view
from tests.capture.build import ROUTER, VICTIM, capture
from tests.ladder.conftest import SMALL
from tests.ladder.traffic import asks, wire
from tests.seen import overlap

PICTURE = Path(__file__).parents[2] / "docs/pictures/report.png"
STORIES = ["dns", "traceroute", "http", "printing", "arp-poisoning", "proposal"]
WIDTHS = [360, 1280, 1920]


@pytest.fixture
def opened(tidy, tmp_path):
    """Open the report of a run."""

    def open_(folder, width=1280, anchor=""):
        file = tmp_path / f"{folder.name}.html"
        file.write_text(view(read(folder), "html"))
        page = tidy(width, reduced_motion="reduce")
        page.goto(f"{file.as_uri()}{anchor}")
        return page

    return open_


def now(page):
    return page.locator(".step.now").get_attribute("aria-label")


def test_the_arrow_keys_walk_by_frame_and_by_act(proven, opened):
    page = opened(proven("arp-poisoning"))
    page.keyboard.press("ArrowRight")
    assert now(page).startswith("frame 1: ARP who has 192.168.1.1?")
    page.keyboard.press("ArrowRight")
    assert now(page).startswith("frame 2: ")
    page.keyboard.press("ArrowDown")
    assert now(page).startswith("frame 13: ")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert now(page).startswith("frame 1: ")
    assert page.url.endswith("#frame-1")


def test_what_happens_is_said_in_large_letters_with_the_lie_in_bold(proven, opened):
    page = opened(proven("arp-poisoning"), 1920, "#frame-17")
    said = page.locator(".said")
    assert "attacker → victim" in said.inner_text()
    assert said.locator("b").inner_text() == "LIE: 192.168.1.1 is router's"
    assert float(said.evaluate("it => getComputedStyle(it).fontSize").removesuffix("px")) >= 28
    assert page.locator(".map .spot").count() == 2
    assert page.locator(".map .packet").count() == 1


def test_a_field_lights_its_bytes(proven, opened):
    page = opened(proven("arp-poisoning"))
    page.locator('.step[aria-label^="frame 17:"]').click()
    assert page.locator(".panel h3").inner_text() == "Frame 17"
    page.locator(".panel .field", has_text="psrc").focus()
    assert page.locator(".bytes .lit").all_inner_texts() == ["c0", "a8", "01", "01"]


def test_a_row_of_several_frames_unfolds_by_the_keyboard_alone(proven, opened):
    page = opened(proven("arp-poisoning"))
    row = page.locator('.step[aria-label^="frame 22–24:"]')
    row.focus()
    page.keyboard.press("Enter")
    assert row.get_attribute("aria-expanded") == "true"
    page.locator('.inside [data-frame="23"]').click()
    assert page.locator(".panel h3").inner_text() == "Frame 23"


def test_a_proof_lights_the_rows_that_it_rests_on(proven, opened):
    page = opened(proven("arp-poisoning"))
    page.locator(".proofs li", has_text="the attacker claims the address of the victim").hover()
    lit = page.locator(".step.rests")
    assert [one.get_attribute("aria-label")[:9] for one in lit.all()] == ["frame 18:"]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("story", STORIES)
def test_no_label_overlaps_another_and_the_page_is_as_wide_as_the_screen(proven, opened, keeps, story, width):
    page = opened(proven(story), width)
    keeps(page, f"report-{story}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    for act in page.locator(".act").all():
        boxes = labels(act)
        assert len(boxes) > 5
        assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]


@pytest.mark.parametrize("width", WIDTHS)
def test_long_names_in_twelve_columns_overlap_nowhere(made_up, opened, keeps, width):
    names = [f"a-node-with-a-very-long-name-{number:02}" for number in range(1, 13)]
    links = (f"  {name}: {{kind: victim, links: {{lan: {number}}}}}\n" for number, name in enumerate(names, 1))
    topology = f"name: long\nnetworks: {{lan: 10.0.1.0/24}}\nnodes:\n{''.join(links)}"
    ports = [Port(name, "lan", f"02:00:00:00:00:{at:02x}", f"10.0.1.{at}") for at, name in enumerate(names, 1)]
    asked = [
        asks(by, of.ip, [one for one in ports if one is not by]) for by, of in zip(ports, ports[::-1], strict=True)
    ]
    page = opened(made_up(topology, {"act": capture(*asked, ports=ports)}), width)
    keeps(page, f"report-twelve-columns-{width}")
    boxes = labels(page.locator(".act"))
    assert len(boxes) > 12 * 4
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("story", STORIES)
def test_on_a_laptop_no_ladder_needs_to_be_pushed_sideways(proven, opened, story):
    rooms = opened(proven(story), 1280).evaluate(
        "[...document.querySelectorAll('.scroller')].map(it => [it.scrollWidth, it.clientWidth])"
    )
    assert [(wanted, there) for wanted, there in rooms if wanted > there] == []


def test_a_link_to_a_frame_that_is_only_counted_leads_to_where_it_is_counted(proven, opened):
    page = opened(proven("dns"), anchor="#frame-5")
    assert "Frame 5 is only counted here" in page.locator(".said").text_content()
    assert page.locator(".rest:focus").count() == 1
    page.keyboard.press("ArrowRight")
    assert page.locator(".step.now").count() == 1


def test_a_link_to_a_frame_that_is_not_there_says_so(proven, opened):
    page = opened(proven("dns"), anchor="#frame-9999")
    assert page.locator(".said").text_content() == "There is no frame 9999 in this run."


def test_the_packet_on_the_map_covers_no_name(proven, opened):
    page = opened(proven("arp-poisoning"), anchor="#frame-17")
    (dot,) = page.evaluate("[...document.querySelectorAll('.map .packet')].map(it => it.style.transform)")
    told = page.evaluate("JSON.parse(document.getElementById('told').textContent)")
    tops = {f"translate({x + width / 2:g}px, {y:g}px)" for x, y, width, _ in told["places"].values()}
    assert dot in tops


def labels(act):
    """Return the boxes of an act's labels, less two pixels above and below that no letter reaches."""
    return act.evaluate(
        "it => [...it.querySelectorAll('text')].map(one => one.getBoundingClientRect())"
        ".filter(box => box.width).map(box => [box.left, box.top + 2, box.right, box.bottom - 2])"
    )


def test_everything_to_press_has_a_name_and_is_large_enough(proven, opened):
    page = opened(proven("dns"), 360)
    for button in page.get_by_role("button").all():
        assert button.get_attribute("aria-label") or button.inner_text()
    for button in page.locator(".player button").all():
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44  # WCAG 2.2, 2.5.5
    assert not page.locator("img:not([alt])").count()


def test_the_victim_is_asked_to_marry_where_somebody_rewrites_the_page(proven, opened):
    page = opened(proven("proposal"))
    seen = [frame.locator("h1").inner_text() for frame in page.frames[1:]]
    assert seen[1] == "Will you marry me?"
    assert seen[0] == seen[2] == seen[3] != seen[1]


def test_it_prints_without_what_is_only_for_the_screen(proven, opened):
    page = opened(proven("dns"))
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator(".player").is_visible()
    assert page.locator(".proofs").is_visible()


def test_the_picture_in_the_documents_can_be_made_anew(proven, opened, request):
    page = opened(proven("arp-poisoning"), 1440, "#frame-17")
    page.set_viewport_size({"width": 1440, "height": 810})
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert page.locator(".panel h3").inner_text() == "Frame 17"
    made = page.screenshot()
    if request.config.getoption("--update-golden"):
        PICTURE.write_bytes(made)
    assert PICTURE.read_bytes()[:24] == made[:24]  # a PNG of the same size


def test_a_hostile_frame_is_shown_as_text(made_up, opened):
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    typed = IP(src=VICTIM.ip, dst=ROUTER.ip) / TCP(dport=80, flags="PA") / Raw(f"GET /{evil} HTTP/1.1\r\n\r\n".encode())
    page = opened(
        made_up(SMALL.decode(), {"act": capture(wire(typed, VICTIM, ROUTER))}, scenario=evil), 1280, "#frame-1"
    )
    assert page.locator("h1").inner_text() == evil
    assert "onerror" in page.locator(".panel").text_content()
    assert page.locator("img").count() == 1
