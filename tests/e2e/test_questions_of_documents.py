"""What the senders' own documents let their users ask, asked over HTTP."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conftest import Customer, Local
from waypost import times

# Within the live tables, at noon of a day that is over.
DAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=2)
SIGNED_UP, LOGGED_IN, PURCHASED = "Signed Up", "Logged In", "Purchased"


def moment(minutes: int) -> int:
    """In milliseconds since 1970."""
    return int((DAY + timedelta(minutes=minutes)).timestamp() * 1000)


@dataclass
class Asked:
    """A tenant to whom everything was sent, and what is asked of it."""

    local: Local
    customer: Customer

    def __call__(self, route: str, **parameters: Any) -> Any:
        named = {name.rstrip("_").replace("__", "."): value for name, value in parameters.items()}
        return self.local.get(self.customer, f"{route}?{urlencode(named, doseq=True)}")

    def totals(self, **parameters: Any) -> dict[str, float]:
        answer = self("metrics", **parameters)
        return {row["key"]: row["value"] for row in answer["totals"]}


@pytest.fixture(scope="module")
def of(local: Local) -> Asked:
    """Moesif's developers, Natero's accounts, and a visitor of Synerise: half of it is folded."""
    customer = local.customer()
    received = _moesif(local, customer)
    local.settled(customer, received)
    local.aggregate(customer)
    received += _natero(local, customer) + _synerise(local, customer)
    local.settled(customer, received)
    return Asked(local, customer)


def _moesif(local: Local, customer: Customer) -> int:
    """Three developers: who signs up, logs in by some provider, buys, and makes a first call."""
    key = {"X-Moesif-Application-Id": customer.token}
    told: list[tuple[str, str, int, dict[str, Any]]] = [
        ("dev1", SIGNED_UP, 0, {"provider": "github"}),
        ("dev2", SIGNED_UP, 0, {"provider": "google"}),
        ("dev3", SIGNED_UP, 5, {"provider": "google"}),
        ("dev1", LOGGED_IN, 10, {"provider": "github"}),
        ("dev2", LOGGED_IN, 10, {"provider": "google"}),
        ("dev1", LOGGED_IN, 60, {"provider": "github"}),
        ("dev1", PURCHASED, 61, {"provider": "github", "amount": 49.5, "cart": {"plan": "pro"}}),
        ("dev2", PURCHASED, 62, {"provider": "google", "amount": 10, "cart": {"plan": "team"}}),
    ]
    actions = [
        {
            "action_name": action,
            "user_id": user,
            "metadata": metadata,
            "transaction_id": f"00000000-0000-4000-8000-{number:012d}",
            "request": {"time": times.iso(moment(minutes)), "uri": "https://api.example/app"},
        }
        for number, (user, action, minutes, metadata) in enumerate(told)
    ]
    calls = [
        {
            "user_id": user,
            "request": {
                "time": times.iso(moment(minutes)),
                "uri": "https://api.example/hello/1",
                "verb": "GET",
                "headers": {},
            },
            "response": {"time": times.iso(moment(minutes)), "status": 200, "headers": {}},
        }
        for user, minutes in (("dev1", 30), ("dev2", 20))
    ]
    for route, body in (("actions/batch", actions), ("events/batch", calls)):
        status, _, _ = local.send("POST", f"/v1/{route}", body, **key)
        assert status in {200, 201}
    return len(actions) + len(calls)


def _natero(local: Local, customer: Customer) -> int:
    """A login, a feature that is called like one, and an hour of reports of time."""
    ann = {"account_id": "acme", "user_id": "ann", "session_id": "s1"}
    place = {"module": "Reports", "product": "Suite"}
    items: list[dict[str, Any]] = [
        ann | {"action": "login", "created_at": moment(0)},
        ann | place | {"action": "feature", "feature": "login", "created_at": moment(1)},
        ann | place | {"action": "feature", "feature": "Export", "created_at": moment(2)},
        *(
            ann | {"action": "sessionSync", "active_duration": 15_000, "created_at": moment(3) + n}
            for n in range(240)
        ),
        ann | place | {"action": "moduleEnd", "time_spent": 90_000, "created_at": moment(63)},
        {
            **{"action": "identifyAccount", "account_id": "acme", "created_at": moment(64)},
            **{"details": {"name": "Acme Inc", "tier": "gold"}},
        },
    ]
    status, _, _ = local.send("POST", f"/v1/{customer.tenant}/any", items)
    assert status == 200
    return len(items)


def _synerise(local: Local, customer: Customer) -> int:
    """What a customer saw, one screen after the other."""
    bearer = {"Authorization": f"Bearer {customer.token}"}
    screens = ("home", "pricing", "home", "docs")
    for number, screen in enumerate(screens):
        view = {
            "action": f"screen.{screen}",
            "label": f"Saw {screen}",
            "client": {"customId": "cat"},
            "time": times.iso(moment(number)),
        }
        status, _, _ = local.send("POST", "/v4/events/custom", view, **bearer)
        assert status == 202
    return len(screens)


def test_logins_and_purchases_by_login_provider(of: Asked) -> None:
    """Moesif: group by `metadata.provider`, filtered by action."""
    by_provider = of.totals(group_by="metadata.provider", action=[LOGGED_IN, PURCHASED])
    people = of.totals(metric="users", group_by="info.provider", action=LOGGED_IN)

    assert by_provider == {"github": 3, "google": 2}
    assert people == {"github": 1, "google": 1}


def test_the_value_of_a_plan(of: Asked) -> None:
    """Moesif: a metric over metadata, by metadata that lies deeper."""
    value = of.totals(metric="sum(metadata.amount)", group_by="info.cart.plan", action=PURCHASED)

    assert value == {"pro": 49.5, "team": 10}
    assert of("metrics", metric="avg(info.amount)")["total"] == 29.75


def test_time_to_first_hello_world(of: Asked) -> None:
    """Moesif: from the sign-up to the first call of the API."""
    funnel = of("funnels", preset="time_to_first_hello_world", last="30d")

    assert [step["count"] for step in funnel["steps"]] == [3, 2]
    assert funnel["steps"][1]["median_seconds"] == 25 * 60
    assert [(who["step"], who["name"]) for who in funnel["stuck"]] == [(1, "dev3")]


def test_time_to_value(of: Asked) -> None:
    funnel = of("funnels", step=[SIGNED_UP, LOGGED_IN, f"{PURCHASED}[info.amount>20]"], last="30d")

    assert [step["count"] for step in funnel["steps"]] == [3, 2, 1]


def test_logins_are_a_number_of_their_own(of: Asked) -> None:
    """Natero: a feature that is called login is none."""
    natero = of("metrics", metric="logins", source="natero")

    assert natero["total"] == 1
    assert of.totals(metric="events", group_by="action", source="natero") == {
        "login": 2,
        "Export": 1,
    }


def test_reports_of_time_are_no_activity(of: Asked) -> None:
    """Natero: an hour of use is three things done, an hour active, ninety seconds in a module."""
    assert of("metrics", metric="events", account="acme")["total"] == 3
    assert of("metrics", metric="active_time", account="acme")["total"] == 3600
    assert of.totals(metric="module_time", group_by="module", module="Reports") == {"Reports": 90}
    assert len(of("events", account="acme")["events"]) == 3
    page = of("events", kind="time", account="acme", limit=200)
    rest = of("events", kind="time", account="acme", limit=200, cursor=page["next"])
    shown = page["events"] + rest["events"]
    assert (len({event["id"] for event in shown}), rest["next"]) == (241, None)
    assert shown == sorted(shown, key=lambda event: (event["time"], event["id"]), reverse=True)
    (ended,) = of("events", kind="time", action="moduleEnd")["events"]
    assert (ended["module"], ended["module_ms"]) == ("Reports", 90_000)
    assert of("events", kind="time", source="moesif")["events"] == []


def test_products_features_and_dimensions_of_accounts_are_in_the_numbers(of: Asked) -> None:
    """Natero: by product, by feature, by tier of the account."""
    assert of.totals(group_by="product", source="natero") == {"Suite": 2, "(no product)": 1}
    assert of.totals(group_by="feature", product="Suite") == {"login": 1, "Export": 1}
    assert of.totals(metric="users", group_by="account.trait.tier", account="acme") == {"gold": 1}


def test_weight_of_a_user_in_a_month(of: Asked) -> None:
    """Planhat: an average user should have at most 100 a month."""
    answer = of("metrics", metric="weight_per_user", interval="month", account="acme")

    assert answer["total"] == 3
    by_user = of("metrics", metric="weight", group_by="user", interval="month", source="natero")
    assert [(row["name"], row["value"]) for row in by_user["totals"]] == [("ann", 3)]


def test_what_a_customer_saw_next(of: Asked) -> None:
    """Synerise: what came after a screen, and what before."""
    paths = of("paths", action="screen.home", last="30d")

    assert {row["key"]: row["count"] for row in paths["after"]} == {
        "screen.pricing": 1,
        "screen.docs": 1,
    }
    assert {row["key"]: row["count"] for row in paths["before"]} == {
        "screen.pricing": 1,
        "(nothing)": 1,
    }


def test_who_of_those_that_came_is_still_there(of: Asked) -> None:
    retention = of("retention", interval="week", last="12w")

    sizes = [cohort["size"] for cohort in retention["cohorts"]]
    assert sum(sizes) == 5
    assert all(cohort["returned"][0] == cohort["size"] for cohort in retention["cohorts"])
