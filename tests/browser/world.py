"""World: a customer with a website, the local default behind a proxy, and one visitor's browser."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from subprocess import CompletedProcess
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser import pages, reports
from tests.browser.chromium import PERSON
from tests.browser.pages import IDENTIFY
from tests.browser.proxy import BrowserProxy
from tests.browser.site import Site, policy
from tests.browser.tabs import PATIENCE, loaded, waiting
from tests.browser.traffic import Traffic
from tests.clients.proxy import Exchange
from tests.conftest import Customer, Local, eventually

# A fault that the page may read about, as every answer of Waypost is.
READABLE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Retry-After",
}
# What is sent without a call: tests that are not about it name only what they called for.
AUTOMATIC = {
    *("page.visit", "session.start", "session.end"),
    *("pageView", "pageViewEnd", "sessionSync"),
}
VISITED = ("session.start", "page.visit")
STEP = 5
Event = dict[str, Any]
Waypost = Callable[..., CompletedProcess[str]]  # the command line, pointed at the customer


@dataclass
class World:
    local: Local
    customer: Customer
    proxy: BrowserProxy
    site: Site
    browser: Browser
    expected: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)
    traffic: Traffic = field(init=False)

    def __post_init__(self) -> None:
        self.traffic = Traffic(self.proxy)

    # ---- What the customer's site is ----

    @property
    def script(self) -> str:
        return f"{self.proxy.url}/analytics/plantrack.min.js"

    def publish(
        self, path: str, head: str = "", body: str = "", title: str = "Home", **more: Any
    ) -> str:
        """Puts a page on the site, under the strict policy unless `csp` is given: its address."""
        csp = more.get("csp", policy(self.proxy.url))
        self.site.put(urlsplit(path).path, pages.html(head, body, title), csp)
        return self.site.url + path

    def snippet(self, calls: str = "", init: Any = None) -> str:
        """The documented snippet of this customer, and calls made before the script is there."""
        text = pages.documented(self.proxy.url, self.customer.tenant, init, calls)
        return pages.inline(text)

    # ---- Who visits it ----

    def visitor(self, clock: bool = True, **options: Any) -> BrowserContext:
        """A browser of a person who was never here; whatever it complains about is kept."""
        context = self.browser.new_context(**{"user_agent": PERSON, **options})
        context.set_default_timeout(PATIENCE * 1000)
        context.on("console", self._complain)
        context.on("weberror", lambda e: self.complaints.append(f"thrown: {e.error}"))
        self.traffic.watch(context)
        if clock:
            context.clock.install()
        self.contexts.append(context)
        return context

    def open(self, head: str, body: str = "", path: str = "/", **options: Any) -> Page:
        """A fresh visitor on a page with this head and body, with all of it loaded."""
        shown = {name: options.pop(name) for name in ("title", "csp") if name in options}
        address = self.publish(path, head, body, **shown)
        page = self.visitor(**options).new_page()
        page.goto(address)
        return page

    def track(self, calls: str = "", init: Any = None, **options: Any) -> Page:
        """A fresh visitor on a page with the documented snippet."""
        return self.open(self.snippet(calls, init), **options)

    def na(self, calls: str = "", options: Any = None, **page: Any) -> Page:
        """A fresh visitor on a page that constructs `tracker`, and makes calls on it."""
        return self.open(self.tracker(calls, options), **page)

    def tracker(self, calls: str = "", options: Any = None) -> str:
        """The script and the constructor, as a page has them in its head."""
        given = json.dumps(options or {})
        made = f'window.tracker = na("{self.customer.tenant}", "web", {given});\n{calls}'
        return pages.external(self.script) + pages.inline(made)

    def returning(self) -> Page:
        """A visitor who is identified, and whose first events have arrived."""
        page = self.track(IDENTIFY)
        loaded(page)
        self.wait(page, 2)
        self.exactly(*VISITED)
        return page

    def expect(self, complaint: str) -> None:
        """From here on a complaint that this pattern is found in is no failure."""
        self.expected.append(complaint)

    def unexpected(self) -> list[str]:
        for context in self.contexts:
            for page in context.pages:
                page.evaluate("0")  # whatever the browser still has to say is said before this
        return [c for c in self.complaints if not any(re.search(e, c) for e in self.expected)]

    # ---- How time passes ----

    def wait(self, page: Page, seconds: float) -> None:
        """Time passes for the page, and every timer that falls due meanwhile runs.

        Answers are waited for between any two steps: else hours would pass before one comes.
        """
        for _ in range(int(seconds // STEP)):
            page.clock.run_for(STEP * 1000)
            self.traffic.quiet(page)
        page.clock.run_for(int(seconds % STEP * 1000))
        self.traffic.quiet(page)

    def sync(self, page: Page) -> None:
        """What `tracker` has queued is sent."""
        page.evaluate("tracker.syncEvents()")
        self.wait(page, 1)

    def drain(self, page: Page) -> None:
        """Time passes until this browser has nothing left to send, and no answer to wait for."""
        for _ in range(60):
            if not waiting(page):
                # Another tab may have sent the same: that one's answer is still to come.
                self.traffic.answered(page)
                return
            self.wait(page, 2)
        pytest.fail("the queue of the page does not empty")

    def _complain(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    # ---- What arrived ----

    def fault(self, status: int, times: int = 1, after: bool = False, **headers: str) -> None:
        """The next requests get this answer; `after`: they arrive, the answer to them does not."""
        self.expect(f"status of {status}")
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.proxy.answer(status, times, after, {**READABLE, **named})

    def taken(self) -> list[Event]:
        """The items, as sent, of every request that reached Waypost and was answered 200."""
        posts = [post for post in self.proxy.posts() if post.upstream == 200]
        return [item for post in posts for item in items(post)]

    def arrived(self, n: int) -> list[Event]:
        """The events of the read API and reports of time, oldest first, once there are so many."""
        return eventually(self._events, lambda events: len(events) >= n, PATIENCE)

    def among(self, *actions: str) -> list[Event]:
        """The events of the read API and reports of time, once these actions are among them."""
        wanted = Counter(actions)
        return eventually(
            self._events, lambda f: wanted <= Counter(e["action"] for e in f), PATIENCE
        )

    def acted(self, *actions: str) -> list[Event]:
        """The events of these actions, once they are there, as often as they are named.

        Fails where any other event has arrived by then, but for the automatic ones.
        """
        wanted = Counter(actions)
        events = self.among(*actions)
        others = [e for e in events if e["action"] not in AUTOMATIC or e["action"] in wanted]
        assert Counter(e["action"] for e in others) == wanted, [e["action"] for e in events]
        return others

    def exactly(self, *actions: str) -> list[Event]:
        """As `acted`, and the automatic events count as well."""
        events = self.among(*actions)
        assert Counter(e["action"] for e in events) == Counter(actions)
        return events

    def _events(self) -> list[Event]:
        events: list[Event] = self.local.get(self.customer, "events?limit=500")["events"]
        events.reverse()
        events += reports.of_time(self.local, self.customer)
        return sorted(events, key=lambda e: e["time"])


def items(post: Exchange) -> list[Event]:
    body = post.json()
    return body if isinstance(body, list) else [body]
