"""
AWS calls and billed units per event, counted on the embedded AWS, and what they cost.

The real handlers run in this process; every call that they make is recorded with its size.
Prices are list prices of us-east-1, first tier, for arm64; requests carry the REST API's price.
"""

import base64
import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from functions.match import handler as match
from functions.planhat import handler as planhat_door
from waypost import services
from waypost.environment import environment
from waypost.local import demo, stack
from waypost.local.server import LocalDefault
from waypost.storage.sigv4 import Caller

ROOT = Path(__file__).parents[2]
USD = {
    "request": 3.50e-6,
    "lambda_request": 0.20e-6,
    "gb_second": 0.0000133334,
    "sqs": 0.40e-6,
    "s3_put": 5.00e-6,
    "s3_get": 0.40e-6,
    "wru": 0.625e-6,
    "rru": 0.125e-6,
}
DOOR_GB, MATCH_GB = 1.0, 1769 / 1024
MATCH_BATCH = 200
QUEUES = ("MATCH_QUEUE_URL", "CHUNK_QUEUE_URL")


@dataclass
class Bill:
    """Calls by operation and units by kind."""

    calls: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)

    def add(self, operation: str, size: int) -> None:
        self.calls[operation] += 1
        if operation in ("PutItem", "UpdateItem"):
            self.units["wru"] += -(-size // 1024)
        elif operation == "SendMessageBatch":
            self.units["sqs"] += -(-size // 65_536)
        elif operation == "PutObject":
            self.units["s3_put"] += 1
        elif operation == "GetObject":
            self.units["s3_get"] += 1
        elif operation in ("GetItem", "Query"):
            self.units["rru"] += 1

    def usd(self) -> float:
        return sum(USD[kind] * count for kind, count in self.units.items())


class Meter:
    """Records what the handlers send: the doors' signed calls and boto3's."""

    def __init__(self) -> None:
        self.bill = Bill()
        self.messages: list[dict[str, Any]] = []

    @contextmanager
    def running(self) -> Iterator["Meter"]:
        send = Caller._send

        def counted(
            caller: Caller, method: str, path: str, body: bytes, headers: Any, tries: Any = None
        ) -> bytes:
            operation = headers.get("x-amz-target", "PutObject").rpartition(".")[2]
            self.bill.add(operation, len(body))
            if operation == "SendMessageBatch":
                self.messages += json.loads(body)["Entries"]
            return send(caller, method, path, body, headers, tries)

        with mock.patch.object(Caller, "_send", counted):
            yield self

    def boto3(self, model: Any, params: dict[str, Any], **_: Any) -> None:
        body = params.get("body", b"")
        size = len(body) if isinstance(body, bytes | str) else 0
        if model.name in ("BatchWriteItem", "TransactWriteItems"):
            self.bill.calls[model.name] += 1
            double = 2 if model.name == "TransactWriteItems" else 1
            for item in _items(json.loads(body)):
                self.bill.units["wru"] += double * -(-item // 1024)
        elif model.name == "BatchGetItem":
            self.bill.calls[model.name] += 1
            tables = json.loads(body)["RequestItems"].values()
            self.bill.units["rru"] += sum(len(table["Keys"]) for table in tables)
        else:
            self.bill.add(model.name, size)


def _items(body: dict[str, Any]) -> Iterator[int]:
    for requests in body.get("RequestItems", {}).values():
        yield from (len(json.dumps(request)) for request in requests)
    yield from (len(json.dumps(item)) for item in body.get("TransactItems", []))


@dataclass(frozen=True)
class Scenario:
    """`requests` POSTs of `events` events each; dated today, or in years past."""

    name: str
    requests: int
    events: int
    recent: bool = True


SCENARIOS = (
    Scenario("single event a request", 200, 1),
    Scenario("20 events a request", 50, 20),
    Scenario("bulk of 1,000, with rows", 3, 1000),
    Scenario("bulk of 1,000, history", 3, 1000, recent=False),
    Scenario("bulk of 20,000, history", 1, 20_000, recent=False),
)


def report() -> str:
    head = "AWS calls and cost, counted; match takes up to 200 messages at once"
    titles = f"  {'':<26}{'door calls':>12}{'calls per':>11}{'WRU per':>9}{'USD per':>9}"
    units = f"  {'':<26}{'a request':>12}{'1,000 ev.':>11}{'event':>9}{'million':>9}"
    with tempfile.TemporaryDirectory() as home, _stack(Path(home)):
        rows = [_measure(scenario) for scenario in SCENARIOS]
    return "\n".join([head, titles, units, *rows])


@contextmanager
def _stack(home: Path) -> Iterator[None]:
    local = LocalDefault(ROOT, home, 0)
    try:
        local.deploy()
        queue = stack.client("sqs", local.emulator.url).create_queue(QueueName="bench")
        with mock.patch.dict(
            os.environ, _environment(local) | dict.fromkeys(QUEUES, queue["QueueUrl"])
        ):
            environment.cache_clear()
            yield
    finally:
        local.emulator.stop()


def _environment(local: LocalDefault) -> dict[str, str]:
    out = local.outputs
    return {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": local.emulator.url,
        "EVENTS_TABLE": out["EventsTable"],
        "DIRECTORY_TABLE": out["DirectoryTable"],
        "METRICS_TABLE": out["MetricsTable"],
        "INBOX_BUCKET": out["InboxBucket"],
        "LAKE_BUCKET": out["LakeBucket"],
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    }


def _measure(scenario: Scenario) -> str:
    """Measures a scenario whose users and accounts are known, as they are on most days."""
    known = Meter()
    with known.running():
        planhat_door.lambda_handler(_request(Scenario("known", 1, 97), 0), _CONTEXT)
    _match(known.messages, known)
    door, worker = Meter(), Meter()
    with door.running():
        begun = time.process_time()
        for number in range(scenario.requests):
            answer = planhat_door.lambda_handler(_request(scenario, number), _CONTEXT)
            assert answer["statusCode"] == 200, answer
        door_seconds = time.process_time() - begun
    begun = time.process_time()
    _match(door.messages, worker)
    return _row(scenario, door, worker, door_seconds, time.process_time() - begun)


def _match(messages: list[dict[str, Any]], meter: Meter) -> None:
    emitters = [services._client(name).meta.events for name in ("dynamodb", "s3")]
    for emitter in emitters:
        emitter.register("before-call.*.*", meter.boto3)
    for start in range(0, len(messages), MATCH_BATCH):
        records = [
            {
                "messageId": f"{start}-{number}",
                "body": entry["MessageBody"],
                "attributes": {"MessageGroupId": demo.TENANT, "ApproximateReceiveCount": "1"},
            }
            for number, entry in enumerate(messages[start : start + MATCH_BATCH])
        ]
        assert match.lambda_handler({"Records": records}, _CONTEXT) == {"batchItemFailures": []}
    for emitter in emitters:
        emitter.unregister("before-call.*.*", meter.boto3)


def _row(
    scenario: Scenario, door: Meter, worker: Meter, door_seconds: float, match_seconds: float
) -> str:
    events = scenario.requests * scenario.events
    calls = sum(door.bill.calls.values()) + sum(worker.bill.calls.values())
    wru = door.bill.units["wru"] + worker.bill.units["wru"]
    batches = -(-len(door.messages) // MATCH_BATCH)
    # A batch is received and deleted, ten messages a call.
    polls = 2 * -(-len(door.messages) // 10)
    usd = (
        scenario.requests * (USD["request"] + USD["lambda_request"])
        + batches * USD["lambda_request"]
        + polls * USD["sqs"]
        + door_seconds * DOOR_GB * USD["gb_second"]
        + match_seconds * MATCH_GB * USD["gb_second"]
        + door.bill.usd()
        + worker.bill.usd()
    )
    per_request = sum(door.bill.calls.values()) / scenario.requests
    return (
        f"  {scenario.name:<26}{per_request:>12.2f}{calls / events * 1000:>11.1f}"
        f"{wru / events:>9.3f}{usd / events * 1e6:>9.2f}"
    )


def _request(scenario: Scenario, number: int) -> dict[str, Any]:
    when = "" if scenario.recent else "2014-05-06T09:30:00Z"
    items = [
        {
            "externalId": f"u{n % 97}",
            "companyExternalId": f"c{n % 97 % 7}",
            "action": "Logged in",
            "info": {"request": number, "n": n},
            **({"date": when} if when else {}),
        }
        for n in range(scenario.events)
    ]
    now = time.time_ns() // 1_000_000
    return {
        "resource": "/analytics/bulk/{tenant}",
        "path": f"/analytics/bulk/{demo.TENANT}",
        "httpMethod": "POST",
        "headers": {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"tenant": demo.TENANT},
        "requestContext": {"requestId": f"{scenario.name}-{number}", "requestTimeEpoch": now},
        "isBase64Encoded": True,
        "body": base64.b64encode(json.dumps(items).encode()).decode(),
    }


class _Context:
    function_name = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


_CONTEXT: Any = _Context()
