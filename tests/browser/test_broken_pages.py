"""Broken pages: whatever a page does to its globals, it tells what a page in order tells."""

import json
from collections import Counter

from playwright.sync_api import Page

from tests.browser import pages
from tests.browser.broken_pages import BROKEN, Broken
from tests.browser.tabs import PATIENCE, loaded
from tests.browser.world import Event, World
from tests.conftest import eventually

INFO = {"list": [1, {"deep": [2, "three"]}], "on": True}
BUTTON = '<button data-plantrack-event="Pressed" data-plantrack-plan="pro">Press</button>'
TOLD = ("session.start", "page.visit", "page.visit", "Tracked", "Pressed")


def opened(world: World, name: str, broken: Broken) -> Page:
    """A visitor of a page of this name, who is identified by it; the page tracks, and goes on to
    another address once its button is pressed."""
    calls = f"""plantrack.identify("{name}", {{ "companyId": "acme" }});
      plantrack.track("Tracked", {json.dumps(INFO)});"""
    behind = """addEventListener("mousedown", () =>
      setTimeout(() => history.pushState({}, "", location.pathname + "/more"), 300));"""
    page = world.visitor(clock=False, **broken.visitor).new_page()
    head = pages.inline(broken.before) + world.snippet(calls)
    body = BUTTON + broken.markup + pages.inline(behind)
    page.goto(world.publish(f"/{len(world.contexts)}", head, body))
    loaded(page)
    page.evaluate(f"() => {{ {broken.after} }}")
    return page


def told(world: World) -> dict[str, list[Event]]:
    """What arrived so far, by who told it."""
    by: dict[str, list[Event]] = {name: [] for name in BROKEN}
    for event in world.arrived(0):
        by[event["user"]["external_id"]].append(event)
    return by


def test_a_page_tells_the_same_whatever_others_did_to_it(world: World) -> None:
    for name, broken in BROKEN.items():
        opened(world, name, broken).click("button")

    def actions() -> dict[str, Counter[str]]:
        return {name: Counter(e["action"] for e in events) for name, events in told(world).items()}

    wanted = {name: Counter(TOLD) for name in BROKEN}
    assert eventually(actions, lambda found: found == wanted, PATIENCE)
    infos = [
        e["info"] for events in told(world).values() for e in events if e["action"] == "Tracked"
    ]
    assert infos == [INFO] * len(BROKEN)
