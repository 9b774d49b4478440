"""Traffic: what a visitor's browser has sent, and when all of it has its answer."""

import time
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page, Request

from tests.browser.proxy import BrowserProxy
from tests.browser.tabs import under_way, until

GRACE = 2  # seconds for a request that a closing page may have taken with it
BREATH = 25  # milliseconds in which a page reads an answer that has come


@dataclass
class Traffic:
    """Counts the script's requests: events, and questions for the lists of a site.

    Chromium does not tell the end of every keepalive request; the proxy knows it.
    """

    proxy: BrowserProxy
    begun: int = 0
    ended: int = 0
    settled: int = 0

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._begin)
        context.on("requestfinished", self._end)
        context.on("requestfailed", self._end)

    def quiet(self, page: Page) -> None:
        """What was sent so far has its answer, and the page has read it."""
        page.wait_for_timeout(4)  # lets the browser tell what it began
        while self.begun != self.settled:
            self.settled = self.begun
            self._arrive(page)
            self.answered(page)

    def answered(self, page: Page) -> None:
        """What has got to the proxy has its answer, and who asked has read it and given back the
        turn; a tab that was closed does not do that.
        """
        until(page, lambda: self.pending() == 0)
        page.wait_for_timeout(BREATH)
        give_up = time.monotonic() + GRACE
        while under_way(page) and time.monotonic() < give_up:
            page.wait_for_timeout(4)

    def pending(self) -> int:
        """How many events' requests the proxy has yet to answer."""
        return len(self.proxy.posts()) - self.proxy.answered

    def _arrive(self, page: Page) -> None:
        """What was begun has got to the proxy, or has ended without it."""
        give_up = time.monotonic() + GRACE
        while self._on_its_way() > 0 and time.monotonic() < give_up:
            page.wait_for_timeout(4)
        self.ended += self._on_its_way()

    def _on_its_way(self) -> int:
        return self.begun - self.ended - len(self.proxy.posts())

    def _begin(self, request: Request) -> None:
        self.begun += request.method == "POST" or about_lists(request)

    def _end(self, request: Request) -> None:
        """Questions for the lists always end; events do that the browser could not even send."""
        offline = request.failure == "net::ERR_INTERNET_DISCONNECTED"
        self.ended += about_lists(request) or (request.method == "POST" and offline)


def about_lists(request: Request) -> bool:
    """Whether a page asks for the lists of its site."""
    return request.method == "GET" and "/analytics/sites/" in request.url
