"""na: the constructor with its options, and each of its calls."""

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser import pages
from tests.browser.proxy import BrowserProxy
from tests.browser.site import policy
from tests.browser.world import World
from tests.conftest import eventually

LOGIN = 'tracker.login("u1", "acme", {"first_name": "Ada", "email": "ada@acme.com"}, "BI");'
KNOWN = {"accountId": "acme", "userId": "u1"}


def sync(world: World, page: Page) -> None:
    page.evaluate("tracker.syncEvents()")
    world.wait(page, 1)


def known(world: World, path: str, trait: str) -> dict[str, Any]:
    """The traits of a user or an account, once this one is among them."""
    found = eventually(lambda: _traits(world, path), lambda traits: trait in traits, 30)
    return dict(found)


def _traits(world: World, path: str) -> dict[str, Any]:
    token = f"Bearer {world.customer.token}"
    status, body, _ = world.local.send("GET", f"/api/v1/{path}", Authorization=token)
    return body.get("traits") or {} if status == 200 else {}


def test_login_names_user_account_and_product_for_every_later_event(world: World) -> None:
    page = world.na(f'{LOGIN} tracker.sendFeatureEvent("Create Report")')

    sync(world, page)

    for event in world.acted("login", "Create Report"):
        user = event["user"]
        assert (user["external_id"], event["account_id"], event["product"]) == ("u1", "acme", "BI")
        assert event["session"]


def test_login_tells_the_details_of_its_user(world: World) -> None:
    page = world.na(LOGIN)

    sync(world, page)

    world.acted("login")
    assert known(world, "users/u1", "first_name")["first_name"] == "Ada"


def test_nothing_is_sent_before_anybody_logged_in(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("Nobody\'s"); tracker.setModuleId("Reports")')

    world.wait(page, 120)
    page.evaluate(LOGIN)
    sync(world, page)

    world.acted("login")


@pytest.mark.parametrize("back", [LOGIN, 'tracker.setAccountId("acme"); tracker.setUserId("u1");'])
def test_after_logout_nothing_is_sent_until_the_next_login(back: str, world: World) -> None:
    page = world.na(f"{LOGIN} tracker.logout();")

    page.evaluate('tracker.sendFeatureEvent("Silent"); tracker.identifyUser({"title": "X"});')
    page.mouse.move(5, 5)
    world.wait(page, 60)
    page.evaluate(f'{back} tracker.sendFeatureEvent("Heard")')
    sync(world, page)

    wanted = ["login", "logout", *(["login"] if back == LOGIN else []), "Heard"]
    events = world.acted(*wanted)
    assert events[-1]["session"] != events[0]["session"]
    assert events[-1].get("product") == ("BI" if back == LOGIN else None)


def test_logout_holds_on_the_next_page_as_well(world: World) -> None:
    page = world.na(f"{LOGIN} tracker.logout();")
    sync(world, page)

    page.goto(world.publish("/next", world.tracker('tracker.sendFeatureEvent("Silent")')))
    world.wait(page, 60)

    world.acted("login", "logout")
    assert len(world.taken()) == len(world.arrived(2))


def test_known_ids_can_be_given_to_the_constructor(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("Create Report")', KNOWN)

    sync(world, page)

    (event,) = world.acted("Create Report")
    assert (event["user"]["external_id"], event["account_id"]) == ("u1", "acme")


def test_the_next_page_knows_who_logged_in(world: World) -> None:
    page = world.na(LOGIN)
    sync(world, page)

    page.goto(world.publish("/next", world.tracker('tracker.sendFeatureEvent("Next")')))
    sync(world, page)

    login, feature = world.acted("login", "Next")
    assert (feature["user"]["external_id"], feature["account_id"]) == ("u1", "acme")
    assert feature["session"] == login["session"]
    assert len(page.context.cookies()) == 2


def test_the_setters_name_user_and_account(world: World) -> None:
    page = world.na('tracker.setAccountId("acme"); tracker.setUserId("u7");')

    page.evaluate('tracker.sendFeatureEvent("One"); tracker.setUserId("u8");')
    page.evaluate('tracker.sendFeatureEvent("Two")')
    sync(world, page)

    one, two = world.acted("One", "Two")
    assert (one["user"]["external_id"], two["user"]["external_id"]) == ("u7", "u8")


def test_identify_user_and_account_become_traits(world: World) -> None:
    page = world.na(options=KNOWN)

    page.evaluate('tracker.identifyUser({"title": "Countess", "mobile": "1"})')
    page.evaluate('tracker.identifyAccount({"name": "Acme", "tier": "gold", "employees": 9})')
    sync(world, page)

    user = known(world, "users/u1", "title")
    account = known(world, "accounts/acme", "tier")
    assert user["title"] == "Countess"
    assert (account["tier"], account["employees"]) == ("gold", 9)


def test_an_account_can_be_described_before_its_user_is_known(world: World) -> None:
    page = world.na(options={"accountId": "acme"})

    page.evaluate('tracker.identifyAccount({"name": "Acme", "tier": "gold"})')
    page.evaluate('tracker.identifyUser({"title": "Nobody"})')
    sync(world, page)

    assert known(world, "accounts/acme", "tier")["tier"] == "gold"
    assert [item["action"] for item in world.taken()] == ["identifyAccount"]


def test_module_and_product_stay_until_they_change(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports"); tracker.setProductId("BI");', KNOWN)

    page.evaluate(
        'tracker.sendFeatureEvent("One"); tracker.sendFeatureEvent("Two", "Admin", "CRM")'
    )
    page.evaluate('tracker.sendFeatureEvent("Three"); tracker.setModuleId(null)')
    page.evaluate('tracker.sendFeatureEvent("Four")')
    sync(world, page)

    events = world.acted("One", "moduleEnd", "Two", "Three", "moduleEnd", "Four")
    placed = {e["action"]: (e.get("module"), e.get("product")) for e in events}
    del placed["moduleEnd"]
    assert placed == {
        "One": ("Reports", "BI"),
        "Two": ("Admin", "CRM"),
        "Three": ("Admin", "CRM"),
        "Four": (None, "CRM"),
    }


def test_a_change_of_module_tells_how_long_the_last_was_in_use(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)

    world.wait(page, 20)
    page.evaluate('tracker.setModuleId("Admin")')
    world.wait(page, 10)
    page.evaluate('tracker.setModuleId("Admin"); tracker.setModuleId("Reports")')
    sync(world, page)

    reports, admin = world.acted("moduleEnd", "moduleEnd")
    assert (reports["module"], admin["module"]) == ("Reports", "Admin")
    assert 20_000 <= reports["module_ms"] < 23_000
    assert 10_000 <= admin["module_ms"] < 13_000


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


def test_the_session_reports_its_active_time_every_15_seconds(world: World) -> None:
    page = world.na(options=KNOWN)

    world.wait(page, 46)
    sync(world, page)

    events = world.among("sessionSync", "sessionSync", "sessionSync")
    events = [e for e in events if e["action"] == "sessionSync"]
    assert len(events) == 3
    assert all(14_000 <= e["active_ms"] < 18_000 for e in events)
    assert {e["session"] for e in events} != {None}


def test_how_often_the_session_reports_can_be_chosen(world: World) -> None:
    page = world.na(options=KNOWN | {"sessionSyncInterval": 5})

    world.wait(page, 21)
    sync(world, page)

    events = world.among(*["sessionSync"] * 4)
    assert [e["action"] for e in events].count("sessionSync") == 4


@pytest.mark.parametrize(("minutes", "options"), [(30, {}), (2, {"sessionTimeout": 2})])
def test_a_session_ends_after_its_time_of_silence(
    minutes: int, options: dict[str, int], world: World
) -> None:
    page = world.na('tracker.sendFeatureEvent("One")', KNOWN | options)

    world.wait(page, minutes * 60 - 20)
    page.mouse.move(9, 9)
    page.evaluate('tracker.sendFeatureEvent("Two")')
    page.clock.fast_forward((minutes * 60 + 70) * 1000)
    page.mouse.move(20, 20)
    page.evaluate('tracker.sendFeatureEvent("Three")')
    sync(world, page)

    found = {e["action"]: e for e in world.among("One", "Two", "Three")}
    assert found["One"]["session"] == found["Two"]["session"]
    assert found["Three"]["session"] != found["Two"]["session"]


def test_without_a_click_a_movement_or_a_key_the_visitor_is_idle(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)

    world.wait(page, 300)
    sync(world, page)

    module, idle = sorted(world.acted("moduleEnd", "sessionIdle"), key=lambda e: e["action"])
    syncs = [e for e in world.among("sessionSync") if e["action"] == "sessionSync"]
    assert module["module"] == "Reports"
    assert 50_000 < module["module_ms"] < 70_000
    active = idle.get("active_ms", 0) + sum(e["active_ms"] for e in syncs)
    assert 50_000 < active < 70_000


@pytest.mark.parametrize("sign", ["click", "move", "key"])
def test_a_sign_of_life_resumes_and_idle_time_is_not_counted(sign: str, world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)
    world.wait(page, 600)

    stir(page, sign)
    world.wait(page, 20)
    page.evaluate('tracker.setModuleId("Admin")')
    sync(world, page)

    events = world.acted("moduleEnd", "sessionIdle", "moduleEnd")
    before, after = [e for e in events if e["action"] == "moduleEnd"]
    assert 50_000 < before["module_ms"] < 70_000
    assert 20_000 <= after["module_ms"] < 25_000


def stir(page: Page, sign: str) -> None:
    if sign == "click":
        page.mouse.click(30, 30)
    elif sign == "move":
        page.mouse.move(40, 40)
    else:
        page.keyboard.press("a")


@pytest.mark.parametrize("sign", ["click", "move", "key"])
def test_whoever_does_something_is_not_idle(sign: str, world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)

    for _ in range(8):
        world.wait(page, 25)
        stir(page, sign)
        page.mouse.move(1, 1)
    page.evaluate('tracker.sendFeatureEvent("Still here")')
    sync(world, page)

    world.acted("Still here")


def test_leaving_tells_how_long_page_and_module_were_in_use(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)
    world.wait(page, 20)

    page.close()

    found = {e["action"]: e for e in world.among("moduleEnd", "pageViewEnd")}
    assert found["moduleEnd"]["module"] == "Reports"
    assert 20_000 <= found["moduleEnd"]["module_ms"] < 25_000
    assert 20_000 <= found["pageViewEnd"]["info"]["time_spent"] < 25_000


def test_an_idle_visitor_leaves_without_a_second_end_of_the_module(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)
    world.wait(page, 200)

    page.goto(world.publish("/plain", ""))
    page.close()

    world.acted("moduleEnd", "sessionIdle")


def test_leaving_tells_nothing_where_that_is_switched_off(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("One")', KNOWN | {"trackUnload": False})
    world.wait(page, 5)

    page.close()

    world.acted("One")
    assert "pageViewEnd" not in [e["action"] for e in world.arrived(2)]


def test_a_page_has_its_path_as_name_or_the_one_it_was_given(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("One")', KNOWN, path="/reports/7?secret=1")
    sync(world, page)
    named = world.tracker('tracker.sendFeatureEvent("Two")', KNOWN | {"pageName": "Report"})
    page.goto(world.publish("/reports/8", named))
    sync(world, page)

    one, two = world.acted("One", "Two")
    assert (one["page"], two["page"]) == ("/reports/7", "Report")


def test_debug_url_takes_the_events_instead(world: World) -> None:
    other = world.local.customer()
    url = f"{world.proxy.url}/v1/test/{other.tenant}"

    page = world.na('tracker.sendFeatureEvent("One")', KNOWN | {"debugUrl": url})
    sync(world, page)

    replace(world, customer=other).acted("One")
    assert world.local.counts(world.customer)["received"] == 0


def test_the_european_endpoint_is_another_host(world: World) -> None:
    with BrowserProxy(world.local.url) as europe:
        options = KNOWN | {"euEndpoint": True, "euHost": europe.url}
        csp = policy(f"{world.proxy.url} {europe.url}")
        page = world.na('tracker.sendFeatureEvent("One")', options, csp=csp)
        sync(world, page)

        world.acted("One")
        assert not world.proxy.posts()


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

    sync(world, page)
    page.close()

    assert any(text.startswith("na ") for text in printed) == logs
    if "disableEventSend" in options:
        assert not world.proxy.posts()
    else:
        world.acted("One")


def test_it_can_be_called_with_new_and_with_an_unload_delay(world: World) -> None:
    made = f'window.tracker = new na("{world.customer.tenant}", "web", {{"unloadDelay": 500}});'
    page = world.open(pages.external(world.script) + pages.inline(made + LOGIN))

    sync(world, page)

    world.acted("login")


def test_both_faces_live_on_one_page(world: World) -> None:
    calls = 'plantrack.identify("u1", {"companyId": "acme"}); plantrack.track("Two")'
    page = world.open(
        world.tracker('tracker.sendFeatureEvent("One")', KNOWN) + world.snippet(calls)
    )
    page.wait_for_load_state("networkidle")

    world.wait(page, 20)

    assert len({e["session"] for e in world.acted("One", "Two")}) == 1
