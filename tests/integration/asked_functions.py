"""Every function that answers by boto3, on AWS in this process: one request for each of its routes.

What moto takes and AWS refuses, `Strict` refuses; what a lean call does goes through `Intercepted`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.admin import handler as admin
from functions.api import handler as api
from functions.dimensions import handler as dimensions
from functions.records import handler as records
from functions.uploads import handler as uploads
from tests import composed
from tests.fakes.seconds import FakeSeconds, context
from tests.faults.doorbell import gateway_event
from tests.integration.mocked import Intercepted
from tests.integration.worlds import Aws
from waypost import services
from waypost.ingest import batches
from waypost.ingest.batches import BatchRecord
from waypost.local.emulator import REGION
from waypost.services import process
from waypost.storage.batches_table import DynamoBatches
from waypost.storage.connections import Answer as Heard
from waypost.storage.dynamo import Table
from waypost.storage.sigv4 import Caller
from waypost.storage.tenants_table import DynamoTenants
from waypost.storage.tokens_table import DynamoTokens
from waypost.tenants import Tenant
from waypost.tokens import Grant, new

TENANT = "11111111-1111-4111-8111-111111111111"
TOKEN = new()
FUNCTIONS = {
    "admin": admin,
    "api": api,
    "dimensions": dimensions,
    "records": records,
    "uploads": uploads,
}
_TABLES = {f"{kind}_TABLE": f"{kind.title()}Table" for kind in ("EVENTS", "DIRECTORY", "METRICS")}
_BUCKETS = {"LAKE_BUCKET": "LakeBucket", "INBOX_BUCKET": "InboxBucket"}
_QUEUES = [f"{kind}_QUEUE_URL" for kind in ("LOAD", "AGGREGATE", "JOB")]


@dataclass(frozen=True)
class Asked:
    """One request of a route. A `#` becomes a number, so that there is always something to do."""

    function: str
    method: str
    route: str
    path: str = ""
    body: str = ""
    query: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def _named(function: str, route: str, name: str, method: str = "GET", body: str = "") -> Asked:
    head, _, rest = route.partition("<")
    return Asked(function, method, route, f"{head}{name}{rest.partition('>')[2]}", body)


COMPANY = '{"externalId":"acme-#","name":"Acme"}'
ENDUSER = '{"externalId":"u-#","email":"u-#@acme.com"}'
POINT = '[{"dimensionId":"mrr","value":5,"externalId":"acme","date":"2026-11-20T12:00:00Z"}]'
_STEPS = {"step": "Logged in"}
EVERY = [
    *(
        Asked("api", "GET", f"/api/v1/{name}")
        for name in (
            *("events", "accounts", "users", "unassigned", "batches", "ledger", "schema"),
            *("metrics", "settings", "questions", "changes", "retention", "sessions"),
        )
    ),
    Asked("api", "GET", "/api/v1/funnels", query=_STEPS),
    Asked("api", "GET", "/api/v1/paths", query={"from_action": "Logged in"}),
    Asked("api", "GET", "/api/tracking"),
    *(
        _named("api", f"/api/v1/{route}", "n")
        for route in (
            *("accounts/<name>", "users/<name>", "batches/<name>", "runs/<name>", "jobs/<name>"),
            *("questions/<name>", "questions/<name>/answer"),
        )
    ),
    Asked("admin", "PATCH", "/api/v1/settings", body='{"name":"Acme #"}'),
    _named("admin", "/api/v1/schema/<key>", "plan-#", "PUT", '{"type":"string"}'),
    _named("admin", "/api/v1/questions/<name>", "q-#", "PUT", '{"kind":"metrics"}'),
    _named("admin", "/api/v1/questions/<name>", "q-#", "DELETE"),
    Asked("admin", "POST", "/api/v1/aggregate"),
    Asked("admin", "POST", "/api/v1/replay"),
    Asked("records", "GET", "/leancompanies"),
    Asked("records", "GET", "/dimensiondata"),
    *(
        asked
        for name, record in (("companies", COMPANY), ("endusers", ENDUSER))
        for asked in (
            Asked("records", "GET", f"/{name}"),
            Asked("records", "PUT", f"/{name}", body=f"[{record}]"),
            Asked("records", "POST", f"/{name}", body=record),
            _named("records", f"/{name}/<id>", "extid-n"),
            _named("records", f"/{name}/<id>", "extid-n", "PUT", '{"name":"N #"}'),
            _named("records", f"/{name}/<id>", "extid-n", "PATCH", '{"name":"N #"}'),
            _named("records", f"/{name}/<id>", "extid-n", "DELETE"),
        )
    ),
    Asked("dimensions", "POST", "/<tenant>/dimensiondata", f"/{TENANT}/dimensiondata", POINT),
    Asked("dimensions", "POST", "/dimensiondata/<tenant>", f"/dimensiondata/{TENANT}", POINT),
    Asked(
        "uploads",
        "GET",
        "/analytics/batches/<tenant>/<batch>",
        f"/analytics/batches/{TENANT}/b",
    ),
    Asked(
        "uploads",
        "POST",
        "/analytics/batches/<tenant>/<batch>",
        f"/analytics/batches/{TENANT}/b",
        '{"reading":{"dateOrder":"dmy"}}',
    ),
    Asked("uploads", "POST", "/analytics/uploads/<tenant>", f"/analytics/uploads/{TENANT}"),
]


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def body(self) -> Any:
        return json.loads(self.text)


@dataclass
class Lean:
    """What is called without boto3; a call that is `refused` leaves nothing behind."""

    made: set[str] = field(default_factory=set)
    refused: str = ""

    def to(self, service: str) -> "Counted":
        return Counted(f"https://{service}.{REGION}.amazonaws.com", self)


class Counted(Intercepted):
    """Exchanges that are counted, and refused where that was told."""

    def __init__(self, endpoint: str, lean: Lean) -> None:
        super().__init__(endpoint)
        self._lean = lean

    def request(
        self, method: str, path: str, *, body: bytes, headers: dict[str, str], seconds: float
    ) -> Heard:
        operation = headers.get("x-amz-target", f"{method} {path[:1]}")
        self._lean.made.add(operation)
        if operation == self._lean.refused:
            return Heard(400, b'{"__type":"x#ThrottlingException"}')
        return super().request(method, path, body=body, headers=headers, seconds=seconds)


class Functions:
    """The functions on moto, and the seconds that pass in them."""

    def __init__(self, moto: Aws) -> None:
        self.moto, self.seconds, self.lean = moto, FakeSeconds(), Lean()
        self.directory = Table(moto.client("dynamodb"), moto.outputs["DirectoryTable"])
        self.number = 0

    def caller(self, service: str) -> Caller:
        return Caller(
            service,
            region=REGION,
            endpoint=None,
            connections=self.lean.to(service),
            deadline=self.seconds.deadline(),
        )

    def ask(self, asked: Asked, **headers: str) -> Answer:
        self.number += 1
        path = (asked.path or asked.route).replace("#", str(self.number))
        body = asked.body.replace("#", str(self.number))
        sent = {"Authorization": f"Bearer {TOKEN}", **headers}
        event = gateway_event(asked.method, path, body, **sent)
        if asked.query:
            event["queryStringParameters"] = asked.query
            event["multiValueQueryStringParameters"] = {n: [v] for n, v in asked.query.items()}
        answer: Any = FUNCTIONS[asked.function].lambda_handler(event, context(29.0))
        headers = {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        return Answer(answer["statusCode"], headers, answer["body"])

    def forget(self) -> None:
        """A process that has noted its tenant, or read its settings, would not do so again."""
        for factory in (
            *(services.lake, services.landed_tenants, services.door_tenants),
            *(services.tenants, services.tokens, services.record_stores),
        ):
            getattr(factory, "cache_clear", lambda: None)()


@contextmanager
def on(moto: Aws) -> Iterator[Functions]:
    """The functions, with a tenant whose token may do everything."""
    functions = Functions(moto)
    deadline = functions.seconds.deadline()
    with pytest.MonkeyPatch.context() as patch:
        for name, output in (_TABLES | _BUCKETS).items():
            patch.setenv(name, moto.outputs[output])
        for name in _QUEUES:
            made = moto.client("sqs").create_queue(QueueName=name.partition("_")[0])
            patch.setenv(name, made["QueueUrl"])
        patch.setenv("AWS_REGION", REGION)
        composed.forget()
        for module in (services, process):
            patch.setattr(module, "deadline", lambda: deadline)
        patch.setattr(process, "client", moto.client)
        patch.setattr(process, "caller", functions.caller)
        DynamoTenants(functions.directory).put(Tenant(TENANT))
        every = frozenset({"read", "write", "admin"})
        DynamoTokens(functions.directory).put(TOKEN, Grant(TENANT, every))
        waiting = BatchRecord("b", "upload", batches.WAITING, 0)
        DynamoBatches(functions.directory).put(TENANT, waiting)
        yield functions
    composed.forget()
