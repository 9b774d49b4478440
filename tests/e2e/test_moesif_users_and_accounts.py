"""Moesif's users, companies and subscriptions over HTTP: who somebody is, and what is known."""

from functools import partial
from typing import Any

import pytest

from tests.conftest import Customer, Local
from tests.e2e import moesif_sender
from tests.e2e.moesif_sender import ITEMS, Send, action


@pytest.fixture
def send(local: Local, customer: Customer) -> Send:
    """`send("actions", {…})` as a tracker of the customer does."""
    return partial(moesif_sender.send, local, customer)


def test_a_user_full_of_nulls_erases_nothing(send: Send, local: Local, customer: Customer) -> None:
    metadata: Any = {"email": "a@acme.com", "name": "Ann Archer", "address": {"city": "Bonn"}}
    send("users", {"user_id": "u1", "company_id": "acme", "metadata": metadata})
    local.settled(customer, 1)
    before = local.get(customer, "users/u1")

    names = ("company_id", "modified_time", "ip_address", "session_token", "user_agent_string")
    nulls: dict[str, object] = dict.fromkeys(names) | {"campaign": {"utm_source": None}}
    inner: Any = {"email": None, "name": None, "address": {"city": None}}
    for metadata in (None, inner):
        send("users", {"user_id": "u1", "metadata": metadata, **nulls})

    local.settled(customer, 3)
    after = local.get(customer, "users/u1")
    assert after["traits"] == before["traits"]
    assert after == before
    assert before["traits"]["address"] == {"city": "Bonn"}


def test_what_a_browser_did_before_it_knew_the_user_becomes_the_users(
    send: Send, local: Local, customer: Customer
) -> None:
    campaign = {"utm_source": "adwords", "gclid": None}
    assert send("users", {"anonymous_id": "1a1f", "campaign": campaign})[:2] == (200, {})
    send("actions/batch", [action(f"Looked {n}", anonymous_id="1a1f") for n in range(2)])
    local.settled(customer, 3)

    send("users", {"user_id": "u1", "anonymous_id": "1a1f", "metadata": {"email": "a@acme.com"}})
    local.settled(customer, 4)
    send("actions", action("Bought", user_id="u1", company_id="acme"))
    local.settled(customer, 5)

    seen = local.get(customer, "events?user=u1")["events"]
    assert sorted(one["action"] for one in seen) == ["Bought", "Looked 0", "Looked 1"]
    assert {one["user"]["external_id"] for one in seen} == {"u1"}
    user = local.get(customer, "users/u1")
    assert (user["email"], user["account_id"]) == ("a@acme.com", "acme")


def test_companies_and_subscriptions_merge_into_the_traits_of_the_account(
    send: Send, local: Local, customer: Customer
) -> None:
    acme = {"company_id": "acme"}
    send("companies", acme | {"company_domain": "acme.com", "metadata": {"name": "Acme"}})
    send("subscriptions", acme | {"subscription_id": "s1", "status": "trialing"})
    local.settled(customer, 2)
    send("subscriptions/batch", [acme | {"subscription_id": id} for id in ("s1", "s2")])
    send("companies/batch", [acme | {"metadata": {"plan": "pro"}}])
    local.settled(customer, 5)

    account = local.get(customer, "accounts/acme")

    assert (account["name"], account["events"]) == ("Acme", 0)
    assert account["traits"] == {
        "name": "Acme",
        "domain": "acme.com",
        "plan": "pro",
        "subscriptions": {
            "s1": {"subscription_id": "s1", "status": "trialing"},
            "s2": {"subscription_id": "s2"},
        },
    }


def test_profiles_are_nobodys_activity(send: Send, local: Local, customer: Customer) -> None:
    for noun in ("users", "companies", "subscriptions"):
        send(noun, ITEMS[noun])
    send("actions", ITEMS["actions"] | {"company_id": "acme"})
    local.settled(customer, 4)

    local.aggregate(customer)

    totals = local.get(customer, "metrics?metric=events&group_by=action")["totals"]
    assert totals == [{"key": "Opened", "value": 1}]
