"""The page for the stage in a browser: by the keyboard alone, on a phone and on a projector, and read aloud.

Needs Debian's chromium and playwright, which CI installs; without them these tests are skipped.
"""

from itertools import combinations

import pytest

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
[...document.querySelectorAll("aside, .told, .proofs, .report, .terminals, .state")]
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
