"""Whatever AWS call of a reader is throttled until its time is up: 503, and when to come again."""

from collections.abc import Iterator
from typing import Any

import pytest

from functions.admin import handler as admin
from functions.api import handler as api
from functions.records import handler as records
from tests import composed
from tests.fakes.seconds import FakeSeconds, context
from tests.faults.doorbell import gateway_event
from tests.integration.refusals import DYNAMODB, refusing
from tests.integration.worlds import Aws
from waypost import services
from waypost.services import process
from waypost.storage.dynamo import Table
from waypost.storage.tenants_table import DynamoTenants
from waypost.storage.tokens_table import DynamoTokens
from waypost.tenants import Tenant
from waypost.tokens import Grant, new

TENANT = "11111111-1111-4111-8111-111111111111"
TOKEN = new()
# A `#` becomes a number, so that every request has something new to write.
COMPANIES = '[{"externalId":"acme-#","name":"Acme"}]'
ENDUSERS = '[{"externalId":"u-#","email":"u-#@acme.com"}]'
ROUTES: list[tuple[Any, str, str, str]] = [
    *(
        (api, "GET", f"/api/v1/{name}", "")
        for name in (
            *("events", "accounts", "users", "unassigned", "batches", "ledger", "schema"),
            *("metrics", "settings", "accounts/a", "users/u", "batches/b", "runs/r"),
            *("questions", "questions/q", "questions/q/answer", "jobs/j"),
        )
    ),
    (api, "GET", "/api/tracking", ""),
    (admin, "PATCH", "/api/v1/settings", '{"name":"Acme"}'),
    (admin, "PUT", "/api/v1/schema/plan-#", '{"type":"string"}'),
    (admin, "PUT", "/api/v1/questions/q-#", '{"kind":"metrics"}'),
    (records, "GET", "/companies", ""),
    (records, "PUT", "/companies", COMPANIES),
    (records, "PUT", "/endusers", ENDUSERS),
]


class Readers:
    """The functions on moto, and the seconds that pass in them."""

    def __init__(self, moto: Aws) -> None:
        self.moto, self.seconds = moto, FakeSeconds()
        self.asked = 0

    def ask(self, route: tuple[Any, str, str, str]) -> tuple[int, dict[str, str]]:
        handler, method, *sent = route
        self.asked += 1
        path, body = (text.replace("#", str(self.asked)) for text in sent)
        event = gateway_event(method, path, body, Authorization=f"Bearer {TOKEN}")
        answer = handler.lambda_handler(event, context(29.0))
        headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        return answer["statusCode"], headers


@pytest.fixture
def readers(moto: Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Readers]:
    asked = Readers(moto)
    deadline = asked.seconds.deadline()
    for name, output in (
        *((f"{kind}_TABLE", f"{kind.title()}Table") for kind in ("EVENTS", "DIRECTORY", "METRICS")),
        ("LAKE_BUCKET", "LakeBucket"),
    ):
        monkeypatch.setenv(name, moto.outputs[output])
    composed.forget()
    for module in (services, process):
        monkeypatch.setattr(module, "deadline", lambda: deadline)
    monkeypatch.setattr(process, "client", moto.client)
    directory = Table(moto.client("dynamodb"), moto.outputs["DirectoryTable"])
    DynamoTenants(directory).put(Tenant(TENANT))
    DynamoTokens(directory).put(TOKEN, Grant(TENANT, frozenset({"read", "write", "admin"})))
    yield asked
    monkeypatch.undo()
    composed.forget()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route[1]} {route[2]}")
def test_every_call_of_a_route_that_stays_throttled_is_answered_with_503(
    readers: Readers, route: tuple[Any, str, str, str]
) -> None:
    client = readers.moto.client("dynamodb")
    with refusing(client, DYNAMODB[0], 0) as made:
        status, _ = readers.ask(route)
    assert status in (200, 404)

    for operation in made.sent:
        # A process that has noted its tenant for this hour would not do so again.
        services.lake.cache_clear()
        services.landed_tenants.cache_clear()
        begun = readers.seconds.now
        with refusing(client, DYNAMODB[0], 10_000, only=operation):
            status, headers = readers.ask(route)

        assert (operation, status) == (operation, 503)
        assert int(headers["Retry-After"]) > 0
        assert readers.seconds.now - begun < 29
