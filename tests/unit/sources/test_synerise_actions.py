"""Synerise's actions: on which route, under which name, and with which params."""

from typing import Any

import pytest

from tests.unit.sources.synerise_bodies import C1, VIEW, event, refusal
from waypost.errors import NotFound
from waypost.sources import synerise
from waypost.sources.synerise_actions import ROUTES

PARAMS = {
    "appeared-in-location": {"lat": 1, "lon": 2},
    "assigned-to-company": {"companyId": 7},
}


@pytest.mark.parametrize(
    "action", ["screen.view", "a.b", "client.applicationStarted", "A_b-9.c.d", "a." + "b" * 30]
)
def test_an_action_is_a_context_and_an_activity(action: str) -> None:
    assert event(**{**VIEW, "action": action}).action == action


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("a." + "b" * 31, "too_long"),
        ("view", "invalid_action"),
        (".view", "invalid_action"),
        ("screen.", "invalid_action"),
        ("screen view.x", "invalid_action"),
        (" screen.view", "invalid_action"),
        ("scrään.view", "invalid_action"),
        ("screen.view\n", "invalid_action"),
        (7, "invalid_action"),
        (["screen.view"], "invalid_type"),
        ("", "missing_field"),
        (None, "missing_field"),
    ],
)
def test_any_other_action_is_refused(action: Any, code: str) -> None:
    assert refusal(**{**VIEW, "action": action}) == (code, "action")


@pytest.mark.parametrize("name", ["uri", "url", "pageUrl"])
def test_a_page_visit_has_its_page(name: str) -> None:
    visit = {**VIEW, "action": "page.visit"}

    assert event(**visit, params={name: "https://acme.com/a"}).page == "https://acme.com/a"
    assert refusal(**visit, params={"title": "A"}) == ("missing_field", "params.uri")


def test_only_a_page_visit_needs_a_page() -> None:
    assert event("visited-screen", label="Seen", client=C1).action == "screen.view"


def test_assigning_to_a_company_names_it() -> None:
    assigned = {"label": "Assigned", "client": C1}

    found = event("assigned-to-company", **assigned, params={"companyId": 77})

    assert (found.company_id, found.properties) == ("77", {"companyId": 77})
    for wrong, code in ((None, "missing_field"), ("acme", "invalid_type"), (7.5, "invalid_type")):
        found_wrong = refusal("assigned-to-company", **assigned, params={"companyId": wrong})
        assert found_wrong == (code, "params.companyId")


def test_a_location_needs_two_numbers() -> None:
    located = {"label": "Here", "client": C1}

    found = event("appeared-in-location", **located, params={"lat": 52.2, "lon": 0})

    assert found.properties == {"lat": 52.2, "lon": 0}
    assert refusal("appeared-in-location", **located, params={"lat": 52.2}) == (
        "missing_field",
        "params.lon",
    )
    assert refusal("appeared-in-location", **located, params={"lat": "north", "lon": 1}) == (
        "invalid_number",
        "params.lat",
    )


@pytest.mark.parametrize(("route", "action"), ROUTES.items())
def test_a_typed_route_sets_the_action(route: str, action: str) -> None:
    fields = {"label": "Done", "client": C1, "params": PARAMS.get(route)}

    assert event(route, **fields).action == action
    assert event(route, **fields, action=action).action == action
    assert refusal(route, **fields, action="other.action") == ("action_mismatch", "action")


@pytest.mark.parametrize("route", ["nothing", "push/nothing", "", "push"])
def test_there_are_no_other_routes(route: str) -> None:
    with pytest.raises(NotFound) as caught:
        synerise.parser(route)

    assert caught.value.code == "no_route"


@pytest.mark.parametrize(
    ("named", "action"),
    [
        ({"action": "screen.view"}, "screen.view"),
        ({"type": "screen.view"}, "screen.view"),
        ({"action": "logged-in"}, "client.login"),
        ({"type": "push/viewed"}, "push.view"),
        ({"type": "custom", "action": "dog.bark"}, "dog.bark"),
        ({"type": "logged-in", "action": "client.login"}, "client.login"),
    ],
)
def test_an_item_of_a_batch_names_its_route_or_its_action(named: Any, action: str) -> None:
    assert event("batch", label="Done", client=C1, **named).action == action


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({}, "missing_field"),
        ({"type": "custom"}, "missing_field"),
        ({"type": "nothing"}, "invalid_action"),
        ({"type": "logged-in", "action": "client.logout"}, "action_mismatch"),
    ],
)
def test_an_item_of_a_batch_without_one_action_is_refused(named: Any, code: str) -> None:
    assert refusal("batch", label="Done", client=C1, **named) == (code, "action")
