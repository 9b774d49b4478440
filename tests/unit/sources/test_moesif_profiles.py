"""Moesif's users, companies and subscriptions: traits, and never an activity."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from waypost.event import GROUP, IDENTIFY, NO_TIME, Batch, Event
from waypost.sources import moesif_profiles as profiles

Parse = Callable[[bytes, int], Batch]

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
USER: dict[str, Any] = {"user_id": "12345"}
ACME: dict[str, Any] = {"company_id": "67890"}
PRO: dict[str, Any] = {"company_id": "67890", "subscription_id": "sub-1", "status": "active"}


def read(parse: Parse, *found: Any) -> Batch:
    return parse(json.dumps(found).encode(), NOW)


def event(parse: Parse, item: dict[str, Any]) -> Event:
    batch = read(parse, item)
    assert not batch.rejects, batch.rejects
    return batch.events[0]


def refusal(parse: Parse, item: dict[str, Any]) -> tuple[str, str | None]:
    (reject,) = read(parse, item).rejects
    assert reject.message
    return reject.code, reject.field


def test_every_field_of_a_user_is_kept() -> None:
    metadata = {"email": "ann@acme.com", "first_name": "Ann", "last_name": "Archer", "phone": "1"}
    rest = {
        "ip_address": "203.0.113.7",
        "user_agent_string": "Mozilla/5.0",
        "campaign": {"utm_source": "adwords", "utm_medium": None},
    }

    found = event(
        profiles.users,
        USER
        | ACME
        | rest
        | {
            "anonymous_id": "1a1f",
            "session_token": "sess-1",
            "modified_time": "2026-11-20T11:00:00Z",
            "metadata": metadata,
        },
    )

    assert found == Event(
        time=NOW - 3_600_000,
        kind=IDENTIFY,
        external_id="12345",
        email="ann@acme.com",
        anonymous_id="1a1f",
        name="Ann Archer",
        company_id="67890",
        session="sess-1",
        properties=metadata | rest | {"campaign": {"utm_source": "adwords"}},
    )


def test_the_first_page_view_knows_a_browser_and_its_campaign_only() -> None:
    found = event(profiles.users, {"anonymous_id": "1a1f", "campaign": {"utm_source": "adwords"}})

    assert (found.external_id, found.anonymous_id) == (None, "1a1f")
    assert found.properties == {"campaign": {"utm_source": "adwords"}}


def test_a_user_full_of_nulls_says_nothing_but_who_it_is() -> None:
    nothing = {
        "company_id": None,
        "modified_time": None,
        "ip_address": None,
        "session_token": None,
        "user_agent_string": None,
        "metadata": {"email": None, "name": "", "address": {"city": None}},
        "campaign": {"utm_source": None, "gclid": None},
    }

    found = event(profiles.users, USER | nothing)

    assert found == Event(
        kind=IDENTIFY,
        external_id="12345",
    )
    assert event(profiles.users, USER | {"metadata": None, "campaign": {}}) == Event(
        kind=IDENTIFY, external_id="12345"
    )


def test_a_whole_name_wins_over_its_parts() -> None:
    metadata = {"name": "Ann Archer", "first_name": "Someone", "last_name": "Else"}

    assert event(profiles.users, USER | {"metadata": metadata}).name == "Ann Archer"


def test_a_profile_may_be_old_and_a_null_time_of_node_is_none() -> None:
    old = event(profiles.users, USER | {"modified_time": "2020-01-01T00:00:00Z"})
    null = event(profiles.users, USER | {"modified_time": "1970-01-01T00:00:00.000Z"})

    assert old.time < NOW - 6 * 365 * 86_400_000
    assert null.time == NO_TIME


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({}, ("identity_missing", "user_id")),
        ({"user_id": None, "anonymous_id": ""}, ("identity_missing", "user_id")),
        (USER | {"metadata": {"email": "ann"}}, ("invalid_email", "metadata.email")),
        (USER | {"metadata": {"name": "x" * 513}}, ("too_long", "metadata.name")),
        (USER | {"metadata": ["x"]}, ("invalid_type", "metadata")),
        (USER | {"modified_time": "soon"}, ("invalid_date", "modified_time")),
    ],
)
def test_a_user_out_of_bounds_is_refused_by_name(
    item: dict[str, Any], reason: tuple[str, str]
) -> None:
    assert refusal(profiles.users, item) == reason


def test_every_field_of_a_company_is_kept_and_no_user_is_needed() -> None:
    found = event(
        profiles.companies,
        ACME
        | {
            "company_domain": "acme.com",
            "session_token": "sess-1",
            "ip_address": "203.0.113.7",
            "campaign": {"utm_source": "adwords"},
            "modified_time": "2026-11-20T11:00:00Z",
            "metadata": {"name": "Acme", "address": {"city": "Bonn", "zip": None}},
        },
    )

    assert found == Event(
        time=NOW - 3_600_000,
        kind=GROUP,
        company_id="67890",
        session="sess-1",
        properties={
            "name": "Acme",
            "address": {"city": "Bonn"},
            "ip_address": "203.0.113.7",
            "campaign": {"utm_source": "adwords"},
            "domain": "acme.com",
        },
    )


def test_a_company_full_of_nulls_says_nothing_but_which_it_is() -> None:
    nulls = dict.fromkeys(["company_domain", "modified_time", "metadata", "campaign"])

    assert event(profiles.companies, ACME | nulls) == Event(kind=GROUP, company_id="67890")


def test_a_subscription_is_a_trait_of_its_account_by_its_id() -> None:
    period = {"current_period_start": "2026-11-01", "current_period_end": "2026-12-01"}
    plan = {"plan_id": "p-1", "price_id": None, "metadata": {"seats": 3}}

    found = event(
        profiles.subscription, PRO | period | {"items": [plan], "metadata": {"tier": "gold"}}
    )

    assert found == Event(
        kind=GROUP,
        company_id="67890",
        properties={
            "subscriptions": {
                "sub-1": {
                    "subscription_id": "sub-1",
                    "status": "active",
                    **period,
                    "items": [{"plan_id": "p-1", "metadata": {"seats": 3}}],
                    "metadata": {"tier": "gold"},
                }
            }
        },
    )


def test_a_status_may_be_left_out_of_a_batch_and_not_of_a_single_subscription() -> None:
    silent = PRO | {"status": None}

    assert event(profiles.subscriptions, silent).kind == GROUP
    assert refusal(profiles.subscription, silent) == ("missing_field", "status")


@pytest.mark.parametrize("parse", [profiles.subscription, profiles.subscriptions])
@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"company_id": None}, ("missing_field", "company_id")),
        ({"subscription_id": None}, ("missing_field", "subscription_id")),
        ({"status": "great"}, ("unknown_status", "status")),
        ({"items": {"plan_id": "p"}}, ("invalid_type", "items")),
        ({"items": ["p"]}, ("invalid_type", "items")),
        ({"items": [{"plan_id": "p"}, {"plan_id": None}]}, ("missing_field", "items.plan_id")),
    ],
)
def test_a_subscription_out_of_bounds_is_refused_by_name(
    parse: Parse, extra: dict[str, Any], reason: tuple[str, str]
) -> None:
    assert refusal(parse, PRO | extra) == reason


@pytest.mark.parametrize("status", profiles.STATUSES)
def test_each_status_of_the_vendor_is_taken(status: str) -> None:
    found = event(profiles.subscription, PRO | {"status": status})

    assert (found.properties or {})["subscriptions"]["sub-1"]["status"] == status
