"""Strangers whose user id is a placeholder, at every kind of door and in files, over HTTP."""

from typing import Any

from tests.conftest import Customer, Local, eventually


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

    items = [{"externalId": who, "cId": "acme", "action": "Did"} for who in ("0", "Test")]
    status, answer, _ = local.send("POST", f"/analytics/{customer.tenant}", items)

    assert (status, answer["processed"]) == (200, 1)
    assert [error["index"] for error in answer["errors"]] == [1]
