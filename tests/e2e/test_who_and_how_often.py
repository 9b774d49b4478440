"""Matching, identity and the ledger, over HTTP, against the local default."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Customer, Local, eventually

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_colleague_without_a_company_is_placed_by_the_domain(
    local: Local, customer: Customer
) -> None:
    post(local, customer, email="ann@mail.acme.co.uk", companyExternalId="acme", action="Opened")
    local.settled(customer, 1)

    post(local, customer, email="Ben@ACME.co.uk", action="Opened")

    local.settled(customer, 2)
    ben = local.get(customer, "users/ben@acme.co.uk")
    assert (ben["account_id"], ben["reason"]) == ("acme", "e-mail domain acme.co.uk")
    assert 0.65 < ben["confidence"] < 1


def test_a_free_mail_address_is_never_placed_by_its_domain(
    local: Local, customer: Customer
) -> None:
    post(local, customer, email="ann@gmail.com", companyExternalId="acme", action="Opened")
    local.settled(customer, 1)

    post(local, customer, email="ben@gmail.com", action="Opened")

    counts = local.settled(customer, 2)
    assert counts["stored"] == 2
    (waiting,) = local.get(customer, "unassigned")["unassigned"]
    assert waiting["email"] == "ben@gmail.com"
    assert waiting["reason"] == "no company given and a free-mail address"


def test_a_user_stops_waiting_once_a_company_is_named(local: Local, customer: Customer) -> None:
    post(local, customer, externalId="u1", action="Opened")
    local.settled(customer, 1)
    assert local.get(customer, "unassigned")["unassigned"]

    post(local, customer, externalId="u1", cId="acme", action="Opened again")

    local.settled(customer, 2)
    assert local.get(customer, "unassigned")["unassigned"] == []
    assert local.get(customer, "users/u1")["account_id"] == "acme"


def test_an_unknown_company_is_a_suggestion_where_the_tenant_creates_none(local: Local) -> None:
    strict = local.customer(auto_create_accounts=False)

    post(local, strict, externalId="u1", cId="nobody", action="Opened")

    assert local.settled(strict, 1)["stored"] == 1
    assert local.get(strict, "accounts")["accounts"] == []
    assert local.get(strict, "unassigned")["unassigned"][0]["suggestion"] == "nobody"


def test_an_event_without_an_action_is_counted_and_not_shown(
    local: Local, customer: Customer
) -> None:
    post(local, customer, externalId="u1", cId="acme")
    local.settled(customer, 1)

    local.aggregate(customer)

    totals = local.get(customer, "metrics?group_by=action")["totals"]
    assert totals == [{"key": "(no action)", "value": 1}]
    assert local.get(customer, "events")["events"] == []
    assert local.get(customer, "events?user=u1")["events"] == []


def test_a_dated_event_sent_twice_is_counted_once(local: Local, customer: Customer) -> None:
    event = {"externalId": "u1", "cId": "acme", "action": "Opened", "date": YESTERDAY}

    for _ in range(2):
        post(local, customer, **event)

    counts = local.settled(customer, 2)
    assert (counts["stored"], counts["duplicate"]) == (1, 1)
    local.aggregate(customer)
    assert local.counts(customer) == counts
    assert local.get(customer, "metrics")["total"] == 1


def test_a_request_with_the_same_key_is_counted_once_even_without_dates(
    local: Local, customer: Customer
) -> None:
    events = [{"externalId": f"u{n}", "cId": "acme", "action": "Opened"} for n in range(30)]

    for _ in range(2):
        local.send("POST", f"/analytics/bulk/{customer.tenant}", events, Idempotency_Key="k-1")

    local.settled(customer, 60)
    local.aggregate(customer)
    counts = local.counts(customer)
    assert (counts["stored"], counts["duplicate"]) == (30, 30)


def test_the_same_key_with_another_body_is_a_conflict_in_the_ledger(
    local: Local, customer: Customer
) -> None:
    path = f"/analytics/{customer.tenant}"
    first = {"externalId": "u1", "cId": "acme", "action": "Paid", "date": YESTERDAY}
    local.send("POST", path, first, Idempotency_Key="k-2")
    local.settled(customer, 1)

    local.send("POST", path, {**first, "weight": 9}, Idempotency_Key="k-2")

    counts = local.settled(customer, 2)
    assert (counts["stored"], counts["rejected"]) == (1, 1)
    assert local.get(customer, "ledger")["rejected"][0]["code"] == "conflict"


def test_a_token_reads_its_own_tenant_only(local: Local, customer: Customer) -> None:
    post(local, customer, externalId="secret", cId="acme", action="Opened")
    local.settled(customer, 1)

    stranger = local.customer()

    assert local.get(stranger, "events")["events"] == []
    assert local.get(stranger, "users")["users"] == []
    token = f"Bearer {stranger.token}"
    status, _, _ = local.send("GET", "/api/v1/users/secret", Authorization=token)
    assert status == 404


def test_without_a_known_token_nothing_is_read(local: Local) -> None:
    for headers in ({}, {"Authorization": "Bearer wp_no"}, {"Authorization": "Basic Og=="}):
        status, body, found = local.send("GET", "/api/v1/events", **headers)

        assert status == 401
        assert found["www-authenticate"]
        assert {"code", "message"} <= body.keys()


def test_pages_of_the_feed_hold_every_event_once(local: Local, customer: Customer) -> None:
    events = [{"externalId": "u1", "cId": "acme", "action": f"a{n}"} for n in range(57)]
    local.send("POST", f"/analytics/bulk/{customer.tenant}", events)
    local.settled(customer, 57)

    for path in ("events?limit=10", "events?limit=10&account=acme", "events?limit=10&user=u1"):
        seen = list(paged(local, customer, path))

        assert sorted(seen) == sorted(event["action"] for event in events), path


def paged(local: Local, customer: Customer, path: str) -> Any:
    page = local.get(customer, path)
    while True:
        yield from (event["action"] for event in page["events"])
        if page["next"] is None:
            return
        page = local.get(customer, f"{path}&cursor={page['next']}")


def post(local: Local, customer: Customer, **event: Any) -> None:
    status, body, _ = local.send("POST", f"/analytics/{customer.tenant}", event)
    assert (status, body) == (200, {"processed": 1, "errors": []})


def test_the_live_feed_can_be_followed(local: Local, customer: Customer) -> None:
    post(local, customer, externalId="u1", cId="acme", action="first")
    page = eventually(lambda: local.get(customer, "events"), lambda found: found["events"])

    post(local, customer, externalId="u1", cId="acme", action="second")

    path = f"events?after={page['latest']}"
    newer = eventually(lambda: local.get(customer, path), lambda found: found["events"])
    assert [event["action"] for event in newer["events"]] == ["second"]


def test_a_user_has_the_events_of_every_key_that_led_to_them(
    local: Local, customer: Customer
) -> None:
    for number, email in enumerate(("ann@acme.com", "ann.archer@acme.com")):
        event = {"externalId": "u1", "email": email, "cId": "acme", "action": f"linked {number}"}
        post(local, customer, **event)
    local.settled(customer, 2)

    post(local, customer, email="ann.archer@acme.com", action="by the second address")

    local.settled(customer, 3)
    found = local.get(customer, "events?user=u1")["events"]
    actions = sorted(event["action"] for event in found)
    assert actions == ["by the second address", "linked 0", "linked 1"]
