"""na: the constructor with its options, and each of its calls."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.browser import pages
from tests.browser.pages import KNOWN
from tests.browser.proxy import BrowserProxy
from tests.browser.site import policy
from tests.browser.tabs import until
from tests.browser.world import World
from tests.conftest import eventually

LOGIN = 'tracker.login("u1", "acme", {"first_name": "Ada", "email": "ada@acme.com"}, "BI");'


def known(world: World, path: str, trait: str) -> dict[str, Any]:
    """The traits of a user or an account, once this one is among them."""
    traits = eventually(lambda: _traits(world, path), lambda traits: trait in traits, 30)
    return dict(traits)


def _traits(world: World, path: str) -> dict[str, Any]:
    token = f"Bearer {world.customer.token}"
    status, body, _ = world.local.send("GET", f"/api/v1/{path}", Authorization=token)
    return body.get("traits") or {} if status == 200 else {}


def test_login_names_user_account_and_product_for_every_later_event(world: World) -> None:
    page = world.na(f'{LOGIN} tracker.sendFeatureEvent("Create Report")')

    world.sync(page)

    for event in world.acted("login", "Create Report"):
        user = event["user"]
        assert (user["external_id"], event["account_id"], event["product"]) == ("u1", "acme", "BI")
        assert event["session"]


def test_login_tells_the_details_of_its_user(world: World) -> None:
    page = world.na(LOGIN)

    world.sync(page)

    world.acted("login")
    assert known(world, "users/u1", "first_name")["first_name"] == "Ada"


def test_nothing_is_sent_before_anybody_logged_in(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("Nobody\'s"); tracker.setModuleId("Reports")')

    world.wait(page, 120)
    page.evaluate(LOGIN)
    world.sync(page)

    world.acted("login")


@pytest.mark.parametrize(
    ("back", "user"),
    [
        (LOGIN, "u1"),
        ('tracker.setAccountId("acme");', None),
        ('tracker.setAccountId("acme"); tracker.setUserId("u1");', "u1"),
    ],
)
def test_after_logout_nothing_is_sent_until_somebody_is_there(
    back: str, user: str | None, world: World
) -> None:
    page = world.na(f'{LOGIN} tracker.setModuleId("Reports"); tracker.logout();')

    page.evaluate('tracker.sendFeatureEvent("Silent"); tracker.identifyUser({"title": "X"});')
    page.mouse.move(5, 5)
    world.wait(page, 60)
    page.evaluate(f'{back} tracker.sendFeatureEvent("Heard")')
    world.sync(page)

    wanted = ["login", "logout", *(["login"] if back == LOGIN else []), "Heard"]
    events = world.acted(*wanted)
    assert events[-1]["session"] != events[0]["session"]
    assert events[-1].get("product") == ("BI" if back == LOGIN else None)
    heard = events[-1]
    assert (heard["account_id"], heard["user"]["external_id"]) == ("acme", user)
    assert heard.get("module") is None
    assert {"0", 0}.isdisjoint(item.get("module") for item in world.taken())


def test_logout_holds_on_the_next_page_as_well(world: World) -> None:
    page = world.na(f"{LOGIN} tracker.logout();")
    world.sync(page)

    page.goto(world.publish("/next", world.tracker('tracker.sendFeatureEvent("Silent")')))
    world.wait(page, 60)

    world.acted("login", "logout")
    # Where the page was left before it read its answer, the same events are sent again.
    sent = {item["messageId"] for item in world.taken()}
    assert len(sent) == len(world.arrived(2))


def test_known_ids_can_be_given_to_the_constructor(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("Create Report")', KNOWN)

    world.sync(page)

    (event,) = world.acted("Create Report")
    assert (event["user"]["external_id"], event["account_id"]) == ("u1", "acme")


def test_the_next_page_knows_who_logged_in(world: World) -> None:
    page = world.na(LOGIN)
    world.sync(page)

    page.goto(world.publish("/next", world.tracker('tracker.sendFeatureEvent("Next")')))
    world.sync(page)

    login, feature = world.acted("login", "Next")
    assert (feature["user"]["external_id"], feature["account_id"]) == ("u1", "acme")
    assert feature["session"] == login["session"]
    assert len(page.context.cookies()) == 2


def test_the_setters_name_user_and_account(world: World) -> None:
    page = world.na('tracker.setAccountId("acme"); tracker.setUserId("u7");')

    page.evaluate('tracker.sendFeatureEvent("One"); tracker.setUserId("u8");')
    page.evaluate('tracker.sendFeatureEvent("Two")')
    world.sync(page)

    one, two = world.acted("One", "Two")
    assert (one["user"]["external_id"], two["user"]["external_id"]) == ("u7", "u8")


def test_identify_user_and_account_become_traits(world: World) -> None:
    page = world.na(options=KNOWN)

    page.evaluate('tracker.identifyUser({"title": "Countess", "mobile": "1"})')
    page.evaluate('tracker.identifyAccount({"name": "Acme", "tier": "gold", "employees": 9})')
    world.sync(page)

    user = known(world, "users/u1", "title")
    account = known(world, "accounts/acme", "tier")
    assert user["title"] == "Countess"
    assert (account["tier"], account["employees"]) == ("gold", 9)


def test_an_account_can_be_described_before_its_user_is_known(world: World) -> None:
    page = world.na(options={"accountId": "acme"})

    page.evaluate('tracker.identifyAccount({"name": "Acme", "tier": "gold"})')
    page.evaluate('tracker.identifyUser({"title": "Nobody"})')
    world.sync(page)

    assert known(world, "accounts/acme", "tier")["tier"] == "gold"
    assert "identifyUser" not in [item["action"] for item in world.taken()]


def test_module_and_product_stay_until_they_change(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports"); tracker.setProductId("BI");', KNOWN)

    page.evaluate(
        'tracker.sendFeatureEvent("One"); tracker.sendFeatureEvent("Two", "Admin", "CRM")'
    )
    page.evaluate('tracker.sendFeatureEvent("Three"); tracker.setModuleId(null)')
    page.evaluate('tracker.sendFeatureEvent("Four")')
    world.sync(page)

    events = world.acted("One", "moduleEnd", "Two", "Three", "moduleEnd", "Four")
    placed = {e["action"]: (e.get("module"), e.get("product")) for e in events}
    del placed["moduleEnd"]
    assert placed == {
        "One": ("Reports", "BI"),
        "Two": ("Admin", "CRM"),
        "Three": ("Admin", "CRM"),
        "Four": (None, "CRM"),
    }


def test_events_wait_for_their_batch(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("One")', KNOWN | {"sessionSyncInterval": 100})

    world.wait(page, 10)
    page.evaluate('tracker.sendFeatureEvent("Two")')
    before = len(world.proxy.posts())
    world.wait(page, 6)

    world.acted("One", "Two")
    assert (before, len(world.proxy.posts())) == (0, 1)


def test_the_time_of_a_batch_can_be_chosen(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("One")', KNOWN | {"batchTimeout": 3})

    world.wait(page, 4)

    world.acted("One")


def test_sync_events_sends_at_once(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("One"); tracker.syncEvents()', KNOWN)

    world.wait(page, 1)

    world.acted("One")


def test_a_page_has_its_path_as_name_or_the_one_it_was_given(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("One")', KNOWN, path="/reports/7?secret=1")
    world.sync(page)
    named = world.tracker('tracker.sendFeatureEvent("Two")', KNOWN | {"pageName": "Report"})
    page.goto(world.publish("/reports/8", named))
    world.sync(page)

    one, two = world.acted("One", "Two")
    assert (one["page"], two["page"]) == ("/reports/7", "Report")


def test_debug_url_takes_the_events_instead(world: World) -> None:
    other = world.local.customer()
    url = f"{world.proxy.url}/v1/test/{other.tenant}"

    page = world.na('tracker.sendFeatureEvent("One")', KNOWN | {"debugUrl": url})
    world.sync(page)

    replace(world, customer=other).acted("One")
    assert world.local.counts(world.customer)["received"] == 0


def test_the_european_endpoint_is_another_host(world: World) -> None:
    with BrowserProxy(world.local.url) as europe:
        options = KNOWN | {"euEndpoint": True, "euHost": europe.url}
        csp = policy(f"{world.proxy.url} {europe.url}")
        page = world.na('tracker.sendFeatureEvent("One")', options, csp=csp)
        world.sync(page)

        world.acted("One")
        assert not world.proxy.posts()


def test_a_european_endpoint_that_has_no_host_is_told_of(world: World) -> None:
    visitor = world.visitor()
    warned: list[str] = []
    visitor.on("console", lambda message: warned.append(message.text))
    page = visitor.new_page()
    options = KNOWN | {"euEndpoint": True}
    page.goto(world.publish("/", world.tracker('tracker.sendFeatureEvent("One")', options)))

    world.sync(page)

    world.acted("One")
    assert [text for text in warned if "euHost" in text and world.proxy.url in text]


def test_what_was_called_before_its_file_came_has_its_time(world: World) -> None:
    page, held = world.visitor().new_page(), list[Route]()
    page.route("**/na.min.js", lambda route: held.insert(0, route))
    page.goto(world.publish("/", world.tracker(LOGIN, KNOWN)), wait_until="commit")
    until(page, lambda: bool(held) and page.evaluate("!!window.tracker"))
    began = page.evaluate("Date.now()")
    page.evaluate('tracker.sendFeatureEvent("Early")')
    page.clock.run_for(30_000)

    held[0].continue_()
    page.wait_for_load_state()
    world.sync(page)

    login, early = world.acted("login", "Early")
    sent = {item.get("feature"): item["created_at"] for item in world.taken()}
    assert began - 5_000 <= sent["Early"] <= began + 5_000
    assert login["user"]["external_id"] == early["user"]["external_id"] == "u1"


@pytest.mark.parametrize(
    ("options", "logs"),
    [
        ({}, False),
        ({"debug": True}, True),
        ({"disableEventSend": True}, True),
        ({"disableEventSend": True, "debug": False}, False),
    ],
)
def test_debug_prints_and_disabling_sends_nothing(
    options: dict[str, bool], logs: bool, world: World
) -> None:
    visitor = world.visitor()
    printed: list[str] = []
    visitor.on("console", lambda message: printed.append(message.text))
    page = visitor.new_page()
    page.goto(world.publish("/", world.tracker('tracker.sendFeatureEvent("One")', KNOWN | options)))

    world.sync(page)
    page.close()

    assert any(text.startswith("na ") for text in printed) == logs
    if "disableEventSend" in options:
        assert not world.proxy.posts()
    else:
        world.acted("One")


def test_it_can_be_called_with_new_and_with_an_unload_delay(world: World) -> None:
    made = f'window.tracker = new na("{world.customer.tenant}", "web", {{"unloadDelay": 500}});'
    page = world.open(pages.external(world.script) + pages.inline(made + LOGIN))

    world.sync(page)

    world.acted("login")


def test_both_faces_live_on_one_page(world: World) -> None:
    calls = 'plantrack.identify("u1", {"companyId": "acme"}); plantrack.track("Two")'
    page = world.open(
        world.tracker('tracker.sendFeatureEvent("One")', KNOWN) + world.snippet(calls)
    )
    page.wait_for_load_state("networkidle")

    world.wait(page, 20)

    assert len({e["session"] for e in world.acted("One", "Two")}) == 1
