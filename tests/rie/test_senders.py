"""Every sender's function of the build takes its sample event, under its own role."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Customer, Local
from tests.rie.conftest import Lambdas
from tests.rie.events import more_names_than_an_item_holds, now, request, sample
from waypost import times
from waypost.ingest.messages import INLINE_EVENTS

Make = Callable[[int], dict[str, Any]]


@pytest.fixture
def taken(lambdas: Lambdas, local: Local, demo_customer: Customer) -> Any:
    """Runs a function with its sample; (status, body, items that the ledger has received)."""

    def run(verb: str, items: int) -> tuple[int, Any]:
        # While an hourly run publishes, what it has read counts twice: let the last one end.
        local.aggregate(demo_customer)
        before = local.counts(demo_customer)["received"]
        answer = lambdas.run(verb, sample(verb))
        local.settled(demo_customer, before + items)
        return answer["statusCode"], json.loads(answer["body"] or "null")

    return run


def test_segment_takes_a_batch_of_segments(taken: Any) -> None:
    assert taken("segment", 2) == (200, {"success": True})


def test_moesif_takes_an_action_of_moesifs(taken: Any) -> None:
    assert taken("moesif", 1) == (200, {})


def test_synerise_takes_an_event_of_synerises(taken: Any) -> None:
    assert taken("synerise", 1) == (202, None)


def test_kinesin_takes_a_video_event(taken: Any) -> None:
    status, body = taken("kinesin", 1)

    assert (status, body["received"]) == (201, True)


def test_natero_takes_a_feature_event_of_nateros(taken: Any) -> None:
    assert taken("natero", 1) == (200, {})


def _natero(number: int) -> dict[str, Any]:
    sent = {"account_id": "acme", "user_id": f"u-{number}", "created_at": now()}
    return sent | {"action": "feature", "feature": "Export"}


def _segment(number: int) -> dict[str, Any]:
    sent = {"type": "track", "userId": f"u-{number}", "event": "Opened"}
    return sent | {"timestamp": times.iso(now())}


def _moesif(number: int) -> dict[str, Any]:
    return {
        "action_name": "Opened",
        "user_id": f"u-{number}",
        "request": {"time": times.iso(now()), "uri": "https://acme.example/"},
    }


def _synerise(number: int) -> dict[str, Any]:
    sent = {"action": "screen.view", "label": "Viewed", "client": {"customId": f"c{number}"}}
    return sent | {"time": times.iso(now())}


@pytest.mark.parametrize(
    ("verb", "single", "batch", "make"),
    [
        ("natero", "/v1/{tenant}/public", "/v1/{tenant}/public", _natero),
        ("segment", "/v1/track", "/v1/batch", _segment),
        ("moesif", "/v1/actions", "/v1/actions/batch", _moesif),
        ("synerise", "/v4/events/custom", "/v4/events/batch", _synerise),
    ],
    ids=["natero", "segment", "moesif", "synerise"],
)
def test_a_door_keeps_to_its_role_with_one_event_and_with_many(
    lambdas: Lambdas,
    local: Local,
    customer: Customer,
    verb: str,
    single: str,
    batch: str,
    make: Make,
) -> None:
    items = [make(number) for number in range(INLINE_EVENTS + 1)]
    several = {"batch": items} if verb == "segment" else items
    bodies = [(single, make(0)), (batch, several)]

    with lambdas.start(verb) as (function, gate):
        answers = [function.invoke(_posted(path, body, customer)) for path, body in bodies]

    assert gate.refused == []
    assert {answer["statusCode"] for answer in answers} <= {200, 202}
    assert local.settled(customer, len(items) + 1)["rejected"] == 0


def _posted(path: str, body: Any, customer: Customer) -> Any:
    """A request with the token wherever one of the senders puts it."""
    path = path.replace("{tenant}", customer.tenant)
    event = request("POST", path, json.dumps(body).encode(), token=customer.token)
    event["headers"]["X-Moesif-Application-Id"] = customer.token
    return event


def test_records_upserts_companies_and_finds_one_again(
    lambdas: Lambdas, demo_customer: Customer
) -> None:
    with lambdas.start("records") as (function, gate):
        upserted = function.invoke(sample("records"))
        path = "/companies/extid-acme"
        read = function.invoke(request("GET", path, token=demo_customer.token))
        gone = function.invoke(
            request("DELETE", "/companies/extid-bolt", token=demo_customer.token)
        )

    assert gate.refused == []
    assert (upserted["statusCode"], json.loads(upserted["body"])["createdErrors"]) == (200, [])
    assert json.loads(read["body"])["name"] == "Acme"
    assert json.loads(gone["body"])["deletedCount"] == 1


def test_records_keeps_to_its_role_when_it_lists(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    company = json.dumps({"externalId": "acme", "name": "Acme"}).encode()
    # One who stood gets an external id, which is written together with the key that leads there.
    user = {"sourceId": "s-1", "companyId": "extid-acme"}
    guessed = json.dumps({"email": "ben@acme.com"}).encode()
    users = [json.dumps(user | more).encode() for more in ({}, {"externalId": "u-1"})]
    paths = ("/companies", "/endusers", "/dimensiondata")

    with lambdas.start("records") as (function, gate):
        function.invoke(request("POST", "/companies", company, token=customer.token))
        for body in users:
            function.invoke(request("POST", "/endusers", body, token=customer.token))
        local.aggregate(customer)
        function.invoke(request("POST", "/endusers", guessed, token=customer.token))
        more_names_than_an_item_holds(local, customer)
        lists = [function.invoke(request("GET", path, token=customer.token)) for path in paths]

    assert gate.refused == []
    assert [page["statusCode"] for page in lists] == [200, 200, 200]
    companies, endusers, _ = (json.loads(page["body"]) for page in lists)
    assert (len(companies), len(endusers)) == (1, 2)


def test_dimensions_takes_dimension_data(lambdas: Lambdas) -> None:
    answer = lambdas.run("dimensions", sample("dimensions"))

    assert (answer["statusCode"], json.loads(answer["body"])) == (
        200,
        {"processed": 1, "errors": []},
    )


def test_admin_changes_a_setting(lambdas: Lambdas, customer: Customer) -> None:
    body = json.dumps({"name": "Acme"}).encode()

    answer = lambdas.run("admin", request("PATCH", "/api/v1/settings", body, token=customer.token))

    assert (answer["statusCode"], json.loads(answer["body"])["name"]) == (200, "Acme")


def test_admin_gives_a_key_its_type(lambdas: Lambdas, customer: Customer) -> None:
    body = json.dumps({"type": "string"}).encode()

    answer = lambdas.run("admin", request("PUT", "/api/v1/schema/plan", body, token=customer.token))

    assert (answer["statusCode"], json.loads(answer["body"])["key"]) == (200, "plan")


def test_script_serves_the_lists_of_a_site(lambdas: Lambdas, customer: Customer) -> None:
    answer = lambdas.run("script", request("GET", f"/analytics/sites/{customer.tenant}"))

    assert answer["statusCode"] == 200


def test_script_serves_the_script_and_nothing_when_it_is_known(lambdas: Lambdas) -> None:
    event = sample("script")
    with lambdas.start("script") as (function, gate):
        script = function.invoke(event)
        etag = script["multiValueHeaders"]["ETag"][0]
        event["headers"]["If-None-Match"] = etag
        event["multiValueHeaders"]["If-None-Match"] = [etag]
        again = function.invoke(event)

    assert gate.refused == []
    assert (script["statusCode"], again["statusCode"], again["body"]) == (200, 304, "")
    assert script["body"]
