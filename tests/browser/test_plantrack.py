"""plantrack: the documented snippet, unchanged but for its two addresses, and all of its calls."""

from typing import Any

import pytest

from tests.browser import pages
from tests.browser.site import policy
from tests.browser.tabs import loaded
from tests.browser.world import VISITED, World
from waypost.local.emulator import free_port

ADA = '"u1", {"email": "ada@acme.com", "name": "Ada", "companyId": "acme"}'
IDENTIFY = f"plantrack.identify({ADA});"


def test_calls_made_before_the_script_arrives_are_sent_in_their_order(world: World) -> None:
    page = world.track(f'{IDENTIFY} plantrack.track("One"); plantrack.track("Two")')

    loaded(page)
    world.wait(page, 2)

    assert [event["action"] for event in world.acted("One", "Two")] == ["One", "Two"]


def test_calls_made_after_it_arrived_are_sent_as_well(world: World) -> None:
    page = world.track()
    loaded(page)

    page.evaluate(f'{IDENTIFY} plantrack.track("One")')
    world.wait(page, 2)

    world.acted("One")


def test_a_method_kept_from_before_the_script_arrived_still_gets_through(world: World) -> None:
    page = world.track(f"{IDENTIFY} window.kept = plantrack.track")
    loaded(page)

    page.evaluate('kept("Kept")')
    world.wait(page, 2)

    world.acted("Kept")


def test_a_page_with_two_snippets_sends_everything_once(world: World) -> None:
    page = world.open(world.snippet(f'{IDENTIFY} plantrack.track("One")') + world.snippet())
    page.wait_for_load_state("networkidle")

    world.wait(page, 20)

    world.exactly("session.start", "page.visit", "One")


def test_who_was_identified_is_on_every_later_event(world: World) -> None:
    page = world.track(f'{IDENTIFY} plantrack.track("One"); plantrack.track("Two")')

    loaded(page)
    world.wait(page, 2)

    for event in world.acted("One", "Two"):
        user = event["user"]
        identity = (user["external_id"], user["email"], user["name"], event["account_id"])
        assert identity == ("u1", "ada@acme.com", "Ada", "acme")


def test_the_next_page_knows_who_it_is_without_asking_again(world: World) -> None:
    first = world.track(f'{IDENTIFY} plantrack.track("One")')
    loaded(first)
    address = world.publish("/next", world.snippet('plantrack.track("Two")'))

    first.goto(address)
    loaded(first)
    world.wait(first, 2)

    one, two = world.acted("One", "Two")
    assert two["user"] == one["user"]
    assert (two["user"]["email"], two["account_id"]) == ("ada@acme.com", "acme")


def test_the_identity_is_kept_in_the_cookie_of_the_documented_name(world: World) -> None:
    first = world.track(IDENTIFY)
    loaded(first)
    cookie: Any = next(c for c in first.context.cookies() if c["name"] == "_plantrack")
    other = world.visitor()
    other.add_cookies([cookie])
    page = other.new_page()
    page.goto(world.publish("/other", world.snippet('plantrack.track("Elsewhere")')))

    loaded(page)
    world.wait(page, 2)

    (event,) = [e for e in world.arrived(5) if e["action"] == "Elsewhere"]
    assert (event["user"]["external_id"], event["account_id"]) == ("u1", "acme")
    assert (cookie["path"], cookie["sameSite"], cookie["secure"]) == ("/", "Lax", False)


@pytest.mark.parametrize("broken", ["%", "%7B", "null", "7", "%22text%22", "%5B%5D"])
def test_a_cookie_that_is_not_its_own_makes_it_start_anew(broken: str, world: World) -> None:
    visitor = world.visitor()
    visitor.add_cookies([{"name": "_plantrack", "value": broken, "url": world.site.url}])
    page = visitor.new_page()
    page.goto(world.publish("/", world.snippet(f'{IDENTIFY} plantrack.track("One")')))

    loaded(page)
    world.wait(page, 2)

    (event,) = world.acted("One")
    assert event["user"]["external_id"] == "u1"


def test_an_email_alone_identifies_and_names(world: World) -> None:
    page = world.track(
        'plantrack.identify(null, {"email": "bob@acme.com"}); plantrack.track("One")'
    )

    loaded(page)
    world.wait(page, 2)

    (event,) = world.acted("One")
    user = event["user"]
    identity = (user["external_id"], user["email"], user["name"])
    assert identity == (None, "bob@acme.com", "bob@acme.com")


def test_what_somebody_does_before_being_known_is_theirs_once_they_are(world: World) -> None:
    page = world.track('plantrack.track("Read prices")')
    loaded(page)
    world.wait(page, 5)
    (unknown,) = world.acted("Read prices")

    page.goto(world.publish("/login", world.snippet(f'{IDENTIFY} plantrack.track("Logged in")')))
    loaded(page)
    world.wait(page, 5)

    events = world.exactly("session.start", "page.visit", "Read prices", "page.visit", "Logged in")
    assert unknown["user"]["external_id"] is None
    assert {(e["user"]["external_id"], e["account_id"]) for e in events} == {("u1", "acme")}
    assert len({event["session"] for event in events}) == 1


def test_another_user_does_not_inherit_the_first_ones_data(world: World) -> None:
    page = world.track(f'{IDENTIFY} plantrack.track("One")')
    loaded(page)

    page.evaluate('plantrack.identify("u2"); plantrack.track("Two")')
    world.wait(page, 2)

    one, two = world.acted("One", "Two")
    assert one["user"]["email"] == "ada@acme.com"
    assert (two["user"]["external_id"], two["user"]["email"]) == ("u2", None)
    assert two.get("session") != one["session"]


def test_reset_forgets_the_user(world: World) -> None:
    page = world.track(f'{IDENTIFY} plantrack.track("One")')
    loaded(page)

    page.evaluate('plantrack.reset(); plantrack.track("Nobody\'s")')
    world.wait(page, 20)
    page.goto(world.publish("/next", world.snippet('plantrack.identify("u2")')))
    loaded(page)
    world.wait(page, 20)

    ended = ("session.start", "page.visit", "One", "session.end")
    events = world.exactly(*ended, *VISITED, "Nobody's")
    whose = {(e["user"]["external_id"], e["session"]) for e in events}
    assert {user for user, _ in whose} == {"u1", "u2"}
    assert len(whose) == 2, "somebody's session goes on as another's"


def test_weight_is_the_weight_and_the_rest_becomes_info(world: World) -> None:
    page = world.track(
        f'{IDENTIFY} plantrack.track("Bought", {{"weight": 5, "plan": "pro", "seats": 3}})'
    )

    loaded(page)
    world.wait(page, 2)

    (event,) = world.acted("Bought")
    assert event["weight"] == 5
    assert {"plan": "pro", "seats": 3}.items() <= event["info"].items()


def test_the_third_of_what_track_is_given_is_the_label(world: World) -> None:
    page = world.track(f'{IDENTIFY} plantrack.track("Bought", {{"seats": 3}}, "Bought seats")')

    loaded(page)
    world.wait(page, 2)

    (event,) = world.acted("Bought")
    assert (event["label"], event["info"]) == ("Bought seats", {"seats": 3})


def test_actions_are_free_text(world: World) -> None:
    page = world.track(f'{IDENTIFY} plantrack.track("Zażółć “gęślą” 🎉 & <b>")')

    loaded(page)
    world.wait(page, 2)

    world.acted("Zażółć “gęślą” 🎉 & <b>")


def test_page_is_a_page_visit_of_that_title(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    page.evaluate('plantrack.page("Settings")')
    world.wait(page, 2)

    events = world.exactly("session.start", "page.visit", "page.visit")
    labels = {event["label"] for event in events if event["action"] == "page.visit"}
    assert labels == {"Visited page Home", "Visited page Settings"}


def test_what_is_given_to_load_configures_it(world: World) -> None:
    page = world.track(
        f'{IDENTIFY} plantrack.track("One")', init={"query": True}, path="/here?tab=2#top"
    )

    loaded(page)
    world.wait(page, 2)

    (event,) = world.acted("One")
    assert event["page"] == f"{world.site.url}/here?tab=2#top"


def test_queued_names_that_are_no_calls_are_passed_over(world: World) -> None:
    strange = ["constructor", "__proto__", "toString", "push", "load.call", "valueOf", "then"]
    queued = "".join(f'plantrack.push(["{name}", "x"]);' for name in strange)

    page = world.track(f'{queued} plantrack.push(7, null, []); {IDENTIFY} plantrack.track("One")')
    loaded(page)
    world.wait(page, 2)

    world.acted("One")


def test_no_request_needs_a_preflight_and_none_carries_cookies(world: World) -> None:
    page = world.track(f'{IDENTIFY} plantrack.track("One")')

    loaded(page)
    world.wait(page, 2)
    page.close()

    world.acted("One")
    assert {x.method for x in world.proxy.seen} == {"GET", "POST"}
    assert not [x for x in world.proxy.seen if "cookie" in x.headers]
    assert all(x.headers["content-type"].startswith("text/plain") for x in world.proxy.posts())


def test_it_works_on_a_plain_http_site_as_well(world: World) -> None:
    world.publish("/", world.snippet(f'{IDENTIFY} plantrack.track("One")'))
    page = world.visitor().new_page()
    page.goto(f"http://shop.example:{world.site.port}/")

    loaded(page)
    world.wait(page, 2)

    (event,) = world.acted("One")
    assert event["page"] == f"http://shop.example:{world.site.port}/"


def test_a_snippet_that_is_pasted_at_the_end_of_the_body_works(world: World) -> None:
    page = world.open("", body="<p>Hello</p>" + world.snippet(f'{IDENTIFY} plantrack.track("One")'))

    loaded(page)
    world.wait(page, 2)

    world.acted("One")


def test_a_script_that_never_arrives_leaves_the_page_as_it_was(world: World) -> None:
    world.expect("ERR_CONNECTION_REFUSED")
    nobody = f"http://127.0.0.1:{free_port()}"
    text = pages.documented(nobody, world.customer.tenant, calls=IDENTIFY)

    page = world.open(pages.inline(text), body="<h1>Shop</h1>", csp=policy(nobody))
    page.evaluate('plantrack.track("One")')

    assert page.inner_text("h1") == "Shop"
