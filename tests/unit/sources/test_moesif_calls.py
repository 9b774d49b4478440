"""Moesif's API calls: one activity each, named by verb and route, of a user who is known."""

import json
from typing import Any

import pytest

from waypost.event import Batch, Event
from waypost.sources import moesif_calls
from waypost.sources.moesif_calls import route

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
REQUEST: dict[str, Any] = {
    "time": "2026-11-20T11:59:58.000Z",
    "uri": "https://api.acme.com/v1/items/83738/reviews?page=2",
    "verb": "get",
    "headers": {"Authorization": "secret", "X-Moesif-Transaction-Id": "from-header"},
    "body": {"secret": True},
    "ip_address": "203.0.113.7",
    "api_version": "1.0",
    "transfer_encoding": "base64",
}
RESPONSE: dict[str, Any] = {
    "time": "2026-11-20T11:59:58.250Z",
    "status": 200,
    "headers": {"Set-Cookie": "secret"},
    "body": "secret",
}
CALL: dict[str, Any] = {"user_id": "12345", "request": REQUEST, "response": RESPONSE}


def read(*found: Any) -> Batch:
    return moesif_calls.events(json.dumps(found).encode(), NOW)


def event(**extra: Any) -> Event:
    batch = read(CALL | extra)
    assert not batch.rejects, batch.rejects
    return batch.events[0]


def refusal(**extra: Any) -> tuple[str, str, str | None]:
    (reject,) = read(CALL | extra).rejects
    return reject.verdict, reject.code, reject.field


def test_a_call_is_one_activity_of_its_user_without_bodies_and_headers() -> None:
    found = event(
        company_id="67890",
        session_token="sess-1",
        transaction_id="t-1",
        direction="Incoming",
        tags="a,b",
        blocked_by="rule-1",
        weight=4,
        metadata={"region": "eu"},
    )

    assert found == Event(
        time=NOW - 2000,
        action="GET /v1/items/{id}/reviews",
        weight=4.0,
        external_id="12345",
        company_id="67890",
        session="sess-1",
        key="call:t-1",
        properties={
            "region": "eu",
            "direction": "Incoming",
            "tags": "a,b",
            "blocked_by": "rule-1",
            "request": {
                "uri": REQUEST["uri"],
                "verb": "get",
                "ip_address": "203.0.113.7",
                "api_version": "1.0",
            },
            "status_code": 200,
            "duration_ms": 250,
        },
    )


def test_nothing_secret_is_kept() -> None:
    assert "secret" not in repr(event())


def test_a_call_without_a_transaction_id_goes_by_the_header_that_node_sends() -> None:
    assert event(transaction_id=None).key == "call:from-header"
    assert event(request=REQUEST | {"headers": None}).key is None
    assert event(request=REQUEST | {"headers": "not an object"}).key is None


def test_a_call_of_an_anonymous_user_or_of_a_company_alone_counts_as_well() -> None:
    assert event(user_id=None, anonymous_id="1a1f").anonymous_id == "1a1f"
    assert event(user_id=None, company_id="67890").company_id == "67890"


@pytest.mark.parametrize("extra", [{}, {"request": None}])
def test_a_call_of_nobody_is_ignored_in_plain_sight(extra: dict[str, Any]) -> None:
    assert refusal(user_id=None, **extra) == ("ignored", "no_user", "user_id")


@pytest.mark.parametrize("absent", [None, {}, dict.fromkeys(RESPONSE)])
def test_a_call_may_lack_its_response(absent: Any) -> None:
    properties = event(response=absent).properties or {}

    assert properties.keys() == {"request"}


def test_of_a_response_in_part_the_part_is_kept() -> None:
    properties = event(response=RESPONSE | {"time": None}).properties or {}

    assert properties.keys() == {"request", "status_code"}


def test_two_clocks_that_disagree_give_no_duration() -> None:
    properties = event(response=RESPONSE | {"time": "2026-11-20T11:59:57Z"}).properties or {}

    assert (properties["status_code"], "duration_ms" in properties) == (200, False)


@pytest.mark.parametrize(("given", "weight"), [(None, 1.0), (0, 0.0), (20, 20.0), ("2", 2.0)])
def test_a_weight_is_one_over_the_sampling_rate(given: Any, weight: float) -> None:
    assert event(weight=given).weight == weight


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"request": None}, ("missing_field", "request.verb")),
        ({"request": REQUEST | {"verb": None}}, ("missing_field", "request.verb")),
        ({"request": REQUEST | {"uri": None}}, ("missing_field", "request.uri")),
        ({"request": REQUEST | {"time": None}}, ("missing_field", "request.time")),
        ({"request": REQUEST | {"time": "2026-10-20"}}, ("too_old", "request.time")),
        ({"response": RESPONSE | {"status": "fine"}}, ("invalid_number", "response.status")),
        ({"response": RESPONSE | {"time": "soon"}}, ("invalid_date", "response.time")),
        ({"weight": -1}, ("out_of_range", "weight")),
        ({"user_id": "x" * 257}, ("too_long", "user_id")),
    ],
)
def test_what_is_missing_or_out_of_bounds_is_refused_by_name(
    extra: dict[str, Any], reason: tuple[str, str]
) -> None:
    assert refusal(**extra) == ("rejected", *reason)


@pytest.mark.parametrize(
    ("uri", "named"),
    [
        ("https://api.acme.com", "/"),
        ("https://api.acme.com/", "/"),
        ("/items/", "/items"),
        ("/items?id=7#top", "/items"),
        ("/items#top?id=7", "/items"),
        ("//cdn.acme.com/items", "/items"),
        ("/a//b", "/a//b"),
        ("https://acme.com/items/83738", "/items/{id}"),
        ("/items/83738/reviews/12", "/items/{id}/reviews/{id}"),
        ("/users/E3B0C442-98FC-1C14-9AFB-F4C8996FB924", "/users/{id}"),
        ("/users/11111111-1111-4111-8111-111111111111/roles", "/users/{id}/roles"),
        ("/objects/507f1f77bcf86cd799439011", "/objects/{id}"),
        ("/objects/deadbeefdeadbeef", "/objects/{id}"),
        ("/customers/cus_9s6XKzkNRiz8i3", "/customers/{id}"),
        ("/users/ann%40acme.com/avatar", "/users/{id}/avatar"),
        ("/days/2026-11-20", "/days/{id}"),
        ("/files/" + "x" * 65, "/files/{id}"),
    ],
)
def test_a_route_leaves_out_what_names_one_thing_of_many(uri: str, named: str) -> None:
    assert route(uri) == named


@pytest.mark.parametrize(
    "uri",
    [
        "/v1/items",
        "/api/v2.1/oauth2callback",
        "/create-report-with-charts",
        "/reports-2024-q1-summary",
        "/getOauth2Authorization",
        "/notifications/unsubscribe",
        "/facade",
    ],
)
def test_a_route_keeps_what_names_a_thing_of_the_api(uri: str) -> None:
    assert route(uri) == uri


def test_an_action_is_never_longer_than_an_action_may_be() -> None:
    uri = "/" + "/".join(["segment"] * 200)

    found = event(request=REQUEST | {"uri": uri})

    assert len(found.action or "") == 512
    assert (found.properties or {})["request"]["uri"] == uri


@pytest.mark.parametrize("segment", ["1a" * 32, "a1" * 31 + "--", "-" * 64, "0" * 63 + "x"])
def test_of_a_hostile_address_only_the_beginning_is_looked_at(segment: str) -> None:
    assert route("/".join([segment] * 100_000)).count("/") < 2048 / len(segment)
