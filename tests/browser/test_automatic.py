"""What is sent without a call: pages, sessions, tagged elements, and what a site leaves out."""

import pytest
from playwright.sync_api import Page

from tests.browser.world import Event, World, loaded, skip

IDENTIFY = 'plantrack.identify("u1", {"email": "ada@acme.com", "companyId": "acme"});'
VISITED = ("session.start", "page.visit")


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


BUTTON = """<button data-plantrack-event="Viewed prices" data-plantrack-weight="2"
  data-plantrack-plan="pro"><b>Prices</b></button><p>Text</p><button id="other">Other</button>"""


def test_a_click_on_a_tagged_element_is_an_event_with_its_properties(world: World) -> None:
    page = world.track(IDENTIFY, body=BUTTON)
    loaded(page)

    page.click("b")
    page.click("p")
    page.click("#other")
    world.wait(page, 20)

    events = world.exactly(*VISITED, "Viewed prices")
    (event,) = [e for e in events if e["action"] == "Viewed prices"]
    assert (event["weight"], event["info"]) == (2, {"plan": "pro"})


def test_a_tagged_link_that_leads_away_is_an_event_and_still_leads_away(world: World) -> None:
    address = world.publish("/target", "")
    link = f'<a href="{address}" data-plantrack-event="Followed">Go</a>'
    page = world.track(IDENTIFY, body=link)
    loaded(page)

    page.click("a")
    page.wait_for_url(address)

    world.exactly(*VISITED, "Followed")


def test_a_tagged_element_that_is_added_later_counts_as_well(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    page.evaluate(
        """() => {
          const button = document.createElement("button");
          button.dataset.plantrackEvent = "Pressed";
          button.textContent = "Press";
          document.body.append(button);
        }"""
    )
    page.click("button")
    world.wait(page, 2)

    world.exactly(*VISITED, "Pressed")


FORM = """<form action="/sent" method="post" data-plantrack-event="Asked for a demo">
  <input name="seats" value="12" data-plantrack-field>
  <select name="plan" data-plantrack-field><option>pro</option></select>
  <input name="phone" value="555-1234">
  <input name="password" type="password" value="hunter2" data-plantrack-field>
  <button>Send</button></form>"""


def test_a_tagged_form_tells_its_tagged_fields_and_no_other(world: World) -> None:
    world.publish("/sent", "")
    page = world.track(IDENTIFY, body=FORM)
    loaded(page)

    page.click("button")
    page.wait_for_url("**/sent")

    events = world.exactly(*VISITED, "Asked for a demo")
    (event,) = [e for e in events if e["action"] == "Asked for a demo"]
    assert (event["info"]["seats"], event["info"]["plan"]) == ("12", "pro")
    sent = b"".join(post.body for post in world.proxy.posts())
    assert b"555-1234" not in sent
    assert b"hunter2" not in sent


def test_how_long_a_tagged_element_is_hovered_over_is_told(world: World) -> None:
    boxes = '<p data-plantrack-hover="Read the fine print">Small</p><h1>Big</h1>'
    page = world.track(IDENTIFY, body=boxes)
    loaded(page)

    page.hover("p")
    world.wait(page, 4)
    page.hover("h1")
    world.wait(page, 2)

    (event,) = world.acted("Read the fine print")
    assert 4_000 <= event["info"]["duration"] < 6_000


def test_a_pointer_that_only_passes_is_no_hovering(world: World) -> None:
    boxes = '<p data-plantrack-hover="Read the fine print">Small</p><h1>Big</h1>'
    page = world.track(IDENTIFY, body=boxes)
    loaded(page)

    page.hover("h1")
    page.evaluate(
        """() => ["p", "h1"].forEach((name) => document.querySelector(name)
          .dispatchEvent(new MouseEvent("mouseover", { bubbles: true })))"""
    )
    world.wait(page, 20)

    world.exactly(*VISITED)


def test_what_the_site_denies_never_leaves_the_browser(world: World) -> None:
    rules(world, deny=["page.*", "Secret *"])
    page = world.track(IDENTIFY)
    loaded(page)

    world.wait(page, 5)
    page.evaluate('plantrack.track("Secret plan"); plantrack.track("Open plan")')
    world.wait(page, 20)

    world.exactly("session.start", "Open plan")
    assert [i["action"] for i in world.taken() if i["action"].startswith("Secret")] == []


def test_where_a_site_allows_some_actions_only_these_are_sent(world: World) -> None:
    rules(world, allow=["Bought*"])
    page = world.track(IDENTIFY)
    loaded(page)

    world.wait(page, 5)
    page.evaluate('plantrack.track("Looked"); plantrack.track("Bought a [box]")')
    world.wait(page, 20)

    world.exactly("Bought a [box]")
    assert "Looked" not in [item["action"] for item in world.taken()]


def test_a_changed_list_holds_from_the_next_page_on(world: World) -> None:
    page = world.track(f'{IDENTIFY} plantrack.track("Plan")')
    loaded(page)
    world.wait(page, 2)
    world.among("Plan")
    # Doors and browsers remember the lists for a minute: a route stands for that minute.
    page.route("**/analytics/sites/*", lambda route: route.fulfill(json={"unwanted": "^Plan$"}))

    page.goto(world.publish("/next", world.snippet()))
    loaded(page)
    world.wait(page, 2)
    page.evaluate('plantrack.track("Plan"); plantrack.track("Other")')
    world.wait(page, 20)

    world.exactly(*VISITED, "Plan", "page.visit", "Other")


@pytest.mark.parametrize("glob", ["(", "a{2,1}", "[", "\\", "$^", "?*+"])
def test_a_list_of_strange_globs_harms_nothing(glob: str, world: World) -> None:
    rules(world, deny=[glob])
    page = world.track(IDENTIFY)
    loaded(page)
    world.wait(page, 2)

    page.evaluate('plantrack.track("One")')
    world.wait(page, 2)

    world.exactly(*VISITED, "One")


def rules(world: World, **lists: list[str]) -> None:
    """The tenant changes its lists, and the doors know."""
    status, _, _ = world.local.send(
        "PATCH",
        "/api/v1/settings",
        {"rules": [lists]},
        Authorization=f"Bearer {world.customer.token}",
    )
    assert status == 200
