"""The embedded AWS with the stack on it, and the real handlers of door and `match` in process."""

import base64
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from functions.match import handler as match_handler
from functions.planhat import handler as planhat_door
from functions.segment import handler as segment_door
from tests.benchmarks.meter import Meter
from waypost import services
from waypost.environment import environment
from waypost.local.server import LocalDefault
from waypost.tenants import Tenant

ROOT = Path(__file__).parents[2]
_QUEUES = ("MATCH_QUEUE_URL", "CHUNK_QUEUE_URL")
_DOORS = {"planhat": planhat_door, "segment": segment_door}


class _Context:
    function_name = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


CONTEXT: Any = _Context()


@contextmanager
def running(home: Path) -> Iterator[None]:
    """The stack, deployed; its names in the environment, as the functions find them."""
    local = LocalDefault(ROOT, home, 0)
    try:
        local.deploy()
        with mock.patch.dict(os.environ, _environment(local)):
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
        **dict.fromkeys(_QUEUES, "http://queue"),
    }


def add_tenant(tenant: str) -> None:
    services.tenants().put(Tenant(tenant))


def post(door: str, tenant: str, body: Any) -> None:
    """One request at a door, as the API hands it over."""
    resource = "/analytics/bulk/{tenant}" if door == "planhat" else "/v1/batch"
    key = base64.b64encode(f"{tenant}:".encode()).decode()
    event = {
        "resource": resource,
        "path": resource.replace("{tenant}", tenant),
        "httpMethod": "POST",
        "headers": {"authorization": f"Basic {key}"} if door == "segment" else {},
        "multiValueHeaders": {},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"tenant": tenant} if door == "planhat" else None,
        "requestContext": {
            "requestId": os.urandom(8).hex(),
            "requestTimeEpoch": time.time_ns() // 1_000_000,
        },
        "isBase64Encoded": True,
        "body": base64.b64encode(json.dumps(body).encode()).decode(),
    }
    answer = _DOORS[door].lambda_handler(event, CONTEXT)
    assert answer["statusCode"] == 200, answer


def match(tenant: str, messages: list[str]) -> None:
    """One batch of messages, as the queue hands it over."""
    records = [
        {
            "messageId": os.urandom(8).hex(),
            "body": body,
            "attributes": {"MessageGroupId": tenant, "ApproximateReceiveCount": "1"},
        }
        for body in messages
    ]
    assert match_handler.lambda_handler({"Records": records}, CONTEXT) == {"batchItemFailures": []}


def matched(tenant: str, messages: list[str]) -> Meter:
    """As `match`, and what it took."""
    meter = Meter()
    with meter.running():
        match(tenant, messages)
    return meter
