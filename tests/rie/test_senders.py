"""Every sender's function of the build takes its sample event, under its own role."""

import json
from typing import Any

import pytest

from tests.conftest import Customer, Local
from tests.rie.conftest import Lambdas
from tests.rie.events import request, sample


@pytest.fixture
def taken(lambdas: Lambdas, local: Local, demo_customer: Customer) -> Any:
    """Runs a function with its sample; (status, body, items that the ledger has received)."""

    def run(verb: str, items: int) -> tuple[int, Any]:
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
