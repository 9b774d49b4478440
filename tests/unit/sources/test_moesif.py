"""Moesif's actions: every field, each refusal, and the answers of its doors."""

import json
from typing import Any

import pytest

from waypost.errors import Unauthorised
from waypost.event import NO_TIME, Batch, Event
from waypost.sources import moesif

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
DAY = 86_400_000
URI = "https://acme.com/pricing?utm_source=adwords#plans"
CLICK: dict[str, Any] = {
    "action_name": "Clicked Sign Up",
    "user_id": "12345",
    "request": {"uri": URI},
}


def read(*found: Any) -> Batch:
    return moesif.actions(json.dumps(found).encode(), NOW)


def event(**extra: Any) -> Event:
    batch = read(CLICK | extra)
    assert not batch.rejects, batch.rejects
    return batch.events[0]


def refusal(**extra: Any) -> tuple[str, str | None]:
    (reject,) = read(CLICK | extra).rejects
    assert reject.verdict == "rejected"
    return reject.code, reject.field


def test_every_field_of_an_action_is_kept() -> None:
    found = event(
        anonymous_id="1a1f",
        company_id="67890",
        subscription_id="sub-1",
        session_token="sess-1",
        transaction_id="c71c0aa6-2cb4-4f29-ba79-16d4ddedc337",
        metadata={"button_label": "Get Started"},
        request={
            "uri": URI,
            "time": "2026-11-20T11:59:58.500Z",
            "verb": "GET",
            "ip_address": "203.0.113.7",
            "user_agent_string": "Mozilla/5.0",
        },
    )

    assert found == Event(
        time=NOW - 1500,
        action="Clicked Sign Up",
        page="https://acme.com/pricing",
        external_id="12345",
        anonymous_id="1a1f",
        company_id="67890",
        session="sess-1",
        key="c71c0aa6-2cb4-4f29-ba79-16d4ddedc337",
        properties={
            "button_label": "Get Started",
            "subscription_id": "sub-1",
            "request": {
                "uri": URI,
                "verb": "GET",
                "ip_address": "203.0.113.7",
                "user_agent_string": "Mozilla/5.0",
            },
        },
    )


def test_an_action_needs_no_more_than_a_name_a_place_and_a_user() -> None:
    found = event()

    assert (found.time, found.key, found.session) == (NO_TIME, None, None)
    assert found.properties == {"request": {"uri": URI}}


def test_an_explicit_null_is_absent_at_every_depth() -> None:
    nulls = dict.fromkeys(["anonymous_id", "company_id", "session_token", "transaction_id"])
    request = {"uri": URI, "time": None, "verb": None, "ip_address": None}

    found = event(**nulls, metadata={"a": None, "b": {"c": None}, "d": [None]}, request=request)

    assert found == event(metadata={"d": [None]})
    assert event(metadata=None) == event()


def test_a_field_that_nobody_knows_is_kept_and_wins_over_metadata() -> None:
    found = event(metadata={"plan": "free", "theme": "Blue", "request": 1}, plan="pro")

    assert found.properties == {"plan": "pro", "theme": "Blue", "request": {"uri": URI}}


def test_headers_and_bodies_are_not_kept() -> None:
    secret = {"headers": {"Authorization": "secret"}, "body": "secret"}

    found = event(request={"uri": URI} | secret, response=secret)

    assert found == event()


@pytest.mark.parametrize(
    ("time", "ago"),
    [
        ("2026-10-21T12:00:00Z", 30 * DAY),
        ("2026-11-20T11:59:59.123456", 877),
        ("2026-11-20T11:59:59.123456+00:00", 877),
        (NOW - 5, 5),
    ],
)
def test_an_action_may_be_thirty_days_old_and_as_exact_as_python_says(time: Any, ago: int) -> None:
    assert event(request={"uri": URI, "time": time}).time == NOW - ago


def test_a_session_token_of_any_length_tells_sessions_apart() -> None:
    long = [event(session_token="e" * 800 + end).session for end in "aab"]

    assert event(session_token="s" * 256).session == "s" * 256
    assert long[0] == long[1] != long[2]
    assert all(session is not None and len(session) == 32 for session in long)


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"action_name": None}, ("missing_field", "action_name")),
        ({"action_name": " "}, ("missing_field", "action_name")),
        ({"request": None}, ("missing_field", "request.uri")),
        ({"request": {"uri": ""}}, ("missing_field", "request.uri")),
        ({"request": {"uri": {"path": "/"}}}, ("invalid_type", "request.uri")),
        ({"request": "GET /"}, ("invalid_type", "request")),
        ({"request": {"uri": URI, "time": "soon"}}, ("invalid_date", "request.time")),
        ({"request": {"uri": URI, "time": [1]}}, ("invalid_date", "request.time")),
        ({"request": {"uri": URI, "time": NOW - 30 * DAY - 1}}, ("too_old", "request.time")),
        ({"user_id": None}, ("identity_missing", "user_id")),
        ({"user_id": "x" * 257}, ("too_long", "user_id")),
        ({"user_id": ["x"]}, ("invalid_type", "user_id")),
        ({"action_name": "x" * 513}, ("too_long", "action_name")),
        ({"company_id": "x" * 257}, ("too_long", "company_id")),
        ({"metadata": "text"}, ("invalid_type", "metadata")),
        ({"metadata": {"n": 10**38}}, ("number_too_long", "metadata")),
    ],
)
def test_what_is_missing_or_out_of_bounds_is_refused_by_name(
    extra: dict[str, Any], reason: tuple[str, str]
) -> None:
    assert refusal(**extra) == reason


def test_a_bad_action_harms_none_of_its_neighbours() -> None:
    batch = read(CLICK, {"action_name": "Nobody's"}, 7, CLICK | {"user_id": "2"})

    assert [(one.n, one.external_id) for one in batch.events] == [(0, "12345"), (3, "2")]
    assert [(one.index, one.code) for one in batch.rejects] == [
        (1, "missing_field"),
        (2, "not_an_object"),
    ]


def test_one_action_needs_no_array() -> None:
    assert moesif.actions(json.dumps(CLICK).encode(), NOW).events == [event()]


def test_an_address_longer_than_a_page_may_be_is_cut_and_kept_whole_beside_it() -> None:
    uri = "https://acme.com/" + "p" * 3000

    found = event(request={"uri": uri})

    assert found.page == uri[:2048]
    assert found.properties == {"request": {"uri": uri}}


def test_an_answer_says_no_more_than_that_something_was_taken() -> None:
    rejects = read({"action_name": "x"}).rejects

    assert moesif.answer(1, []) == ({}, 200)
    assert moesif.answer(1, rejects) == ({}, 200)


def test_an_answer_to_nothing_usable_names_the_first_reason() -> None:
    rejects = read({"action_name": "x"}, 7).rejects

    assert moesif.answer(0, rejects) == (
        {"code": "missing_field", "message": "request.uri is required and must not be empty"},
        400,
    )


def test_the_start_up_answers_make_clients_send_everything_and_block_nothing() -> None:
    assert moesif.CONFIG == {
        "sample_rate": 100,
        "user_sample_rate": {},
        "company_sample_rate": {},
        "user_rules": {},
        "company_rules": {},
        "regex_config": [],
    }
    assert moesif.RULES == []


@pytest.mark.parametrize("headers", [{}, {"x-moesif-application-id": " "}])
def test_a_request_without_its_application_id_is_told_which_header(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthorised) as refused:
        moesif.credential(headers)

    assert "X-Moesif-Application-Id" in refused.value.message
    assert moesif.credential({"x-moesif-application-id": " wp_1 "}) == "wp_1"


def test_a_company_alone_acts_as_a_user_does() -> None:
    (found,) = read(CLICK | {"user_id": None, "company_id": "67890"}).events

    assert (found.company_id, found.external_id, found.anonymous_id) == ("67890", None, None)
