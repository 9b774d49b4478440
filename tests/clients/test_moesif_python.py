"""moesifapi, unmodified but for its host: everything it sends, and what Waypost makes of it."""

from functools import partial
from typing import Any

import pytest

from tests.clients import faults, moesif_calls
from tests.clients.conftest import RunClient
from tests.clients.faults import Bench
from waypost.sources import moesif

PACKAGE = "moesifapi"
DRIVER = "moesif_python.py"


sent = partial(moesif_calls.sent, package=PACKAGE, driver=DRIVER)


def test_its_start_up_leaves_sampling_at_all_and_no_rules(
    bench: Bench, run_client: RunClient
) -> None:
    answer = run_client(DRIVER, "start_up")

    assert answer == {
        "config": moesif.CONFIG,
        "rules": moesif.RULES,
        "sampling": 100,
        "has_rules": False,
    }
    assert {exchange.status for exchange in bench.proxy.seen} == {200}
    for path in ("/v1/config", "/v1/rules"):
        moesif_calls.record(PACKAGE, path, moesif_calls.START_UP)


def test_its_api_calls_arrive_with_every_field(bench: Bench, run_client: RunClient) -> None:
    sent(bench, run_client, scenario="events", received=3)

    actions = moesif_calls.seen(bench, 3)
    assert actions.keys() == {"GET /items/{id}", "GET /pages", "GET /items/{id}/reviews"}
    full = actions["GET /items/{id}"]
    assert (full["user"]["external_id"], full["account_id"]) == ("u1", "acme")
    assert (full["session"], full["weight"]) == ("s-1", 4)
    assert full["info"] == {
        "region": "eu",
        "so_me_dots": 1,
        "tags": "a,b",
        "direction": "Incoming",
        "blocked_by": "rule-1",
        "request": {
            "uri": "https://api.acme.com/items/83738?page=2",
            "verb": "GET",
            "api_version": "1.0",
            "ip_address": "203.0.113.7",
        },
        "status_code": 200,
        "duration_ms": 250,
    }
    times = [post.json() for post in bench.proxy.posts("/v1/events")]
    assert full["time"][:23] == times[0]["request"]["time"][:23]
    assert all(post.headers["content-encoding"] == "gzip" for post in bench.proxy.posts())


def test_a_call_sent_again_by_hand_counts_once(bench: Bench, run_client: RunClient) -> None:
    sent(bench, run_client, scenario="resent", received=4)

    counts = bench.local.settled(bench.customer, 4)
    assert (counts["stored"], counts["duplicate"]) == (2, 2)
    assert moesif_calls.seen(bench, 2).keys() == {"GET /one", "GET /other"}


def test_its_users_arrive_and_their_nulls_erase_nothing(
    bench: Bench, run_client: RunClient
) -> None:
    sent(bench, run_client, scenario="users", received=4)

    user = bench.local.get(bench.customer, "users/u1")
    assert (user["email"], user["name"]) == ("ann@acme.com", "Ann Archer")
    assert (user["account_id"], user["events"]) == ("acme", 0)
    assert user["traits"] == {
        "email": "ann@acme.com",
        "name": "Ann Archer",
        "plan": "pro",
        "seats": 3,
        "ip_address": "203.0.113.7",
        "user_agent_string": "Mozilla/5.0",
        "campaign": {"utm_source": "adwords", "gclid": "g-1"},
    }
    assert None in bench.proxy.posts("/v1/users")[1].json().values()
    assert bench.local.get(bench.customer, "users/u2")["account_id"] == "acme"


def test_its_companies_arrive_and_their_nulls_erase_nothing(
    bench: Bench, run_client: RunClient
) -> None:
    sent(bench, run_client, scenario="companies", received=3)

    account = bench.local.get(bench.customer, "accounts/acme")
    assert (account["name"], account["events"]) == ("Acme", 0)
    assert account["traits"] == {
        "name": "Acme",
        "plan": "pro",
        "domain": "acme.com",
        "ip_address": "203.0.113.7",
        "campaign": {"utm_source": "adwords"},
    }
    assert bench.local.get(bench.customer, "accounts/bolt")["traits"] == {}


def test_its_subscriptions_arrive_as_traits_of_the_account(
    bench: Bench, run_client: RunClient
) -> None:
    sent(bench, run_client, scenario="subscriptions", received=3)

    first = bench.proxy.posts("/v1/subscriptions")[0].json()
    account = bench.local.get(bench.customer, "accounts/acme")
    assert account["traits"]["subscriptions"] == {
        "s1": {
            "subscription_id": "s1",
            "status": "active",
            "current_period_start": first["current_period_start"],
            "current_period_end": first["current_period_end"],
            "metadata": {"tier": "gold"},
        },
        "s2": {"subscription_id": "s2"},
    }


@pytest.mark.parametrize(("status", "after"), faults.CASES)
def test_it_raises_what_it_is_refused_and_sends_nothing_again(
    status: int, after: bool, bench: Bench, run_client: RunClient
) -> None:
    answers: list[dict[str, Any]] = []

    def send() -> None:
        answers.append(run_client(DRIVER, "one"))

    faults.check(PACKAGE, status, after, send, bench, route="/v1/events")

    assert answers == [{"refused": status}]
    if after:
        assert bench.local.settled(bench.customer, 1)["stored"] == 1
