"""Synerise, which ships no client package: requests written after its documentation."""

from typing import Any

import pytest

from tests.clients.compatibility import GOLDEN, record
from tests.conftest import Customer, Local

CUSTOM = b"""{"action":"screen.view","label":"Viewed",
"client":{"uuid":"07243772-008a-42e1-ba37-c3807cebde8f","customId":"c1"},
"time":"2022-05-23T13:00:00Z","eventSalt":"2022-05-23T13:00:00Z_screen.view_c1",
"params":{"k":"v"}}"""
TYPED = {
    "logged-in": (
        b'{"label":"Logged in","client":{"id":434428563},"params":{"source":"MOBILE_APP"}}',
        "client.login",
    ),
    "appeared-in-location": (
        b'{"label":"Location","client":{"email":"ann@acme.com"},"params":{"lat":52.1,"lon":21.0}}',
        "client.location",
    ),
    "added-to-cart": (
        b'{"label":"Added","client":{"customId":"c1"},"params":{"sku":"bb","quantity":2,'
        b'"finalUnitPrice":{"amount":5.5,"currency":"PLN"}}}',
        "product.addToCart",
    ),
    "push/viewed": (
        b'{"label":"Push","client":{"uuid":"07243772-008a-42e1-ba37-c3807cebde8f"}}',
        "push.view",
    ),
}
ASSIGNED = b'{"label":"Assigned","client":{"customId":"c1"},"params":{"companyId":77}}'
BATCH = b"""[{"type":"custom","action":"dog.bark","label":"Woof","client":{"customId":"c1"}},
{"type":"searched","label":"Search","client":{"customId":"c1"},"params":{"query":"bone"}}]"""
ORDER = b"""{"client":{"customId":"c1"},"recordedAt":"2022-05-23T13:00:00.000Z","orderId":"o-1",
"value":{"amount":11,"currency":"PLN"},"revenue":{"amount":11,"currency":"PLN"},
"paymentInfo":{"method":"CARD"},"source":"WEB_DESKTOP","metadata":{"shop":"1"},
"products":[{"sku":"bb","name":"Bone","quantity":2,
"finalUnitPrice":{"amount":5.5,"currency":"PLN"}}],"eventSalt":"o-1"}"""


def post(local: Local, bearer: str, path: str, body: bytes) -> tuple[int, Any]:
    headers = {
        "Api-Version": "4.4",
        "Authorization": f"Bearer {bearer}",
        "Content-Type": "application/json",
        "Accept": "application/json",
    }
    status, answer, _ = local.send("POST", path, body, **headers)
    return status, answer


def shown(local: Local, customer: Customer, count: int) -> list[dict[str, Any]]:
    """The events beside the one of `bearer`; old ones are in the lake, which the job writes."""
    local.settled(customer, count + 1)
    local.aggregate(customer)
    events = local.get(customer, "events?limit=100")["events"]
    return [one for one in events if one["action"] != "client.assignToCompany"]


@pytest.fixture
def bearer(local: Local, customer: Customer) -> str:
    """The token that the login gives for an API key. The customer c1 belongs to a company."""
    key = b'{"apiKey":"%s"}' % customer.token.encode()
    path = "/uauth/v2/auth/login/profile"
    status, answer, _ = local.send("POST", path, key, Content_Type="application/json")
    assert status == 200
    assert answer.keys() == {"token"}
    record(GOLDEN, "Synerise", path, "login for a token")
    bearer = str(answer["token"])
    assert post(local, bearer, "/v4/events/assigned-to-company", ASSIGNED) == (202, "")
    local.settled(customer, 1)
    return bearer


def test_the_documented_custom_event_arrives(local: Local, customer: Customer, bearer: str) -> None:
    assert post(local, bearer, "/v4/events/custom", CUSTOM) == (202, "")

    (event,) = shown(local, customer, 1)
    assert (event["action"], event["label"], event["info"]) == ("screen.view", "Viewed", {"k": "v"})
    assert event["user"]["external_id"] == "c1"
    assert event["user"]["anonymous_id"] == "07243772-008a-42e1-ba37-c3807cebde8f"
    assert event["time"] == "2022-05-23T13:00:00.000Z"
    record(GOLDEN, "Synerise", "/v4/events/{kind}", "custom events")


def test_documented_typed_events_arrive(local: Local, customer: Customer, bearer: str) -> None:
    for kind, (body, _) in TYPED.items():
        assert post(local, bearer, f"/v4/events/{kind}", body) == (202, ""), kind

    events = shown(local, customer, len(TYPED))
    assert {one["action"] for one in events} == {action for _, action in TYPED.values()}
    record(GOLDEN, "Synerise", "/v4/events/{kind}", "typed events")


def test_a_documented_batch_arrives(local: Local, customer: Customer, bearer: str) -> None:
    assert post(local, bearer, "/v4/events/batch", BATCH) == (202, "")

    events = shown(local, customer, 2)
    assert {one["action"] for one in events} == {"dog.bark", "client.search"}
    record(GOLDEN, "Synerise", "/v4/events/batch", "items by type and by action")


def test_a_documented_transaction_arrives(local: Local, customer: Customer, bearer: str) -> None:
    assert post(local, bearer, "/v4/transactions", ORDER) == (202, "")
    assert post(local, bearer, "/v4/transactions/batch", b"[" + ORDER + b"]") == (202, "")

    (event,) = shown(local, customer, 2)
    assert local.counts(customer)["duplicate"] == 1
    assert event["action"] == "transaction.charge"
    assert event["info"]["products"][0]["sku"] == "bb"
    assert event["time"] == "2022-05-23T13:00:00.000Z"
    record(GOLDEN, "Synerise", "/v4/transactions", "transactions, one and many; `eventSalt`")
