"""The main job, over HTTP, against the local default."""

from tests.conftest import Customer, Local, eventually


def test_an_event_sent_is_seen_matched_and_counted(local: Local, customer: Customer) -> None:
    event = {"email": "ann@acme.com", "companyExternalId": "acme", "action": "Logged in"}

    status, answer, _ = local.send("POST", f"/analytics/{customer.tenant}", event)

    assert (status, answer) == (200, {"processed": 1, "errors": []})
    seen = eventually(lambda: local.get(customer, "events"), lambda page: page["events"])
    assert seen["events"][0]["account_id"] == "acme"
    local.aggregate(customer)
    totals = local.get(customer, "metrics?metric=events&group_by=action")["totals"]
    assert totals == [{"key": "Logged in", "value": 1}]
