"""The web page in a real Chromium, on a real server."""

import shutil

import pytest
from tests.servers import serving

from treadle.server.page_files import PageFiles

sync_api = pytest.importorskip("playwright.sync_api")

sync_api.expect.set_options(timeout=20_000)

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser():
    """A Chromium.

    For one module at a time: its driver leaves an event loop running, with which the tests of
    other modules could not run loops of their own.
    """
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    if not PageFiles().is_built:
        pytest.skip("the page is not built: make page")
    with sync_api.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser):
    """A new browser profile, in which no script may fail and nothing is refused by the policy."""
    found = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-GB", timezone_id="UTC"
    )
    found.grant_permissions(["clipboard-read", "clipboard-write"])
    found.set_default_timeout(20_000)
    problems = []
    found.on("weberror", lambda error: problems.append(str(error.error)))

    def note(message):
        if message.type == "error":
            problems.append(f"{message.text} {message.location['url']}")

    found.on("console", note)
    found.problems = problems
    yield found
    found.close()
    assert problems == []


@pytest.fixture
def page(context):
    """A tab."""
    return context.new_page()


@pytest.fixture
def served(address):
    """The address of a server on an empty store; the store itself is at ``address``."""
    with serving(address) as found:
        yield found
