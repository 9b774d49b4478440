"""The types of property keys, over HTTP: learned, kept to, shown, and changed by their owner."""

from typing import Any

import pytest

from tests.conftest import Customer, Local, eventually


def send(local: Local, customer: Customer, **info: Any) -> None:
    """One activity of Ann at Acme."""
    body = {"externalId": "ann", "cId": "acme", "action": "Did", "info": info}
    status, answer, _ = local.send("POST", f"/analytics/{customer.tenant}", body)
    assert (status, answer["processed"]) == (200, 1)


def change(local: Local, customer: Customer, key: str, type: str) -> tuple[int, Any]:
    token = f"Bearer {customer.token}"
    path = f"/api/v1/schema/{key}"
    status, body, _ = local.send("PUT", path, {"type": type}, Authorization=token)
    return status, body


def noted(local: Local, customer: Customer, count: int) -> list[Any]:
    found: list[Any] = eventually(
        lambda: local.get(customer, "ledger?limit=100")["noted"], lambda n: len(n) >= count
    )
    return found


def properties(local: Local, customer: Customer, query: str = "") -> list[Any]:
    """What events hold, oldest first."""
    page = local.get(customer, f"events?limit=100{query}")
    return [one["info"] for one in reversed(page["events"])]


def test_a_key_keeps_the_type_of_its_first_value_at_any_depth(
    local: Local, customer: Customer
) -> None:
    send(local, customer, some_string="a", seats=5)
    local.settled(customer, 1)

    send(local, customer, some_object={"some_string": 23, "so.me.dots": 1}, seats=6)
    (note,) = noted(local, customer, 1)

    assert (note["code"], note["field"], note["payload"]) == ("type_conflict", "some_string", "23")
    assert note["detail"] == {
        "key": "some_string",
        "path": "some_object.some_string",
        "expected": "string",
        "found": "number",
    }
    local.settled(customer, 2)
    kept = {"some_object": {"so_me_dots": 1}, "seats": 6}
    assert properties(local, customer)[-1] == kept
    assert kept in properties(local, customer, "&user=ann")


def test_the_types_of_all_keys_are_shown_with_their_first_day(
    local: Local, customer: Customer
) -> None:
    send(local, customer, b={"a": [{"c": True}]}, d=None)
    local.settled(customer, 1)

    found = local.get(customer, "schema")["schema"]

    assert [(one["key"], one["type"]) for one in found] == [
        ("a", "array"),
        ("b", "object"),
        ("c", "boolean"),
    ]
    assert all(one["first_seen"].endswith("Z") for one in found)


def test_the_owner_changes_a_type_and_later_events_keep_to_it(
    local: Local, customer: Customer
) -> None:
    send(local, customer, plan="pro")
    local.settled(customer, 1)

    status, body = change(local, customer, "plan", "number")
    send(local, customer, plan=1)
    local.settled(customer, 2)

    assert (status, body["key"], body["type"]) == (200, "plan", "number")
    assert properties(local, customer) == [{"plan": "pro"}, {"plan": 1}]
    assert local.get(customer, "ledger")["noted"] == []


def test_the_owner_fixes_a_type_before_the_first_value_comes(
    local: Local, customer: Customer
) -> None:
    status, _ = change(local, customer, "zip.code", "string")

    send(local, customer, zip_code=12345)

    (note,) = noted(local, customer, 1)
    assert (status, note["detail"]["expected"]) == (200, "string")


@pytest.mark.parametrize(
    ("policy", "stored", "type"),
    [("coerce", 23, "number"), ("keep", "23", "number"), ("change", "23", "string")],
)
def test_the_tenant_chooses_what_a_conflict_does(
    local: Local, policy: str, stored: Any, type: str
) -> None:
    customer = local.customer(type_conflicts=policy)
    send(local, customer, a=1)
    local.settled(customer, 1)

    send(local, customer, a="23")
    noted(local, customer, 1)

    local.settled(customer, 2)
    assert properties(local, customer) == [{"a": 1}, {"a": stored}]
    assert local.get(customer, "schema")["schema"][0]["type"] == type


def test_two_tenants_have_types_of_their_own(local: Local) -> None:
    one, other = local.customer(), local.customer()
    send(local, one, plan="pro")
    local.settled(one, 1)

    send(local, other, plan=7)
    local.settled(other, 1)

    assert properties(local, other) == [{"plan": 7}]
    assert local.get(other, "ledger")["noted"] == []
