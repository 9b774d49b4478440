"""Leaving: a tab is closed, hidden or led elsewhere, and what it tracked arrives all the same."""

import pytest
from playwright.sync_api import Browser

from tests.browser.pages import IDENTIFY
from tests.browser.tabs import hide, loaded, show, skip, until
from tests.browser.world import VISITED, World, items

MINUTE = 60


@pytest.fixture(autouse=True)
def as_people_have_it(world: World, whole: Browser) -> None:
    world.browser = whole


def test_a_tab_that_is_closed_at_once_loses_nothing(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    page.evaluate('plantrack.track("One")')
    page.close()

    world.exactly(*VISITED, "One")


def test_a_tab_that_is_closed_within_a_batch_loses_nothing(world: World) -> None:
    known = {"accountId": "acme", "userId": "u1"}
    page = world.na('for (let n = 0; n < 40; n++) tracker.sendFeatureEvent("Feature " + n)', known)

    page.close()

    world.acted(*[f"Feature {n}" for n in range(40)])


def test_a_tab_that_is_closed_while_a_request_is_under_way_loses_nothing(world: World) -> None:
    page = world.returning()
    world.proxy.delay = 0.3

    page.evaluate('plantrack.track("One")')
    page.clock.run_for(1500)
    page.evaluate('plantrack.track("Two")')
    page.close()

    world.exactly(*VISITED, "One", "Two")


def test_a_hidden_tab_sends_what_it_has_and_goes_on_when_it_is_shown(world: World) -> None:
    page = world.returning()

    page.evaluate('plantrack.track("One")')
    hide(page)
    world.acted("One")
    show(page)
    page.evaluate('plantrack.track("Two")')
    world.wait(page, 20)

    world.exactly(*VISITED, "One", "Two")


def test_leaving_for_another_page_loses_nothing(world: World) -> None:
    page = world.track(f"{IDENTIFY}")
    loaded(page)
    address = world.publish("/elsewhere", "")

    page.evaluate(f'plantrack.track("One"); location.href = "{address}"')
    page.wait_for_url(address)

    world.exactly(*VISITED, "One")


def test_what_one_page_is_sending_the_next_does_not_send_as_it_leaves(world: World) -> None:
    page = world.returning()
    before = len(world.proxy.posts())
    world.proxy.delay = 1

    page.evaluate('plantrack.track("One")')
    page.clock.run_for(1100)
    until(page, lambda: len(world.proxy.posts()) > before)
    page.goto(world.publish("/next", world.snippet()))
    loaded(page)
    page.evaluate('plantrack.track("Two")')
    page.goto(world.publish("/plain", ""))

    world.acted("One", "Two")
    sent = [item["action"] for post in world.proxy.posts()[before:] for item in items(post)]
    assert (sent.count("One"), sent.count("Two")) == (1, 1)


def test_what_was_tracked_while_the_server_was_down_is_sent_by_a_later_page(world: World) -> None:
    page = world.returning()
    world.fault(503, times=4)
    page.evaluate('plantrack.track("One")')
    world.wait(page, 2)
    page.goto(world.publish("/plain", ""))
    skip(page, 5 * MINUTE)

    page.goto(world.publish("/next", world.snippet()))
    loaded(page)
    world.wait(page, 5 * MINUTE)

    world.exactly(*VISITED, "One", "page.visit")


@pytest.mark.parametrize(
    "beacon", ["() => false", "undefined", "() => { throw new Error('blocked') }"]
)
def test_without_beacons_leaving_loses_nothing_either(beacon: str, world: World) -> None:
    page = world.track(f"navigator.sendBeacon = {beacon}; {IDENTIFY}")
    loaded(page)

    page.evaluate('plantrack.track("One")')
    page.close()

    world.exactly(*VISITED, "One")


def test_a_page_that_comes_back_whole_counts_nothing_twice(world: World) -> None:
    page = world.returning()
    world.proxy.delay = 0.2
    page.evaluate('plantrack.track("One")')
    page.clock.run_for(1500)
    page.goto(world.publish("/plain", ""))

    page.go_back(wait_until="commit")
    world.wait(page, MINUTE)

    world.exactly(*VISITED, "One", "page.visit")


def test_many_bytes_at_the_moment_of_leaving_arrive_at_last(world: World) -> None:
    page = world.returning()

    page.evaluate(
        """for (let n = 0; n < 20; n++) plantrack.track("Large " + n, { text: "x".repeat(9000) })"""
    )
    page.goto(world.publish("/next", world.snippet()))
    loaded(page)
    world.wait(page, 2 * MINUTE)

    world.acted(*[f"Large {n}" for n in range(20)])
