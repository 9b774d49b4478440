"""Who it was, and for whom, may be said last: the numbers are as if it had been said first."""

from typing import Any

from tests.conftest import Customer, Local


def send(local: Local, customer: Customer, number: int, **message: Any) -> None:
    """One message of Segment's, matched."""
    status, answer, _ = local.send(
        "POST", "/v1/batch", {"batch": [message]}, Authorization=f"Bearer {customer.token}"
    )
    assert (status, answer) == (200, {"success": True})
    local.settled(customer, number)


def totals(local: Local, customer: Customer, query: str) -> dict[str, float]:
    found = local.get(customer, f"metrics?{query}")["totals"]
    return {one["key"]: one["value"] for one in found}


def test_what_was_done_anonymously_counts_for_the_person_and_its_account(
    local: Local, customer: Customer
) -> None:
    send(local, customer, 1, type="track", anonymousId="a-1", event="Opened pricing")
    local.aggregate(customer)
    assert local.counts(customer)["stored"] == 1

    traits = {"companyId": "acme", "email": "ann@acme.com"}
    send(local, customer, 2, type="identify", userId="u-1", anonymousId="a-1", traits=traits)
    local.aggregate(customer)

    assert local.counts(customer)["stored"] == 2
    assert totals(local, customer, "group_by=account") == {"acme": 1}
    user = local.get(customer, "users/u-1")
    assert (user["events"], user["account_id"]) == (1, "acme")
    assert local.get(customer, "unassigned")["unassigned"] == []
    (event,) = local.get(customer, "events?user=u-1")["events"]
    assert (event["action"], event["account_id"]) == ("Opened pricing", "acme")


def test_a_visitor_who_turns_out_to_be_known_is_one_user(local: Local, customer: Customer) -> None:
    known = {"type": "track", "userId": "u-1", "context": {"groupId": "acme"}}
    send(local, customer, 1, **known, event="Logged in")
    send(local, customer, 2, type="track", anonymousId="a-1", event="Opened pricing")
    local.aggregate(customer)

    send(local, customer, 3, type="alias", userId="u-1", previousId="a-1")
    local.aggregate(customer)

    assert totals(local, customer, "metric=users&group_by=action") == {
        "Logged in": 1,
        "Opened pricing": 1,
    }
    assert local.get(customer, "metrics?metric=users")["total"] == 1
    (user,) = local.get(customer, "users")["users"]
    assert (user["external_id"], user["events"]) == ("u-1", 2)
