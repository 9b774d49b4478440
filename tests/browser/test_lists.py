"""Lists: a tenant says which actions its pages may send, and no page has to change for it."""

from typing import Any

import pytest

from tests.browser.pages import IDENTIFY
from tests.browser.tabs import loaded
from tests.browser.world import VISITED, World


def test_what_the_site_denies_never_leaves_the_browser(world: World) -> None:
    rules(world, deny=["page.*", "Secret *"])
    page = world.track(IDENTIFY)
    loaded(page)

    world.wait(page, 5)
    page.evaluate('plantrack.track("Secret plan"); plantrack.track("Open plan")')
    world.wait(page, 20)

    world.exactly("session.start", "Open plan")
    assert [i["action"] for i in world.taken() if i["action"].startswith("Secret")] == []


def test_each_site_has_rules_of_its_own(world: World) -> None:
    rules(
        world,
        {"deny": ["Local *"], "site": "localhost"},
        {"deny": ["Elsewhere *"], "site": "*.example"},
        {"deny": ["Named *"], "site": "shop"},
        {"short_actions": True, "site": "shop"},
    )
    tracks = "".join(f'plantrack.track("{name} plan");' for name in ("Local", "Elsewhere", "Named"))
    page = world.track(IDENTIFY + tracks)
    named = page.context.new_page()
    endpoint = f"{world.proxy.url}/analytics/{world.customer.tenant}"
    calls = f'{IDENTIFY} plantrack.track("Named plan"); plantrack.track("shop.open");'
    head = world.snippet(calls).replace(endpoint, f"{endpoint}?site=shop")
    named.goto(world.publish("/shop", head))
    for tab in (page, named):
        loaded(tab)
        world.wait(tab, 10)
        tab.evaluate('plantrack.track("Local known"); plantrack.track("Named known")')
        world.wait(tab, 10)

    plans = ("Elsewhere plan", "Named plan", "Named known")
    events = world.exactly(*VISITED, "page.visit", *plans, "shop.open")
    of_shop = {event["action"] for event in events if event["page"].endswith("/shop")}
    assert of_shop == {"page.visit", "shop.open"}
    assert "Named known" not in [i["action"] for i in world.taken() if i["page"].endswith("/shop")]


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


def rules(world: World, *given: dict[str, Any], **lists: list[str]) -> None:
    """The tenant changes its lists, and the doors know."""
    status, _, _ = world.local.send(
        "PATCH",
        "/api/v1/settings",
        {"rules": [*given, *([lists] if lists else [])]},
        Authorization=f"Bearer {world.customer.token}",
    )
    assert status == 200
