"""Manners: what visitors did not agree to is not sent, and no page suffers from the script."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import pages
from tests.browser.pages import CALLS
from tests.browser.site import policy
from tests.browser.tabs import loaded
from tests.browser.world import VISITED, World

GPC = 'Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { get: () => true })'
DNT = 'Object.defineProperty(Navigator.prototype, "doNotTrack", { get: () => "1" })'
NO_ROBOT = 'Object.defineProperty(Navigator.prototype, "webdriver", { get: () => true })'


def visit(world: World, head: str, before: str = "", **visitor: Any) -> Page:
    """A visitor whose browser says something of its own before any page does."""
    context = world.visitor(**visitor)
    if before:
        context.add_init_script(before)
    page = context.new_page()
    page.goto(world.publish("/", head))
    page.wait_for_function("window.na")
    return page


def assert_nothing_is_known(world: World, page: Page) -> None:
    """Nothing was sent, and nothing is kept in the browser."""
    world.wait(page, 120)
    page.mouse.click(9, 9)
    kept = page.evaluate("Object.keys(localStorage)")
    page.goto(world.publish("/next", ""))
    assert not world.proxy.posts()
    assert not page.context.cookies()
    assert [key for key in kept if "optout" not in key] == []


def test_global_privacy_control_is_honoured_by_default(world: World) -> None:
    page = visit(world, world.snippet(CALLS), GPC)

    assert_nothing_is_known(world, page)


def test_global_privacy_control_holds_for_the_other_face_as_well(world: World) -> None:
    calls = 'tracker.login("u1", "acme"); tracker.sendFeatureEvent("One"); tracker.syncEvents()'
    page = visit(world, world.tracker(calls), GPC)

    assert_nothing_is_known(world, page)


def test_a_site_may_decide_otherwise(world: World) -> None:
    page = visit(world, world.snippet(CALLS, init={"gpc": False}), GPC)

    world.wait(page, 5)

    world.exactly(*VISITED, "One")


def test_do_not_track_is_honoured_on_request(world: World) -> None:
    page = visit(world, world.snippet(CALLS, init={"dnt": True}), DNT)

    assert_nothing_is_known(world, page)


def test_do_not_track_is_not_asked_by_default(world: World) -> None:
    page = visit(world, world.snippet(CALLS), DNT)

    world.wait(page, 5)

    world.exactly(*VISITED, "One")


def test_without_a_consent_that_the_site_asks_for_nothing_is_known(world: World) -> None:
    page = visit(world, world.snippet(CALLS, init={"consent": True}))

    assert_nothing_is_known(world, page)


def test_with_the_consent_everything_since_the_page_came_is_sent(world: World) -> None:
    page = visit(world, world.snippet(CALLS, init={"consent": True}))
    world.wait(page, 60)
    before = len(world.proxy.posts())

    page.evaluate('plantrack.consent(true); plantrack.track("Two")')
    world.wait(page, 5)

    world.exactly(*VISITED, "One", "Two")
    assert before == 0


def test_the_other_face_waits_for_the_consent_as_well(world: World) -> None:
    page = visit(
        world,
        world.tracker(
            'tracker.login("u1", "acme"); tracker.sendFeatureEvent("One")', {"consent": True}
        ),
    )
    world.wait(page, 30)
    before = len(world.proxy.posts())

    page.evaluate("plantrack.consent(true); tracker.syncEvents()")
    world.wait(page, 20)

    world.acted("login", "One")
    assert before == 0


def test_a_consent_that_is_withdrawn_leaves_nothing_behind(world: World) -> None:
    page = visit(world, world.snippet(CALLS))
    world.wait(page, 5)
    world.exactly(*VISITED, "One")

    page.evaluate('plantrack.track("Two"); plantrack.consent(false); plantrack.track("Three")')
    world.wait(page, 60)
    kept = page.evaluate("[localStorage.length, document.cookie]")
    page.close()

    world.exactly(*VISITED, "One")
    assert kept == [0, ""]
    assert "Two" not in [item["action"] for item in world.taken()]


def test_who_opted_out_is_left_alone_on_every_page(world: World) -> None:
    opt_out = pages.inline('localStorage.plantrack_optout = "1";')
    page = visit(world, opt_out + world.snippet(CALLS))

    page.goto(world.publish("/two", world.snippet(CALLS)))
    loaded(page)

    assert_nothing_is_known(world, page)


@pytest.mark.parametrize(
    ("before", "agent"),
    [(NO_ROBOT, {}), ("", {"user_agent": "Mozilla/5.0 (compatible; Examplebot/2.1)"})],
)
def test_a_robot_is_marked_rather_than_counted(
    before: str, agent: dict[str, str], world: World
) -> None:
    page = visit(world, world.snippet(CALLS), before, **agent)

    world.wait(page, 5)

    counts = world.local.settled(world.customer, 3)
    entries = world.local.get(world.customer, "ledger")["ignored"]
    assert (counts["ignored"], counts["received"]) == (3, 3)
    assert {entry["code"] for entry in entries} == {"bot"}


def test_a_person_is_not_marked_and_tests_of_a_site_need_not_be(world: World) -> None:
    person = visit(world, world.snippet(CALLS))
    world.wait(person, 5)
    tester = visit(world, world.snippet(CALLS, init={"bot": False}), NO_ROBOT)
    world.wait(tester, 5)

    events = world.exactly(*VISITED, "One", *VISITED, "One")
    assert not [event for event in events if (event["info"] or {}).get("bot")]


def test_debugging_says_why_something_is_not_counted(world: World) -> None:
    said: list[str] = []
    for init, before in (
        ({"debug": True}, ""),
        ({"debug": True, "consent": True}, ""),
        ({"debug": True}, GPC),
        ({"debug": True}, NO_ROBOT),
    ):
        context = world.visitor()
        context.on("console", lambda message: said.append(message.text))
        context.add_init_script(before)
        page = context.new_page()
        page.goto(world.publish("/", world.snippet(CALLS, init=init), "<p>Text</p>"))
        loaded(page)
        page.evaluate('plantrack.track("Huge", { text: "x".repeat(20000) })')
        page.click("p")
        world.wait(page, 1)

    reasons = [text.split(" ")[1] for text in said if text.startswith("plantrack ")]
    assert {"consent", "gpc", "bot", "size", "untagged"} <= set(reasons)


def test_a_policy_that_opens_scripts_and_connections_alone_is_enough(world: World) -> None:
    body = '<button data-plantrack-event="Pressed">Press</button>'
    page = world.track(CALLS, body=body)
    loaded(page)

    page.click("button")
    page.evaluate('history.pushState({}, "", "/two")')
    world.wait(page, 20)

    world.exactly(*VISITED, "One", "Pressed", "page.visit")
    assert "default-src 'none'" in policy(world.proxy.url)
    assert "unsafe" not in policy(world.proxy.url)
    assert not world.complaints


def test_a_page_whose_policy_blocks_connections_shows_no_harm(world: World) -> None:
    csp = policy(world.proxy.url).replace(f"connect-src {world.proxy.url}", "connect-src 'none'")
    world.expect("Content Security Policy|violates the document")

    page = world.track(CALLS, csp=csp, body="<h1>Shop</h1>")
    loaded(page)
    world.wait(page, 60)

    assert page.inner_text("h1") == "Shop"
    assert not [complaint for complaint in world.complaints if complaint.startswith("thrown")]


def test_query_and_hash_stay_in_the_browser_unless_asked_for(world: World) -> None:
    world.publish("/next", world.snippet())
    page = world.track(CALLS, path="/reset?token=secret#secret")
    loaded(page)
    world.wait(page, 2)
    page.evaluate('history.pushState({}, "", "/next?token=secret#secret")')
    world.wait(page, 5)
    page.reload()
    world.wait(page, 5)

    events = world.among(*VISITED, "One", "page.visit")
    assert {event["page"] for event in events} == {
        f"{world.site.url}/reset",
        f"{world.site.url}/next",
    }
    assert b"secret" not in b"".join(post.body for post in world.proxy.posts())


def test_a_site_may_ask_for_query_and_hash(world: World) -> None:
    page = world.track(CALLS, init={"query": True}, path="/list?page=2#end")
    loaded(page)

    world.wait(page, 5)

    events = world.exactly(*VISITED, "One")
    assert {event["page"] for event in events} == {f"{world.site.url}/list?page=2#end"}
