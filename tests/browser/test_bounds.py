"""Bounds: requests of a size that browsers take, a queue of so many, and a count of the rest."""

import pytest

from tests.browser.pages import IDENTIFY
from tests.browser.tabs import loaded
from tests.browser.world import READABLE, VISITED, Event, World

MINUTE = 60


def dropped(events: list[Event]) -> int:
    """How many events the browser says it had to give up."""
    return sum((event["info"] or {}).get("dropped", 0) for event in events)


def test_many_bytes_go_in_slices_that_a_browser_takes(world: World) -> None:
    page = world.track(IDENTIFY, clock=False)
    loaded(page)

    page.evaluate(
        """for (let n = 0; n < 40; n++) plantrack.track("Large " + n, { text: "ż".repeat(3000) })"""
    )

    world.acted(*[f"Large {n}" for n in range(40)])
    assert max(len(post.body) for post in world.proxy.posts()) < 64 * 1024


@pytest.mark.parametrize("status", [400, 403, 413])
def test_what_the_server_will_never_take_is_dropped_and_reported(status: int, world: World) -> None:
    page = world.returning()
    world.fault(status)

    page.evaluate('plantrack.track("Refused"); plantrack.track("Refused as well")')
    world.wait(page, MINUTE)
    page.evaluate('plantrack.track("Taken")')
    world.wait(page, 2)

    assert dropped(world.exactly(*VISITED, "Taken")) == 2


def test_an_event_that_is_too_large_is_dropped_and_reported(world: World) -> None:
    page = world.returning()

    page.evaluate('plantrack.track("Huge", { text: "x".repeat(200000) }); plantrack.track("Small")')
    world.wait(page, 2)

    assert dropped(world.exactly(*VISITED, "Small")) == 1


def test_the_queue_is_bounded_and_what_did_not_fit_is_reported(world: World) -> None:
    page = world.returning()
    page.context.set_offline(True)

    page.evaluate('for (let n = 0; n < 520; n++) plantrack.track("Offline")')
    page.context.set_offline(False)
    world.drain(page)
    page.evaluate('plantrack.track("Online")')
    world.drain(page)

    items = [item for item in world.taken() if item["action"] in ("Offline", "Online")]
    assert [item["action"] for item in items].count("Offline") == 500
    assert sum(item.get("dropped") or 0 for item in items) == 20
    world.among("Online")


def test_the_report_of_what_was_dropped_is_not_dropped_with_its_event(world: World) -> None:
    page = world.returning()
    world.proxy.answer(400, times=2, headers=READABLE)
    world.expect("status of 400")

    for action in ("Refused", "Refused as well"):
        page.evaluate("action => plantrack.track(action)", action)
        world.wait(page, 5)
    page.evaluate('plantrack.track("Taken")')
    world.wait(page, 2)

    assert dropped(world.exactly(*VISITED, "Taken")) == 2
