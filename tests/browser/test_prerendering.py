"""Prerendering: a page that a browser renders ahead is visited when it is shown, if it ever is."""

import json

from tests.browser import chromium, pages
from tests.browser.pages import IDENTIFY, KNOWN
from tests.browser.site import NONCE, policy
from tests.browser.world import VISITED, World
from tests.conftest import eventually

AHEAD = {"prerender": [{"urls": ["/next"], "eagerness": "immediate"}]}
TELL = 'fetch("/ahead?" + document.prerendering)'


def publish(world: World, head: str, then: str) -> str:
    """A page whose browser renders /next ahead, both with this head, and what it does later."""
    csp = policy(f"{world.proxy.url} {world.site.url}")
    world.publish("/next", pages.inline(TELL) + head, csp=csp)
    ahead = f'<script type="speculationrules" nonce="{NONCE}">{json.dumps(AHEAD)}</script>'
    later = pages.inline(f"setTimeout(() => {{ {then} }}, 2500)")
    return world.publish("/", ahead + head + later, csp=csp)


def heads(world: World) -> str:
    """Both faces, each with somebody who is known."""
    not_a_robot = {"bot": False}
    tracker = world.tracker(options={**KNOWN, **not_a_robot, "batchTimeout": 1})
    return world.snippet(IDENTIFY, init=not_a_robot) + tracker


def test_a_page_that_was_rendered_ahead_is_visited_when_it_is_shown(world: World) -> None:
    address = publish(world, heads(world), 'plantrack.track("Leaving"); location.href = "/next"')

    with chromium.undriven(address):
        events = world.among(*VISITED, "pageView", "Leaving", "page.visit", "pageView")

    assert "/ahead?true" in world.site.seen, "Chromium did not render the page ahead"
    visited = [(e["page"], e["action"]) for e in events if e["action"] in ("page.visit", "Leaving")]
    assert visited == [
        (f"{world.site.url}/", "page.visit"),
        (f"{world.site.url}/", "Leaving"),
        (f"{world.site.url}/next", "page.visit"),
    ]
    assert sorted(e["page"] for e in events if e["action"] == "pageView") == ["/", "/next"]
    assert len({e["session"] for e in events}) == 1


def test_a_page_that_was_rendered_ahead_and_never_shown_sends_nothing(world: World) -> None:
    address = publish(world, heads(world), 'plantrack.track("Still here")')

    with chromium.undriven(address):
        eventually(lambda: world.site.seen, lambda seen: "/ahead?true" in seen)
        events = world.among(*VISITED, "pageView", "Still here")

    assert {event["page"] for event in events} == {f"{world.site.url}/", "/"}
