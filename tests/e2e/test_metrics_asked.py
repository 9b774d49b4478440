"""Metrics over HTTP and on the command line: any property, any name, in any zone."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.conftest import Customer, Local, eventually
from tests.e2e.commandline import Run

PLANS = 'the plan\'s "name" / 100%; DROP TABLE events --'
ROWS: list[dict[str, Any]] = [
    {"email": f"u{n}@acme.com", "companyExternalId": "acme", "action": action}
    | {"date": "2026-11-01T22:30:00Z", "info": {PLANS: plan, "deep": {"amount": amount}}}
    for n, (action, plan, amount) in enumerate(
        [("Paid", "pro", 5), ("Paid", "free", 7), ("Paid", "O'Brien", None), ("Left", None, None)]
    )
]


@pytest.fixture
def loaded(local: Local, customer: Customer) -> Customer:
    status, answer, _ = local.send("POST", f"/analytics/{customer.tenant}", ROWS)
    assert (status, answer["errors"]) == (200, [])
    eventually(lambda: local.get(customer, "metrics")["total"], lambda total: total == len(ROWS))
    return customer


def test_a_property_of_any_name_is_asked_for_over_http(local: Local, loaded: Customer) -> None:
    query = urlencode({"group_by": f"info.{PLANS}", "metric": "sum(info.deep.amount)"})
    by_plan = local.get(loaded, f"metrics?{query}")
    paid = local.get(loaded, f"metrics?{urlencode({'action': 'Paid', 'metric': 'users'})}")

    assert [(each["key"], each["value"]) for each in by_plan["totals"]] == [("free", 7), ("pro", 5)]
    assert (by_plan["total"], paid["total"]) == (12, 3)


def test_a_day_begins_where_the_question_says(local: Local, loaded: Customer) -> None:
    query = urlencode({"timezone": "Europe/Berlin", "compare": "previous", "explain": "true"})
    told = local.get(loaded, f"metrics?{query}")

    assert (told["series"][0]["at"], told["previous"]) == ("2026-11-01T00:00:00+01:00", 0)
    assert {read["table"] for read in told["explain"]["tables"]} == {"totals"}


def test_what_is_no_question_is_refused_by_name(local: Local, loaded: Customer) -> None:
    token = f"Bearer {loaded.token}"

    for query, field in (("metric=sum(acton)", "metric"), ("timezone=Mars/Base", "timezone")):
        status, answer, _ = local.send("GET", f"/api/v1/metrics?{query}", Authorization=token)

        assert (status, answer["code"], answer["field"]) == (400, "bad_query", field)


def test_the_command_line_asks_all_of_it(loaded: Customer, waypost: Run) -> None:
    done = waypost(
        *("metrics", "--metric", "users", "--filter", "action=Paid", "--group-by", "account"),
        *("--group-by", f"info.{PLANS}", "--top", "1", "--compare", "--timezone", "Asia/Kolkata"),
        *("--interval", "week", "--explain", "--from", "2026-11-01", "--to", "2026-11-03"),
    )

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert rows == [
        {"account": "acme", f"info.{PLANS}": "O'Brien", "users": 1, "previous": 0, "change": None},
        {"account": "(other)", f"info.{PLANS}": "(other)", "users": 2}
        | {"previous": 0, "change": None},
    ]
    assert "FROM props" in done.stderr
