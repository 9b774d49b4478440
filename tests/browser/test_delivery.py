"""Delivery: whatever server and network do, every event arrives, and counts once."""

import pytest

from tests.browser.tabs import loaded, skip
from tests.browser.world import VISITED, World

MINUTE = 60


def test_when_the_server_comes_back_what_it_refused_arrives_once(world: World) -> None:
    page = world.returning()
    world.fault(503, times=3)

    page.evaluate('plantrack.track("One")')
    world.wait(page, 2)
    page.evaluate('plantrack.track("Two")')
    world.wait(page, 2 * MINUTE)

    world.exactly(*VISITED, "One", "Two")
    assert [post.status for post in world.proxy.posts()][-4:] == [503, 503, 503, 200]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 504])
def test_a_passing_failure_loses_nothing(status: int, world: World) -> None:
    page = world.returning()
    world.fault(status)

    page.evaluate('plantrack.track("One")')
    world.wait(page, MINUTE)

    world.exactly(*VISITED, "One")


def test_an_event_whose_acknowledgement_was_lost_is_sent_again_and_counts_once(
    world: World,
) -> None:
    page = world.returning()
    world.fault(502, times=2, after=True)

    page.evaluate('plantrack.track("One"); plantrack.track("Two")')
    world.wait(page, 2 * MINUTE)

    world.exactly(*VISITED, "One", "Two")
    assert [item["action"] for item in world.taken()].count("One") == 3
    assert world.local.counts(world.customer)["duplicate"] == 4


def test_an_answer_that_the_page_may_not_read_is_a_failure_that_passes(world: World) -> None:
    page = world.returning()
    world.expect("CORS policy|net::ERR_FAILED|status of 502")
    world.proxy.answer(502, body=b"<h1>Bad gateway</h1>")

    page.evaluate('plantrack.track("One")')
    world.wait(page, MINUTE)

    world.exactly(*VISITED, "One")


def test_without_a_network_events_wait_and_with_one_they_arrive(world: World) -> None:
    page = world.returning()
    page.context.set_offline(True)
    world.expect("ERR_INTERNET_DISCONNECTED")

    page.evaluate('plantrack.track("One")')
    world.wait(page, 10 * MINUTE)
    page.evaluate('plantrack.track("Two")')
    world.wait(page, 2)
    before = len(world.proxy.posts())
    page.context.set_offline(False)
    world.wait(page, 1)

    world.exactly(*VISITED, "One", "Two")
    assert before == 1


def test_events_of_a_page_without_a_network_are_sent_by_the_next(world: World) -> None:
    page = world.returning()
    address = world.publish("/next", world.snippet())
    world.expect("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    page.evaluate('plantrack.track("One")')
    page.close()

    later = world.contexts[-1].new_page()
    later.context.set_offline(False)
    later.goto(address)
    loaded(later)
    world.wait(later, 20)

    world.exactly(*VISITED, "One", "page.visit")


def test_a_wait_that_the_server_asks_for_is_kept(world: World) -> None:
    page = world.returning()
    world.fault(503, Retry_After="120")

    page.evaluate('plantrack.track("One")')
    world.wait(page, 100)
    page.evaluate('plantrack.track("Two")')
    world.wait(page, 15)
    kept = len(world.proxy.posts())
    world.wait(page, 10)

    world.exactly(*VISITED, "One", "Two")
    assert kept == 2


def test_the_next_page_keeps_the_wait_as_well(world: World) -> None:
    page = world.returning()
    world.fault(503, Retry_After="120")
    page.evaluate('plantrack.track("One")')
    world.wait(page, 2)

    page.goto(world.publish("/next", world.snippet()))
    loaded(page)
    world.wait(page, 100)
    kept = len(world.proxy.posts())
    world.wait(page, 20)

    world.exactly(*VISITED, "One", "page.visit")
    assert kept == 2


def test_a_server_that_is_down_for_an_hour_is_not_hammered(world: World) -> None:
    page = world.returning()
    world.fault(500, times=1000)

    page.evaluate('plantrack.track("One")')
    for _ in range(12):
        skip(page, 2 * MINUTE)
        world.wait(page, 3 * MINUTE)
    tries = len(world.proxy.posts()) - 1
    world.proxy.heal()
    world.wait(page, 10 * MINUTE)

    world.among("One")
    assert 8 <= tries <= 30
