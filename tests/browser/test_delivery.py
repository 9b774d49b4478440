"""Delivery: whatever server, network and visitor do, every event arrives, and counts once."""

import pytest
from playwright.sync_api import Page

from tests.browser.world import READABLE, Event, World, hide, loaded, show, skip

IDENTIFY = 'plantrack.identify("u1", {"companyId": "acme"});'
VISITED = ("session.start", "page.visit")
MINUTE = 60


def dropped(events: list[Event]) -> int:
    """How many events the browser says it had to give up."""
    return sum((event["info"] or {}).get("dropped", 0) for event in events)


def opened(world: World, calls: str = "", **page: str) -> Page:
    """A visitor whose first events have arrived."""
    found = world.track(IDENTIFY + calls, **page)
    loaded(found)
    world.wait(found, 2)
    world.exactly(*VISITED)
    return found


def test_when_the_server_comes_back_what_it_refused_arrives_once(world: World) -> None:
    page = opened(world)
    world.fault(503, times=3)

    page.evaluate('plantrack.track("One")')
    world.wait(page, 2)
    page.evaluate('plantrack.track("Two")')
    world.wait(page, 2 * MINUTE)

    world.exactly(*VISITED, "One", "Two")
    assert [post.status for post in world.proxy.posts()][-4:] == [503, 503, 503, 200]


@pytest.mark.parametrize("status", [408, 429, 500, 502, 504])
def test_a_passing_failure_loses_nothing(status: int, world: World) -> None:
    page = opened(world)
    world.fault(status)

    page.evaluate('plantrack.track("One")')
    world.wait(page, MINUTE)

    world.exactly(*VISITED, "One")


def test_an_event_whose_acknowledgement_was_lost_is_sent_again_and_counts_once(
    world: World,
) -> None:
    page = opened(world)
    world.fault(502, times=2, after=True)

    page.evaluate('plantrack.track("One"); plantrack.track("Two")')
    world.wait(page, 2 * MINUTE)

    world.exactly(*VISITED, "One", "Two")
    assert [item["action"] for item in world.taken()].count("One") == 3
    assert world.local.counts(world.customer)["duplicate"] == 4


def test_an_answer_that_the_page_may_not_read_is_a_failure_that_passes(world: World) -> None:
    page = opened(world)
    world.expect("CORS policy|net::ERR_FAILED|status of 502")
    world.proxy.answer(502, body=b"<h1>Bad gateway</h1>")

    page.evaluate('plantrack.track("One")')
    world.wait(page, MINUTE)

    world.exactly(*VISITED, "One")


def test_without_a_network_events_wait_and_with_one_they_arrive(world: World) -> None:
    page = opened(world)
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
    page = opened(world)
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
    page = opened(world)
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
    page = opened(world)
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
    page = opened(world)
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
    page = opened(world)
    world.proxy.delay = 0.3

    page.evaluate('plantrack.track("One")')
    page.clock.run_for(1500)
    page.evaluate('plantrack.track("Two")')
    page.close()

    world.exactly(*VISITED, "One", "Two")


def test_a_hidden_tab_sends_what_it_has_and_goes_on_when_it_is_shown(world: World) -> None:
    page = opened(world)

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


def test_what_was_tracked_while_the_server_was_down_is_sent_by_a_later_page(world: World) -> None:
    page = opened(world)
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
    page = opened(world)
    world.proxy.delay = 0.2
    page.evaluate('plantrack.track("One")')
    page.clock.run_for(1500)
    page.goto(world.publish("/plain", ""))

    page.go_back(wait_until="commit")
    world.wait(page, MINUTE)

    world.exactly(*VISITED, "One", "page.visit")


def test_two_tabs_send_everything_once(world: World) -> None:
    visitor = world.visitor()
    address = world.publish("/", world.snippet(IDENTIFY))
    tabs = [visitor.new_page() for _ in range(2)]
    for tab in tabs:
        tab.goto(address)
        loaded(tab)

    for n in range(10):
        for name, tab in zip("AB", tabs, strict=True):
            tab.evaluate(f'plantrack.track("{name}{n}")')
    for tab in tabs:
        world.wait(tab, 20)

    world.acted(*[f"{name}{n}" for name in "AB" for n in range(10)])
    assert world.local.counts(world.customer)["duplicate"] == 0
    assert len(world.proxy.posts()) <= 4, "a tab sent what the other was sending"


def test_two_tabs_at_the_same_moment_lose_nothing(world: World) -> None:
    visitor = world.visitor(clock=False)
    address = world.publish("/", world.snippet(IDENTIFY))
    tabs = [visitor.new_page() for _ in range(2)]
    hammer = """name => { let n = 0; const again = setInterval(() => {
      plantrack.track(name + n++); if (n == 100) clearInterval(again); }, 4) }"""
    for tab in tabs:
        tab.goto(address)
        loaded(tab)

    for name, tab in zip("AB", tabs, strict=True):
        tab.evaluate(hammer, name)

    world.acted(*[f"{name}{n}" for name in "AB" for n in range(100)])


def test_a_tab_that_is_closed_leaves_its_events_to_the_other(world: World) -> None:
    visitor = world.visitor()
    address = world.publish("/", world.snippet(IDENTIFY))
    first, second = visitor.new_page(), visitor.new_page()
    for tab in (first, second):
        tab.goto(address)
        loaded(tab)
        world.wait(tab, 2)
    world.fault(503, times=2)

    first.evaluate('plantrack.track("One")')
    first.close()
    second.evaluate('plantrack.track("Two")')
    world.wait(second, 2 * MINUTE)

    world.acted("One", "Two")


def test_where_storage_is_blocked_events_are_sent_all_the_same(world: World) -> None:
    csp = f"sandbox allow-scripts; script-src {world.proxy.url} 'unsafe-inline'"
    page = world.track(f'{IDENTIFY} plantrack.track("One")', csp=csp)
    loaded(page)
    assert page.evaluate("() => { try { return localStorage } catch (e) { return e.name } }") == (
        "SecurityError"
    )

    world.fault(503)
    world.wait(page, MINUTE)
    page.evaluate('plantrack.track("Two")')
    page.close()

    world.exactly(*VISITED, "One", "Two")


def test_where_storage_is_full_events_are_sent_all_the_same(world: World) -> None:
    fill = """for (let size = 1 << 22, n = 0; size; n++) {
      try { localStorage["fill" + n] = "x".repeat(size); } catch (e) { size >>= 1; } }"""
    page = world.track(f'{fill} {IDENTIFY} plantrack.track("One")')
    loaded(page)

    world.fault(503)
    world.wait(page, MINUTE)
    page.evaluate('plantrack.track("Two")')
    page.close()

    world.exactly(*VISITED, "One", "Two")


@pytest.mark.parametrize("left", ["", "{broken", "null", "7", "[]", '"text"', "{}", '{"e":null}'])
def test_what_others_left_in_its_storage_harms_nothing(left: str, world: World) -> None:
    page = opened(world)
    page.evaluate(
        """text => { for (const key of Object.keys(localStorage)) localStorage[key] = text;
          localStorage["plantrack.q1"] = text; }""",
        left,
    )

    page.goto(world.publish("/next", world.snippet('plantrack.track("One")')))
    loaded(page)
    world.wait(page, 20)

    world.acted("One")


def test_many_bytes_go_in_slices_that_a_browser_takes(world: World) -> None:
    page = world.track(IDENTIFY, clock=False)
    loaded(page)

    page.evaluate(
        """for (let n = 0; n < 40; n++) plantrack.track("Large " + n, { text: "ż".repeat(3000) })"""
    )

    world.acted(*[f"Large {n}" for n in range(40)])
    assert max(len(post.body) for post in world.proxy.posts()) < 64 * 1024


def test_many_bytes_at_the_moment_of_leaving_arrive_at_last(world: World) -> None:
    page = opened(world)

    page.evaluate(
        """for (let n = 0; n < 20; n++) plantrack.track("Large " + n, { text: "x".repeat(9000) })"""
    )
    page.goto(world.publish("/next", world.snippet()))
    loaded(page)
    world.wait(page, 2 * MINUTE)

    world.acted(*[f"Large {n}" for n in range(20)])


@pytest.mark.parametrize("status", [400, 403, 413])
def test_what_the_server_will_never_take_is_dropped_and_reported(status: int, world: World) -> None:
    page = opened(world)
    world.fault(status)

    page.evaluate('plantrack.track("Refused"); plantrack.track("Refused as well")')
    world.wait(page, MINUTE)
    page.evaluate('plantrack.track("Taken")')
    world.wait(page, 2)

    assert dropped(world.exactly(*VISITED, "Taken")) == 2


def test_an_event_that_is_too_large_is_dropped_and_reported(world: World) -> None:
    page = opened(world)

    page.evaluate('plantrack.track("Huge", { text: "x".repeat(200000) }); plantrack.track("Small")')
    world.wait(page, 2)

    assert dropped(world.exactly(*VISITED, "Small")) == 1


def test_the_queue_is_bounded_and_what_did_not_fit_is_reported(world: World) -> None:
    page = opened(world)
    page.context.set_offline(True)

    page.evaluate('for (let n = 0; n < 520; n++) plantrack.track("Offline")')
    page.context.set_offline(False)
    world.wait(page, 10)
    page.evaluate('plantrack.track("Online")')
    world.wait(page, 5)

    items = [item for item in world.taken() if item["action"] in ("Offline", "Online")]
    assert [item["action"] for item in items].count("Offline") == 500
    assert sum(item.get("dropped") or 0 for item in items) == 20
    world.among("Online")


def test_the_report_of_what_was_dropped_is_not_dropped_with_its_event(world: World) -> None:
    page = opened(world)
    world.proxy.answer(400, times=2, headers=READABLE)
    world.expect("status of 400")

    for action in ("Refused", "Refused as well"):
        page.evaluate("action => plantrack.track(action)", action)
        world.wait(page, 5)
    page.evaluate('plantrack.track("Taken")')
    world.wait(page, 2)

    assert dropped(world.exactly(*VISITED, "Taken")) == 2
