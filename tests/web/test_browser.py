"""The page for the stage in a browser: by the keyboard alone, on a phone and on a projector, and read aloud.

Needs Debian's chromium and playwright, which CI installs; without them these tests are skipped.
"""

from itertools import combinations

import pytest

from lab.waiting import until
from tests.seen import contrast, overlap

WIDTHS = [360, 1280, 1920]


@pytest.fixture
def opened(served, tidy):
    """Open the page of the made-up lab."""

    def open_(width=1280, view="", scheme="light"):
        page = tidy(width, color_scheme=scheme)
        token = served.tokens.watcher if view else served.tokens.teller
        page.goto(f"http://{served.host}/?view={view}&token={token}")
        page.locator(".nodes li").nth(3).wait_for(state="attached")
        return page

    return open_


def focused(page):
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent")


def tabs_to(page, name):
    """Walk on by the Tab key until something of that name has the focus."""
    for _ in range(30):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"the Tab key does not lead to '{name}'")


def test_a_story_is_told_by_the_keyboard_alone(opened):
    page = opened()
    tabs_to(page, "pings")
    page.keyboard.press("Enter")
    page.get_by_text("Does it answer?").wait_for()
    assert focused(page).startswith("Next act")
    page.keyboard.press("Enter")
    page.get_by_text("And now?").wait_for()
    page.keyboard.press("Enter")
    page.locator(".proofs li").nth(1).wait_for()
    assert "1 of 2 proofs passed" in page.locator(".state").inner_text()


def test_a_terminal_is_opened_typed_in_and_left_by_the_keyboard_alone(opened, served):
    page = opened()
    tabs_to(page, "A terminal in victim")
    page.keyboard.press("Enter")
    page.get_by_role("article", name="Terminal in victim").wait_for()
    assert focused(page) == "Terminal input"
    page.keyboard.type("hear me")
    page.locator(".xterm-rows").get_by_text("hear me").wait_for()
    page.keyboard.press("F6")
    assert focused(page) == "Close the terminal in victim"
    page.keyboard.press("Enter")
    page.get_by_role("article").wait_for(state="detached")
    assert focused(page) == "A terminal in victim"
    assert served.shells[0].closed.wait(20)


def test_who_types_in_a_terminal_keeps_the_keyboard_when_a_story_waits(opened, served):
    page = opened()
    page.get_by_role("button", name="A terminal in victim").click()
    page.get_by_role("textbox", name="Terminal input").focus()
    served.post("/play", {"story": "pings", "stops": True})
    page.locator(".next:enabled").wait_for()
    page.keyboard.type(" is mine")
    page.locator(".xterm-rows").get_by_text("is mine").wait_for()


PARTS = """
[...document.querySelectorAll("aside, .told, .proofs, .report, .pacing, .wires .map, .frames, .terminals, .state")]
  .map((it) => it.getBoundingClientRect()).filter((box) => box.width)
  .map((box) => [box.left + 0.5, box.top + 0.5, box.right - 0.5, box.bottom - 0.5])
"""


@pytest.mark.parametrize("view", ["", "projector"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_as_wide_as_the_screen_and_nothing_covers_anything(opened, served, keeps, width, view):
    page = opened(width, view)
    served.post("/play", {"story": "pings"})
    page.locator(".proofs li").nth(1).wait_for()
    if not view:
        for node in ("victim", "web"):
            page.get_by_role("button", name=f"A terminal in {node}").click()
            page.get_by_role("article", name=f"Terminal in {node}").locator(".xterm-rows").wait_for()
    keeps(page, f"stage-{view or 'teacher'}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    boxes = page.evaluate(PARTS)
    assert len(boxes) >= 5
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]


FRAME = {
    "kind": "frame",
    "at": 1_790_000_000_123.5,
    "from": "victim",
    "to": ["router"],
    "on": "lan",
    "protocol": "DNS",
    "style": "dns",
    "says": "A? <b>www.example</b>",
    "notes": ["LIE: 192.168.1.1 is router's"],
}


@pytest.fixture
def watching(opened, served):
    """Open the page, and watch the wires, at some pace."""

    def watching_(pace="", **more):
        page = opened(**more)
        page.get_by_role("button", name="Watch the wires").click()
        until(lambda: served.wires_feed.watched_by, "somebody to look", within=20)
        if pace:
            page.get_by_label("pace").select_option(pace)
        return page

    return watching_


def crosses(served, *numbers):
    served.wires_feed.add(*(FRAME | {"says": f"frame no. {number} <i>"} for number in numbers))


def test_frames_are_shown_as_they_come_and_the_newest_is_large(watching, served):
    page = watching("as they come")
    page.get_by_text("Nothing has crossed a wire yet.").wait_for()
    crosses(served, *range(1, 101))
    page.get_by_text("frame 100 of 100", exact=True).wait_for()
    newest = page.locator(".frames [aria-current]")
    assert "victim → router" in newest.inner_text()
    assert "frame no. 100 <i>" in newest.inner_text()
    assert "LIE: 192.168.1.1 is router's" in newest.inner_text()
    assert page.locator(".frames li").count() == 30
    assert page.locator(".wires .map .spot").count() == 2
    assert page.locator(".wires .map .packet").count() == 1


def test_frames_wait_for_slow_eyes_and_are_stepped_over_both_ways(watching, served):
    page = watching("1 a second")
    page.get_by_role("button", name="pause").click()
    crosses(served, 1, 2, 3)
    page.get_by_text("frame 0 of 3, 3 wait").wait_for()
    for said in ("frame 1 of 3, 2 wait", "frame 2 of 3, 1 waits", "frame 3 of 3", "frame 3 of 3"):
        page.get_by_role("button", name="next frame").click()
        page.get_by_text(said, exact=True).wait_for()
    page.get_by_role("button", name="previous frame").click()
    page.get_by_text("frame 2 of 3, 1 waits").wait_for()
    assert page.locator(".frames li").count() == 2
    page.get_by_role("button", name="go on").click()
    page.get_by_text("frame 3 of 3", exact=True).wait_for()
    crosses(served, *range(4, 41))
    page.get_by_text("frame 5 of 40, 35 wait").wait_for()
    page.get_by_role("button", name="to the newest").click()
    page.get_by_text("frame 40 of 40", exact=True).wait_for()


def test_the_wires_are_stepped_over_by_the_keyboard_alone(opened, served):
    page = opened()
    tabs_to(page, "Watch the wires")
    page.keyboard.press("Enter")
    until(lambda: served.wires_feed.watched_by, "somebody to look", within=20)
    tabs_to(page, "❚❚ pause")
    page.keyboard.press("Enter")
    crosses(served, 1, 2)
    tabs_to(page, "Frames")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.get_by_text("frame 2 of 2", exact=True).wait_for()
    page.keyboard.press("ArrowLeft")
    page.get_by_text("frame 1 of 2, 1 waits").wait_for()


def test_what_leaves_the_memory_unseen_or_never_came_is_counted(watching, served):
    page = watching("1 a second")
    crosses(served, 1)
    page.get_by_text("frame 1 of 1").wait_for()
    page.get_by_role("button", name="pause").click()
    for some in range(1, 9):  # fewer at once than the page's server keeps
        crosses(served, *range(1000))
        page.get_by_text(f" of {1000 * some + 1}").wait_for()
    page.get_by_text("frame 3001 of 8001, 5000 wait; 3000 left the memory before they were shown").wait_for()
    served.wires_feed.add({"kind": "dropped", "frames": 7})
    page.get_by_text("7 were dropped by the kernel").wait_for()


def test_who_stops_watching_gets_the_map_and_the_story_back_and_the_tap_ends(watching, served):
    page = watching()
    assert page.locator("aside .map").count() == 0
    page.get_by_role("button", name="Watch the wires").click()
    assert page.locator("aside .map").count() == 1
    assert not page.locator(".wires").is_visible()
    until(lambda: not served.wires.taps, "the tap to be gone", within=20)


def test_wires_that_cannot_be_watched_any_more_say_why_and_can_be_watched_again(watching, served):
    page = watching()
    until(lambda: served.wires.taps, "a tap", within=20)
    served.wires.breaks("the switch has gone")
    page.get_by_text("the switch has gone").wait_for()
    until(lambda: not served.wires_feed.watched_by, "nobody to look any more", within=20)
    for _ in range(2):
        page.get_by_role("button", name="Watch the wires").click()
    until(lambda: served.wires_feed.watched_by, "somebody to look again", within=20)
    crosses(served, 1)
    page.get_by_text("frame 1 of 1").wait_for()


@pytest.mark.parametrize("view", ["", "projector"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_wires_cover_nothing_at_any_width(watching, served, keeps, width, view):
    page = watching("as they come", width=width, view=view)
    crosses(served, *range(1, 31))
    page.get_by_text("frame 30 of 30", exact=True).wait_for()
    keeps(page, f"wires-{view or 'teacher'}-{width}")
    assert page.locator(".wires .map").bounding_box()["width"] > 300
    assert page.evaluate("document.documentElement.scrollWidth") == width
    boxes = page.evaluate(PARTS)
    assert len(boxes) >= 5
    assert not [pair for pair in combinations(boxes, 2) if overlap(*pair)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_wires_have_the_contrast_of_level_aa(watching, served, scheme):
    page = watching("as they come", scheme=scheme)
    styles = ("arp", "dns", "icmp", "tcp", "http", "other")
    served.wires_feed.add(*(FRAME | {"style": style} for style in styles))
    page.get_by_text("frame 6 of 6", exact=True).wait_for()
    found = page.evaluate(CONTRASTS.replace("small, pre", "small, .frames *, pre"))
    assert len(found) > 30
    for text, ink, ground in found:
        assert contrast(ink, ground) >= 4.5, (text, ink, ground)


def test_everything_to_press_has_a_name_and_is_large_enough(opened):
    page = opened(360)
    page.get_by_role("button", name="A terminal in victim").click()
    page.get_by_role("article").wait_for()
    buttons = page.get_by_role("button").all()
    assert len(buttons) >= 8
    for button in buttons:
        assert button.get_attribute("aria-label") or button.inner_text()
        box = button.bounding_box()
        assert min(box["width"], box["height"]) >= 44  # WCAG 2.2, 2.5.5
    assert page.locator("img").get_attribute("alt")
    assert page.locator("iframe").get_attribute("title")


CONTRASTS = """
[...document.querySelectorAll("h1, h2, p, li, button:enabled, label, small, pre, .xterm-rows span")]
  .filter((it) => it.innerText?.trim()).map((it) => {
    let ground = it;
    while (ground && /, 0\\)|transparent/.test(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
    return [it.innerText, getComputedStyle(it).color, getComputedStyle(ground ?? document.body).backgroundColor];
  })
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_of_level_aa(opened, served, scheme):
    page = opened(scheme=scheme)
    served.post("/play", {"story": "pings"})
    page.locator(".proofs li").nth(1).wait_for()
    page.get_by_role("button", name="A terminal in victim").click()
    page.keyboard.type("\x1b[33mamber")
    page.locator(".xterm-rows").get_by_text("amber").wait_for()
    found = page.evaluate(CONTRASTS)
    assert len(found) > 15
    for text, ink, ground in found:
        assert contrast(ink, ground) >= 4.5, (text, ink, ground)
