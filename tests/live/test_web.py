"""The proposal on the page for the stage, from its first click to the last proof, in a browser."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker

ROOT = Path(__file__).parents[2]
OWNER = f"web-{os.getpid()}"
WAITS = 60_000
"""Milliseconds within which the page shows what it shows."""


@pytest.fixture
def addresses():
    """Serve the page of a home LAN, and give the teacher's address and the projector's."""
    environment = os.environ | {"LOGNAME": OWNER}
    argv = [sys.executable, "-m", "lab.cli", "web", "topology=home-lan"]
    with subprocess.Popen(argv, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as serving:
        try:
            said = [serving.stdout.readline(), serving.stdout.readline()]
            yield [re.search(r"http://\S+", line)[0] for line in said]
            serving.send_signal(signal.SIGINT)
            assert serving.wait(30) == 130
        finally:
            serving.kill()
            clean = [sys.executable, "-m", "lab.cli", "clean"]
            subprocess.run(clean, cwd=ROOT, env=environment, check=True, capture_output=True)


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
    assert not projector.locator(".controls").is_visible()
    assert "19 of 19 proofs passed" in teacher.locator(".state").inner_text()
