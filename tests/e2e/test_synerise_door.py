"""Synerise's doors over HTTP: what is taken, under which action, and what overwrites what."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Customer, Local, eventually
from waypost.sources.synerise_actions import ROUTES

LOGIN = "/uauth/v2/auth/login/profile"
TIME = (datetime.now(UTC) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
LATER = (datetime.now(UTC) - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
C1 = {"customId": "c1"}
VIEW: dict[str, Any] = {"action": "screen.view", "label": "Viewed", "client": C1}
SALTED: dict[str, Any] = {**VIEW, "time": TIME, "eventSalt": "s-1"}
ERROR_KEYS = {"timestamp", "status", "error", "message", "path", "errors", "code"}
PARAMS = {"appeared-in-location": {"lat": 1, "lon": 2}, "assigned-to-company": {"companyId": 7}}


def post(local: Local, customer: Customer, path: str, body: Any) -> tuple[int, Any]:
    token = f"Bearer {customer.token}"
    status, answer, _ = local.send("POST", path, body, Authorization=token, Api_Version="4.4")
    return status, answer


def events(local: Local, customer: Customer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = local.get(customer, "events?limit=500")["events"]
    return found


def total(local: Local, customer: Customer) -> int:
    local.aggregate(customer)
    found: int = local.get(customer, "metrics")["total"]
    return found


def assign(local: Local, customer: Customer) -> None:
    """Places the customer c1 in a company, so that its events are counted."""
    body = {"label": "Assigned", "client": C1, "params": {"companyId": 7}}
    assert post(local, customer, "/v4/events/assigned-to-company", body) == (202, "")
    local.settled(customer, 1)


def test_a_custom_event_is_taken_without_a_word_and_shown(local: Local, customer: Customer) -> None:
    sent = {**VIEW, "time": TIME, "params": {"k": "v", "ip": "203.0.113.7"}}

    assert post(local, customer, "/v4/events/custom", sent) == (202, "")

    local.settled(customer, 1)
    (found,) = eventually(lambda: events(local, customer), bool)
    assert (found["action"], found["label"], found["info"]) == ("screen.view", "Viewed", {"k": "v"})
    assert (found["user"]["external_id"], found["source"]) == ("c1", "synerise")
    assert found["time"] == TIME.replace("Z", ".000Z")


def test_every_typed_route_records_its_action(local: Local, customer: Customer) -> None:
    for route in ROUTES:
        body = {"label": route, "client": C1, "params": PARAMS.get(route)}
        assert post(local, customer, f"/v4/events/{route}", body) == (202, ""), route

    local.settled(customer, len(ROUTES))
    found = eventually(lambda: events(local, customer), lambda all: len(all) == len(ROUTES))
    assert {one["label"]: one["action"] for one in found} == ROUTES
    assert local.get(customer, "users/c1")["account_id"] == "7"


def test_a_transaction_is_an_event_as_well(local: Local, customer: Customer) -> None:
    order = {"client": C1, "recordedAt": TIME, "orderId": "o-1", "value": {"amount": 5}}

    assert post(local, customer, "/v4/transactions", order) == (202, "")
    assert post(local, customer, "/v4/transactions/batch", [order | {"orderId": "o-2"}])[0] == 202

    local.settled(customer, 2)
    found = eventually(lambda: events(local, customer), lambda all: len(all) == 2)
    assert {one["action"] for one in found} == {"transaction.charge"}
    assert {one["info"]["orderId"] for one in found} == {"o-1", "o-2"}


def test_the_good_items_of_a_batch_are_taken(local: Local, customer: Customer) -> None:
    batch = [
        {**VIEW, "action": None, "type": "logged-in"},
        {**VIEW, "label": ""},
        {**VIEW, "action": "push/viewed"},
    ]

    assert post(local, customer, "/v4/events/batch", batch) == (202, "")

    counts = local.settled(customer, 3)
    assert counts["rejected"] == 1
    found = eventually(lambda: events(local, customer), lambda all: len(all) == 2)
    assert {one["action"] for one in found} == {"client.login", "push.view"}
    (refused,) = local.get(customer, "ledger")["rejected"]
    assert (refused["code"], refused["field"], refused["index"]) == ("missing_field", "label", 1)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"action": "screen." + "v" * 26}, "action"),
        ({"label": ""}, "label"),
        ({"client": {"uuid": "07243772-008A-42E1-BA37-C3807CEBDE8F"}}, "client.uuid"),
    ],
)
def test_a_bad_event_is_refused_with_the_error_object(
    local: Local, customer: Customer, changed: dict[str, Any], field: str
) -> None:
    for path in ("/v4/events/custom", "/v4/events/batch"):
        status, body = post(local, customer, path, [{**VIEW, **changed}])

        assert status == 400
        assert body.keys() == ERROR_KEYS
        assert (body["status"], body["error"], body["path"]) == (400, "Bad Request", path)
        assert [(one["code"], one["field"]) for one in body["errors"]] == [(1, field)]


def test_a_batch_over_its_bounds_is_refused_whole(local: Local, customer: Customer) -> None:
    many = post(local, customer, "/v4/events/batch", [VIEW] * 1001)
    large = post(local, customer, "/v4/events/batch", [{**VIEW, "params": {"k": "x" * 1_048_576}}])

    assert (many[0], many[1]["code"]) == (413, "too_many_items")
    assert (large[0], large[1]["code"]) == (413, "body_too_large")
    assert many[1].keys() == large[1].keys() == ERROR_KEYS


def test_the_credential_is_a_token_or_a_tenants_id(local: Local, customer: Customer) -> None:
    basic = {"Authorization": "Basic " + _base64(f"{customer.token}:")}
    open_id = {"Authorization": f"Bearer {customer.tenant}"}
    nobody = {"Authorization": "Bearer wp_" + "0" * 64}

    statuses = [
        local.send("POST", "/v4/events/custom", VIEW, **headers)[0]
        for headers in (basic, open_id, nobody, {})
    ]

    assert statuses == [202, 202, 401, 401]


def test_a_login_answers_with_a_token_that_opens_the_doors(
    local: Local, customer: Customer
) -> None:
    status, body, _ = local.send("POST", LOGIN, {"apiKey": customer.token})
    bearer = f"Bearer {body['token']}"
    taken, _, _ = local.send("POST", "/v4/events/custom", VIEW, Authorization=bearer)
    refused, error, _ = local.send("POST", LOGIN, {"apiKey": "wp_" + "0" * 64})

    assert (status, taken) == (200, 202)
    assert (refused, error["status"], error["path"]) == (401, 401, LOGIN)


@pytest.mark.parametrize("path", ["/v4/events/nothing", "/v4/events/push/nothing"])
def test_an_unknown_kind_is_no_route(local: Local, customer: Customer, path: str) -> None:
    status, body = post(local, customer, path, VIEW)

    assert (status, body["code"], body.keys()) == (404, "no_route", ERROR_KEYS)


@pytest.mark.parametrize(
    "path", ["/v4/events/custom", "/v4/events/push/viewed", "/v4/transactions", LOGIN]
)
def test_a_browser_may_ask_first(local: Local, path: str) -> None:
    status, _, headers = local.send(
        "OPTIONS", path, Origin="https://shop.example", Access_Control_Request_Method="POST"
    )

    assert status in (200, 204)
    assert headers["access-control-allow-origin"] == "*"
    assert "Authorization" in headers["access-control-allow-headers"]


def test_the_last_of_two_with_one_salt_time_client_and_action_counts(
    local: Local, customer: Customer
) -> None:
    assign(local, customer)
    for round in (1, 2):
        sent = {**SALTED, "params": {"round": round}}
        assert post(local, customer, "/v4/events/custom", sent)[0] == 202
        local.settled(customer, 1 + round)

    views = [one for one in events(local, customer) if one["action"] == "screen.view"]
    assert [one["info"] for one in views] == [{"round": 2}]
    assert total(local, customer) == 2
    counts = local.counts(customer)
    assert (counts["stored"], counts["duplicate"]) == (2, 1)


def test_what_was_counted_already_is_replaced_and_counted_once(
    local: Local, customer: Customer
) -> None:
    assign(local, customer)
    post(local, customer, "/v4/events/custom", {**SALTED, "params": {"round": 1}})
    local.settled(customer, 2)
    assert total(local, customer) == 2

    post(local, customer, "/v4/events/custom", {**SALTED, "params": {"round": 2}})

    local.settled(customer, 3)
    assert total(local, customer) == 2
    views = [one for one in events(local, customer) if one["action"] == "screen.view"]
    assert [one["info"] for one in views] == [{"round": 2}]


@pytest.mark.parametrize(
    "changed",
    [
        {"eventSalt": "s-2"},
        {"time": LATER},
        {"client": {"customId": "c2"}},
        {"action": "screen.viewed"},
    ],
)
def test_any_of_the_four_being_different_makes_two_events(
    local: Local, customer: Customer, changed: dict[str, Any]
) -> None:
    for sent in (SALTED, {**SALTED, **changed}):
        assert post(local, customer, "/v4/events/custom", sent)[0] == 202

    counts = local.settled(customer, 2)

    assert counts["duplicate"] == counts["rejected"] == 0
    assert len(eventually(lambda: events(local, customer), lambda all: len(all) == 2)) == 2


def _base64(text: str) -> str:
    return b64encode(text.encode()).decode()
