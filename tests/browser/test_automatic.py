"""What is sent without a call: pages, sessions, tagged elements, and what a site leaves out."""

import pytest
from playwright.sync_api import Page

from tests.browser import pages
from tests.browser.pages import IDENTIFY
from tests.browser.tabs import loaded, skip
from tests.browser.world import VISITED, Event, World


def visits(events: list[Event]) -> list[tuple[str, str]]:
    """(address, label) of every page visit, oldest first."""
    return [(e["page"], e["label"]) for e in events if e["action"] == "page.visit"]


def test_a_page_that_is_opened_is_a_visit_with_its_title(world: World) -> None:
    page = world.track(IDENTIFY, title="Price list", path="/prices")
    loaded(page)

    world.wait(page, 20)

    events = world.exactly(*VISITED)
    assert visits(events) == [(f"{world.site.url}/prices", "Visited page Price list")]


def test_a_session_starts_once_whatever_pages_it_sees(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)
    for path in ("/two", "/three"):
        page.goto(world.publish(path, world.snippet()))
        loaded(page)

    world.wait(page, 20)

    events = world.exactly("session.start", "page.visit", "page.visit", "page.visit")
    assert len({event["session"] for event in events}) == 1
    assert [e["label"] for e in events if e["action"] == "session.start"] == ["Started session"]


def test_after_30_minutes_of_silence_a_session_has_ended(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    world.wait(page, 60)
    skip(page, 31 * 60)
    world.wait(page, 20)

    events = world.exactly(*VISITED, "session.end")
    start, end = (
        next(e for e in events if e["action"] == f"session.{w}") for w in ("start", "end")
    )
    assert (end["label"], end["session"]) == ("Session end", start["session"])
    # Whoever else ends it calls the end the same.
    (sent,) = [item for item in world.taken() if item["action"] == "session.end"]
    assert sent["messageId"] == f"{end['session']}:end"
    assert end["time"][:16] <= max(e["time"] for e in events if e is not end)[:16]


def test_a_click_after_the_silence_starts_another_session(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)
    world.wait(page, 5)
    skip(page, 40 * 60)

    page.mouse.click(5, 5)
    world.wait(page, 20)

    events = world.exactly(*VISITED, "session.end", "session.start")
    first, second = [e["session"] for e in events if e["action"] == "session.start"]
    assert first != second


def test_whoever_moves_and_types_stays_in_the_session(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    for n in range(4):
        skip(page, 20 * 60)
        page.mouse.move(10 + n, 10)
        page.keyboard.press("a")
    page.evaluate('plantrack.track("Still here")')
    world.wait(page, 2)

    assert len({e["session"] for e in world.exactly(*VISITED, "Still here")}) == 1


def test_whoever_comes_back_after_an_hour_starts_another_session(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)
    world.wait(page, 5)
    page.goto(world.publish("/plain", ""))
    skip(page, 3600)

    page.goto(world.publish("/back", world.snippet()))
    loaded(page)
    world.wait(page, 20)

    world.exactly(*VISITED, "session.end", *VISITED)


def test_routes_of_a_single_page_application_are_visits(world: World) -> None:
    page = world.track(IDENTIFY, title="Home")
    loaded(page)
    world.wait(page, 1)

    go(page, "/orders", "Orders")
    world.wait(page, 1)
    go(page, "/orders/7?token=1", "Order 7")
    world.wait(page, 1)
    page.evaluate("history.back()")
    page.evaluate('document.title = "Orders"')
    world.wait(page, 2)

    events = world.exactly("session.start", *["page.visit"] * 4)
    assert visits(events) == [
        (f"{world.site.url}/", "Visited page Home"),
        (f"{world.site.url}/orders", "Visited page Orders"),
        (f"{world.site.url}/orders/7", "Visited page Order 7"),
        (f"{world.site.url}/orders", "Visited page Orders"),
    ]


def go(page: Page, path: str, title: str) -> None:
    page.evaluate(
        "([path, title]) => { history.pushState({}, '', path); document.title = title; }",
        [path, title],
    )


def test_a_route_that_is_shown_already_is_no_new_visit(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    go(page, "/?page=2", "Home")
    go(page, "/#top", "Home")
    world.wait(page, 20)

    world.exactly(*VISITED)


def test_the_sites_own_calls_of_the_history_still_work(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    page.evaluate('history.pushState({ kept: 1 }, "", "/a")')

    assert page.evaluate("[history.state.kept, location.pathname]") == [1, "/a"]
    with pytest.raises(Exception, match="SecurityError"):
        page.evaluate('history.pushState({}, "", "https://elsewhere.example/")')


def test_a_page_that_comes_back_whole_is_visited_again(world: World) -> None:
    page = world.track(f"{IDENTIFY} window.whole = true", title="Home")
    loaded(page)
    world.wait(page, 2)
    page.goto(world.publish("/next", world.snippet(), title="Next"))
    loaded(page)
    world.wait(page, 2)

    page.go_back(wait_until="commit")
    page.evaluate('plantrack.track("Back")')
    world.wait(page, 20)

    assert page.evaluate("window.whole") is True
    events = world.exactly("session.start", *["page.visit"] * 3, "Back")
    assert [label for _, label in visits(events)] == [
        "Visited page Home",
        "Visited page Next",
        "Visited page Home",
    ]


def test_every_way_to_another_address_is_one_visit(world: World) -> None:
    page = world.track(IDENTIFY, title="Home")
    loaded(page)

    for way in (
        'history.replaceState({}, "", "/replaced")',
        'location.hash = "#/orders"',
        'location.hash = "#/orders/7?token=secret"',
        'location.hash = "#/orders/7?token=other"',
        'location.hash = "#top"',
        'History.prototype.pushState.call(history, {}, "", "/kept")',
    ):
        page.evaluate(way)
        world.wait(page, 1)
    world.wait(page, 20)

    events = world.exactly("session.start", *["page.visit"] * 6)
    assert [address.removeprefix(world.site.url) for address, _ in visits(events)] == [
        *("/", "/replaced", "/replaced#/orders", "/replaced#/orders/7", "/replaced", "/kept"),
    ]


def test_a_script_in_a_tag_of_its_own_counts_the_page_once(world: World) -> None:
    load = (
        f'plantrack.load("{world.proxy.url}/analytics/{world.customer.tenant}", {{"query": true}});'
    )
    page = world.open(pages.external(world.script) + pages.inline(load + IDENTIFY), path="/?a=1")

    world.wait(page, 20)

    events = world.exactly(*VISITED)
    assert visits(events) == [(f"{world.site.url}/?a=1", "Visited page Home")]


def test_the_first_visit_of_a_session_tells_where_it_came_from(world: World) -> None:
    landing = "/landing?utm_source=news&utm_campaign=spring+sale&gclid=x1&token=secret"
    world.publish("/landing", world.snippet(IDENTIFY))
    world.publish("/from", f'<a href="{world.site.url}{landing}">Go</a>', csp=None)
    page = world.visitor().new_page()
    page.goto(f"http://news.example:{world.site.port}/from?q=secret")

    page.click("a")
    loaded(page)
    world.wait(page, 2)
    page.goto(f"{world.site.url}/landing?utm_source=later")
    loaded(page)
    world.wait(page, 20)

    first, second = [
        e for e in world.exactly(*VISITED, "page.visit") if e["action"] == "page.visit"
    ]
    assert first["info"] == {
        "referrer": f"http://news.example:{world.site.port}/",
        "utm_source": "news",
        "utm_campaign": "spring sale",
        "gclid": "x1",
    }
    assert not second["info"]
    assert b"secret" not in b"".join(post.body for post in world.proxy.posts())
