"""What tests of several rooms share."""

import asyncio
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


@pytest.fixture
def tidy(browser):
    """Open an empty page, so many pixels wide; whatever the browser complains about fails the test."""
    contexts, complaints = [], []

    def open_(width, **more):
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def pyshark():
    """The library, with a loop of its own: it takes the one that there is, and leaves a child watcher bound to that."""
    library = pytest.importorskip("pyshark", reason="pyshark is not installed")
    asyncio.set_event_loop(loop := asyncio.new_event_loop())
    yield library
    asyncio.set_child_watcher(None)  # the policy makes a new one when it is asked for the next time
    asyncio.set_event_loop(None)
    loop.close()
