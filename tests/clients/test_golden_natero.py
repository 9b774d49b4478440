"""Natero, whose clients nobody can install any more: requests as its documents write them."""

import json
import time
from typing import Any

import pytest

from tests.clients.compatibility import GOLDEN, record
from tests.conftest import Customer, Local, eventually

ROUTE = "/v1/{authKey}/{apiKey}"
JSON = {"Content_Type": "application/json"}
FORM = (
    b"account_id=acme&user_id=u1&created_at=1563000000000&session_id=s1&action=identifyUser"
    b"&details%5Bfirst_name%5D=Ann&details%5Bemail%5D=ann%40acme.com"
)
CAMEL = (
    b'{"accountId":"acme","userId":"u1","createdAt":1563000000000,"action":"feature",'
    b'"feature":"Create Report","module":"Reports","total":1}'
)


def reported(action: str, **fields: Any) -> bytes:
    now = int(time.time() * 1000) - 1000
    who = {"account_id": "acme", "user_id": "u1", "created_at": now, "session_id": "s1"}
    return json.dumps(who | {"action": action} | fields).encode()


def proven(what: str) -> None:
    record(GOLDEN, "Natero", ROUTE, what)


def test_a_form_under_a_json_label_tells_of_a_user(local: Local, customer: Customer) -> None:
    answer = local.send("POST", f"/v1/{customer.token}/key", FORM, **JSON)

    local.settled(customer, 1)
    user = local.get(customer, "users/u1")
    assert answer[:2] == (200, {})
    assert (user["email"], user["traits"]["first_name"]) == ("ann@acme.com", "Ann")
    proven("a form under a JSON label")


def test_camel_case_without_a_session_is_a_feature_event(local: Local, customer: Customer) -> None:
    answer = local.send("POST", f"/v1/{customer.token}/key", CAMEL, **JSON)

    local.settled(customer, 1)
    local.aggregate(customer)
    totals = local.get(customer, "metrics?metric=events&group_by=action")["totals"]
    assert answer[:2] == (200, {})
    assert totals == [{"key": "Create Report", "value": 1}]
    proven("camel case, no session")


@pytest.mark.parametrize("between", [b"", b"\n", b" "])
def test_objects_back_to_back_are_each_stored(
    local: Local, customer: Customer, between: bytes
) -> None:
    body = between.join(
        [
            reported("login", details={"first_name": "Ann"}, product="BI"),
            reported("feature", feature="Create Report", module="Reports"),
            reported("sessionSync", active_duration=15_000),
            reported("moduleEnd", module="Reports", time_spent=9_000),
            reported("identifyAccount", details={"name": "Acme", "join_date": 1_563_000_000_000}),
            reported("logout"),
        ]
    )

    answer = local.send("POST", f"/v1/{customer.tenant}/key", body, **JSON)

    counts = local.settled(customer, 7)
    assert answer[:2] == (200, {})
    assert (counts["stored"], counts["rejected"]) == (7, 0)
    shown = eventually(lambda: local.get(customer, "events")["events"], lambda f: len(f) == 3)
    # Reports of time are nothing that anybody did.
    assert {one["action"] for one in shown} == {"login", "Create Report", "logout"}
    assert local.get(customer, "accounts/acme")["name"] == "Acme"
    proven("every action, objects back to back")


def test_the_keys_in_the_order_of_the_constructor_work_as_well(
    local: Local, customer: Customer
) -> None:
    body = reported("pageView")

    answers = [
        local.send("POST", path, body, Content_Type="text/plain")[:2]
        for path in (f"/v1/{customer.token}/key", f"/v1/key/{customer.token}")
    ]

    counts = local.settled(customer, 2)
    assert answers == [(200, {})] * 2
    assert (counts["stored"], counts["duplicate"]) == (1, 1)
    proven("the keys in either order")
