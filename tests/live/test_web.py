"""The page for the stage in a browser: the proposal from first click to last proof, and terminals into nodes."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lab.waiting import until

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
CLI = [sys.executable, "-m", "lab.cli"]
OURS = os.environ | {"LOGNAME": f"web-{os.getpid()}"}
WAITS = 60_000
"""Milliseconds within which the page shows what it shows."""


def told(*words):
    """Say something to the command line, to its end."""
    return subprocess.run([*CLI, *words], cwd=ROOT, env=OURS, check=False, capture_output=True, text=True)


@pytest.fixture
def addresses():
    """Serve the page of a home LAN, and give the teacher's address and the projector's."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*CLI, "web", "topology=home-lan"], cwd=ROOT, env=OURS, text=True, **pipes) as serving:
        try:
            said = [serving.stdout.readline(), serving.stdout.readline()]
            yield [re.search(r"http://\S+", line)[0] for line in said]
            serving.send_signal(signal.SIGINT)
            said = serving.communicate(timeout=30)[1]
            assert serving.returncode == 130
            assert "Traceback" not in said
        finally:
            serving.kill()
            told("clean").check_returncode()


def test_the_proposal_is_told_on_the_page_and_seen_by_the_room(addresses, browser):
    teacher, projector = (browser.new_page() for _ in addresses)
    for page, address in zip((teacher, projector), addresses, strict=True):
        page.set_default_timeout(WAITS)
        page.goto(address)
    teacher.get_by_role("button", name="proposal").click()
    for act in range(1, 5):
        teacher.locator(".next:enabled").click()
        shown = projector.frame_locator("iframe.report")
        shown.locator(f"#act-{act} .screen").wait_for()
        asked = "Will you marry me?" in shown.locator(f"#act-{act} .screen iframe").get_attribute("srcdoc")
        assert asked == (act == 2)
    for page in (teacher, projector):
        page.locator(".proofs li.passed").nth(18).wait_for()
        assert page.locator(".proofs li").count() == 19
    shown.locator("#act-2 .lines").get_by_text("victim$ w3m").wait_for(state="attached")
    assert not projector.locator(".controls").is_visible()
    assert "19 of 19 proofs passed" in teacher.locator(".state").inner_text()


DELAYS = """
() => {
  globalThis.delays = [];
  let before = "";
  new MutationObserver(() => {
    const newest = document.querySelector(".frames li:last-child time");
    const now = document.querySelector(".count").textContent;
    if (newest && now !== before) delays.push(Date.now() - Date.parse(newest.dateTime));
    before = now;
  }).observe(document.querySelector(".frames"), { childList: true });
}
"""


def test_frames_outside_of_stories_are_on_the_page_each_once_and_soon(addresses, browser):
    page = browser.new_page()
    page.set_default_timeout(WAITS)
    page.goto(addresses[0])
    page.get_by_role("button", name="Watch the wires").click()
    page.get_by_label("pace").select_option("as they come")
    page.get_by_text("Nothing has crossed a wire yet.").or_(page.get_by_text("frame 1")).wait_for()
    page.evaluate(DELAYS)
    told("exec", "node=victim", "--", "ping", "-n", "-c", "10", "-i", "0.1", "192.168.1.1").check_returncode()
    replies = page.locator(".frames li").filter(has_text="router → victim").filter(has_text="echo reply")
    replies.nth(9).wait_for()
    requests = page.locator(".frames li").filter(has_text="victim → router").filter(has_text="echo request")
    assert (requests.count(), replies.count()) == (10, 10)
    delays = sorted(page.evaluate("delays"))
    assert len(delays) >= 10
    assert delays[len(delays) // 2] < 200, delays  # milliseconds


def screen_of(page, node):
    return page.get_by_role("article", name=f"Terminal in {node}").locator(".xterm-rows")


def processes(node):
    """Return the command lines of what runs in a node."""
    return told("exec", f"node={node}", "--", "sh", "-c", "cat /proc/[0-9]*/cmdline | tr '\\0' ' '").stdout


def test_terminals_into_nodes_are_typed_in_copied_from_and_leave_nothing_behind(addresses, browser):
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.set_default_timeout(WAITS)
    page.goto(addresses[0])
    for node in ("victim", "router"):
        page.get_by_role("button", name=f"A terminal in {node}").click()
        screen_of(page, node).get_by_text(f"@{node}:").wait_for()
        page.keyboard.type('echo "$HOSTNAME says $((6 * 7))"; stty size\n')
        screen_of(page, node).get_by_text(f"{node} says 42", exact=True).wait_for()

    said = screen_of(page, "victim").get_by_text("victim says 42", exact=True).bounding_box()
    page.mouse.click(said["x"] + 9, said["y"] + said["height"] / 2, click_count=3)
    page.keyboard.press("Control+Shift+C")
    assert page.evaluate("navigator.clipboard.readText()").strip() == "victim says 42"
    page.evaluate("navigator.clipboard.writeText('echo pasted | tr a-z A-Z')")
    page.keyboard.press("Control+Shift+V")
    page.keyboard.press("Enter")
    screen_of(page, "victim").get_by_text("PASTED", exact=True).wait_for()

    before = re.search(r"^\d+ \d+$", screen_of(page, "router").inner_text(), re.MULTILINE)[0]
    page.set_viewport_size({"width": 1000, "height": 900})
    page.get_by_role("article", name="Terminal in router").locator(".screen").click()
    page.keyboard.type("clear; stty size; echo it is\n")
    screen_of(page, "router").get_by_text("it is", exact=True).wait_for()
    assert before not in screen_of(page, "router").inner_text()

    page.keyboard.type("sleep 987\n")
    until(lambda: "sleep 987" in processes("router"), "the program to run", within=20)
    page.keyboard.press("F6")
    page.keyboard.press("Enter")
    assert page.get_by_role("article").count() == 1
    until(lambda: "bash" not in processes("router"), "the shell to end", within=20)
    assert "sleep 987" not in processes("router")
    assert "bash" in processes("victim")
    context.close()
    until(lambda: "bash" not in processes("victim"), "the other one to end with its browser", within=20)


def test_a_lab_that_is_taken_down_behind_the_pages_back_is_said(addresses, browser):
    page = browser.new_page()
    page.set_default_timeout(WAITS)
    page.goto(addresses[0])
    page.get_by_role("button", name="A terminal in victim").click()
    screen_of(page, "victim").get_by_text("@victim:").wait_for()
    told("down").check_returncode()
    screen_of(page, "victim").get_by_text("[the shell has ended]").wait_for()
    page.get_by_text("The lab is not there any more.").wait_for()
    page.get_by_role("button", name="A terminal in router").click()
    screen_of(page, "router").get_by_text("[").wait_for()
    page.get_by_role("button", name="dns", exact=True).click()
    page.locator(".told .trouble").wait_for()
