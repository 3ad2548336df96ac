"""What tests of several rooms share."""

import os
import shutil
import signal
from pathlib import Path

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell put the tests into the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whom they mean to interrupt must not ignore it


@pytest.fixture(scope="session")
def keeps():
    """Keep a page's picture in the folder that WIRETALE_SCREENSHOTS names, if it does: ``keeps(page, "dns-1280")``."""
    folder = os.environ.get("WIRETALE_SCREENSHOTS")

    def keep(page, name):
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return keep


@pytest.fixture(scope="module")
def browser():
    """Debian's chromium, driven by playwright; without either, the tests that want it are skipped."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not (chromium := shutil.which("chromium")):
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as started:
        window = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield window
        window.close()
