"""Tabs: what a visitor and a machine do to a page, and what can be asked of it."""

import time
from collections.abc import Callable

from playwright.sync_api import Error, Page

PATIENCE = 90  # seconds after which what must happen never will; a busy machine needs many
# What the script keeps until it is acknowledged.
WAITING = """Object.keys(localStorage).filter((key) => key.startsWith("plantrack.q"))"""
# Whether a tab of this browser waits for an answer: its turn lasts until then, without a failure.
UNDER_WAY = """() => { try {
  const [until, failures] = JSON.parse(localStorage["plantrack.turn"] || "[]") || [];
  return until > Date.now() && !failures;
} catch (e) { return false } }"""
HIDE = """state => {
  Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
  Object.defineProperty(document, "hidden", { configurable: true, get: () => state == "hidden" });
  document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
}"""


def skip(page: Page, seconds: float) -> None:
    """The machine slept: time is later, and a timer that was due runs once."""
    page.clock.fast_forward(int(seconds * 1000))


def hide(page: Page) -> None:
    """Another tab comes to the front; headless Chromium never hides one by itself."""
    page.evaluate(HIDE, "hidden")


def show(page: Page) -> None:
    page.evaluate(HIDE, "visible")


def loaded(page: Page) -> None:
    """The script has come and has taken over the array; Playwright's own waiting needs frames."""
    until(page, lambda: page.evaluate("() => !!window.na && plantrack.push !== [].push"))


def waiting(page: Page) -> list[str]:
    """The keys of what this browser has yet to send, or to hear that it arrived."""
    kept: list[str] = page.evaluate(WAITING)
    return kept


def under_way(page: Page) -> bool:
    """Whether some tab of this browser waits for an answer; not where a page is just leaving."""
    try:
        return bool(page.evaluate(UNDER_WAY))
    except Error:
        return False


def until(page: Page, holds: Callable[[], bool]) -> None:
    """Lets the browser go on until this holds."""
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up, f"not within {PATIENCE} s"
        page.wait_for_timeout(4)
