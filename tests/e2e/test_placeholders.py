"""Strangers whose user id is a placeholder, at every kind of door and in files, over HTTP."""

import time
from typing import Any

from tests.conftest import Customer, Local, eventually
from waypost import times

PAGE = "https://acme.example"


def noted(local: Local, customer: Customer, count: int) -> list[Any]:
    entries: list[Any] = eventually(
        lambda: local.get(customer, "ledger?limit=100")["noted"], lambda list: len(list) >= count
    )
    return sorted((entry["field"], entry["payload"]) for entry in entries)


def test_strangers_of_one_placeholder_share_no_feed_and_the_ledger_says_so(
    local: Local, customer: Customer
) -> None:
    key = {"writeKey": customer.token}
    for n in range(2):
        item = {"userId": "undefined", "anonymousId": f"a{n}", "event": f"Did {n}", **key}
        assert local.send("POST", "/v1/track", item)[:2] == (200, {"success": True})

    local.settled(customer, 2)
    feed = eventually(lambda: local.get(customer, "events?user=a0")["events"], bool)

    assert [event["action"] for event in feed] == ["Did 0"]
    assert noted(local, customer, 2) == [("userId", '"undefined"')] * 2


def test_a_csv_row_is_taken_without_what_its_spreadsheet_wrote_for_nothing(
    local: Local, customer: Customer
) -> None:
    rows = "externalId,cId,email,action\nann,#N/A, n/a ,Did\nNULL,acme,,Did\n"

    path = f"/analytics/stream/csv/{customer.tenant}"
    status, answer, _ = local.send("PUT", path, rows.encode())

    assert (status, answer["processed"]) == (200, 1)
    (error,) = answer["errors"]
    assert (error["code"], error["field"], error["line"]) == ("identity_missing", "externalId", 3)
    assert '"NULL"' in error["message"]
    assert noted(local, customer, 2) == [("cId", '"#N/A"'), ("email", '"n/a"')]
    counts = local.settled(customer, 2)
    assert (counts["rejected"], counts["received"]) == (1, 2)


def test_a_tenant_that_keeps_0_has_a_user_0(local: Local, customer: Customer) -> None:
    token = f"Bearer {customer.token}"
    given = {"placeholders": {"add": ["test"], "keep": ["0"]}}
    status, answer, _ = local.send("PATCH", "/api/v1/settings", given, Authorization=token)
    assert (status, answer["placeholders"]) == (200, given["placeholders"])

    items = [{"externalId": who, "cId": "acme", "action": "Did"} for who in (0, "Test")]
    status, answer, _ = local.send("POST", f"/analytics/{customer.tenant}", items)

    assert (status, answer["processed"]) == (200, 1)
    assert [error["index"] for error in answer["errors"]] == [1]


def test_every_door_asks_the_tenants_own_list(local: Local, customer: Customer) -> None:
    bearer = {"Authorization": f"Bearer {customer.token}"}
    given = {"placeholders": {"add": ["tester"]}}
    assert local.send("PATCH", "/api/v1/settings", given, **bearer)[0] == 200
    tester, now = "Tester", int(time.time() * 1000)
    segments = {"type": "track", "userId": tester, "event": "x", "writeKey": customer.token}
    action = {"action_name": "x", "request": {"uri": PAGE}, "user_id": tester}
    key = {"X_Moesif_Application_Id": customer.token}
    call = {"verb": "GET", "uri": PAGE, "time": times.iso(now)}
    feature = {"action": "login", "account_id": "acme", "user_id": tester, "created_at": now}
    synerises = {"action": "a.b", "label": "x", "client": {"customId": tester}}
    learner = {"event_type": "kinesinlms.core.user.login", "anon_username": tester}
    requests: list[tuple[str, Any, dict[str, str]]] = [
        (f"/analytics/{customer.tenant}", {"externalId": tester, "action": "x"}, {}),
        ("/v1/track", segments, {}),
        ("/dock/segment", segments, {}),
        ("/v1/actions", action, key),
        ("/v1/users", {"user_id": tester}, key),
        ("/v1/companies", {"company_id": tester}, key),
        ("/v1/events", {"request": call, "user_id": tester}, key),
        (f"/v1/{customer.tenant}/x", feature, {}),
        ("/v4/events/custom", synerises, bearer),
        ("/v4/transactions", synerises | {"action": "transaction.charge"}, bearer),
        ("/api/tracking", learner, bearer),
    ]

    for path, body, headers in requests:
        local.send("POST", path, body, **headers)
    rows = f"externalId,action\n{tester},x\n".encode()
    local.send("PUT", f"/analytics/stream/csv/{customer.tenant}", rows)
    points = {"dimensionId": "seats", "value": 1, "externalId": tester}
    refusals = [
        local.send("POST", f"/dimensiondata/{customer.tenant}", points),
        local.send("POST", "/companies", {"externalId": tester, "name": "x"}, **bearer),
    ]

    local.settled(customer, len(requests) + 1)
    ledger = local.get(customer, "ledger?limit=100")
    entries = ledger["rejected"] + ledger["ignored"]
    assert len(entries) == len(requests) + 1
    assert all('held "Tester", a placeholder' in entry["message"] for entry in entries)
    assert [answer[1]["errors"][0]["code"] for answer in refusals] == ["placeholder"] * 2
