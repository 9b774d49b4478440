"""Storage: two tabs share it, and it may be blocked, full, or hold what others left there."""

from collections import Counter

import pytest
from playwright.sync_api import Page

from tests.browser.pages import IDENTIFY
from tests.browser.tabs import loaded, until
from tests.browser.world import VISITED, World, items

MINUTE = 60
TURN = 'localStorage["plantrack.turn"]'


def two_tabs(world: World, **visitor: bool) -> list[Page]:
    """Two tabs of one visitor, on the same page."""
    context = world.visitor(**visitor)
    address = world.publish("/", world.snippet(IDENTIFY))
    tabs = [context.new_page() for _ in range(2)]
    for tab in tabs:
        tab.goto(address)
        loaded(tab)
    return tabs


def test_two_tabs_send_everything_once(world: World) -> None:
    tabs = two_tabs(world)

    for n in range(10):
        for name, tab in zip("AB", tabs, strict=True):
            tab.evaluate(f'plantrack.track("{name}{n}")')
    world.drain(tabs[0])

    world.acted(*[f"{name}{n}" for name in "AB" for n in range(10)])
    sent = Counter(item["messageId"] for post in world.proxy.posts() for item in items(post))
    # The clock of a tab in hand runs ahead of the other's, so each may take its turn once.
    assert max(sent.values()) <= len(tabs), "a tab sent what the other had sent"


def test_a_tab_leaves_alone_what_the_other_is_sending(world: World) -> None:
    first, second = two_tabs(world)
    world.wait(second, 2)
    world.drain(first)
    world.drain(second)
    before = len(world.proxy.posts())
    world.proxy.delay = 3

    first.evaluate('plantrack.track("One")')
    first.clock.run_for(1100)
    until(first, lambda: len(world.proxy.posts()) > before)
    until(second, lambda: second.evaluate(TURN) == first.evaluate(TURN))
    second.evaluate('plantrack.track("Two")')
    second.clock.run_for(1100)
    world.drain(first)

    world.acted("One", "Two")
    sent = [item["action"] for post in world.proxy.posts()[before:] for item in items(post)]
    assert sent.count("One") == 1


def test_two_tabs_at_the_same_moment_lose_nothing(world: World) -> None:
    tabs = two_tabs(world, clock=False)
    hammer = """name => { let n = 0; const again = setInterval(() => {
      plantrack.track(name + n++); if (n == 100) clearInterval(again); }, 4) }"""

    for name, tab in zip("AB", tabs, strict=True):
        tab.evaluate(hammer, name)

    world.acted(*[f"{name}{n}" for name in "AB" for n in range(100)])


def test_a_tab_that_is_closed_leaves_its_events_to_the_other(world: World) -> None:
    first, second = two_tabs(world)
    world.drain(first)
    world.fault(503, times=2)

    first.evaluate('plantrack.track("One")')
    first.close()
    second.evaluate('plantrack.track("Two")')
    world.wait(second, 2 * MINUTE)

    world.acted("One", "Two")


def test_where_storage_is_blocked_events_are_sent_all_the_same(world: World) -> None:
    csp = f"sandbox allow-scripts; script-src {world.proxy.url} 'unsafe-inline'"
    world.fault(503)
    page = world.track(f'{IDENTIFY} plantrack.track("One")', csp=csp)
    loaded(page)
    assert page.evaluate("() => { try { return localStorage } catch (e) { return e.name } }") == (
        "SecurityError"
    )

    world.wait(page, MINUTE)
    page.evaluate('plantrack.track("Two")')
    page.close()

    world.exactly(*VISITED, "One", "Two")


def test_where_storage_is_full_events_are_sent_all_the_same(world: World) -> None:
    fill = """for (let size = 1 << 22, n = 0; size; n++) {
      try { localStorage["fill" + n] = "x".repeat(size); } catch (e) { size >>= 1; } }"""
    world.fault(503)
    page = world.track(f'{fill} {IDENTIFY} plantrack.track("One")')
    loaded(page)

    world.wait(page, MINUTE)
    page.evaluate('plantrack.track("Two")')
    page.close()

    world.exactly(*VISITED, "One", "Two")


@pytest.mark.parametrize("left", ["", "{broken", "null", "7", "[]", '"text"', "{}", '{"e":null}'])
def test_what_others_left_in_its_storage_harms_nothing(left: str, world: World) -> None:
    page = world.returning()
    page.evaluate(
        """text => { for (const key of Object.keys(localStorage)) localStorage[key] = text;
          localStorage["plantrack.q1"] = text; }""",
        left,
    )

    page.goto(world.publish("/next", world.snippet('plantrack.track("One")')))
    loaded(page)
    world.wait(page, 20)

    world.acted("One")
