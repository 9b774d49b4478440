"""One Chromium for the session; for each test a customer, a website and what its visitors do."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests.browser import chromium
from tests.browser.proxy import BrowserProxy
from tests.browser.site import Site
from tests.browser.world import Waypost, World
from tests.conftest import Customer, Local


def pytest_runtest_setup() -> None:
    """Where no Chromium can be started, one line at the end says why for all of these tests."""
    if reason := chromium.missing():
        pytest.skip(reason)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = chromium.launch(playwright.chromium)
    yield launched
    launched.close()


@pytest.fixture(scope="module")
def whole(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with all that the headless shell leaves out."""
    launched = chromium.launch(playwright.chromium, whole=True)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    with Site() as served:
        yield served


@pytest.fixture
def world(browser: Browser, site: Site, local: Local, customer: Customer) -> Iterator[World]:
    """Any error in the console, a blocked request included, fails the test if not expected."""
    site.pages.clear()
    site.seen.clear()
    with BrowserProxy(local.url) as proxy:
        begun = World(local, customer, proxy, site, browser)
        yield begun
        complaints = begun.unexpected()
        for context in begun.contexts:
            context.close()
    assert not complaints


@pytest.fixture
def waypost(world: World) -> Waypost:
    """`waypost("snippet", "--sri")`: the command line, pointed at this customer."""
    place = ["--url", world.proxy.url, "--tenant", world.customer.tenant]

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "waypost.cli", *place, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)

    return run
