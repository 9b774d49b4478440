"""The doors, `load` and `match` in this process, put together by `services` as Lambda has them."""

import base64
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from uuid import uuid4

from functions.planhat import handler as planhat_door
from tests.conftest import Customer, Local
from waypost import services
from waypost.environment import environment
from waypost.ingest import file_loader, worker

QUEUES = ("MATCH_QUEUE_URL", "CHUNK_QUEUE_URL", "LOAD_QUEUE_URL")


@contextmanager
def composed(local: Local, endpoint: str) -> Iterator[dict[str, str]]:
    """A function's environment whose AWS is at `endpoint`, with an inbox and queues of its own."""
    functions = local.client("lambda").list_functions()["Functions"]
    (match,) = (each for each in functions if "MatchFunction" in each["FunctionName"])
    sqs, bucket = local.client("sqs"), f"{uuid4()}"
    queues = {
        name: sqs.create_queue(QueueName=f"{uuid4()}")["QueueUrl"]
        for name in ("MATCH_QUEUE_URL", "LOAD_QUEUE_URL")
    }
    variables = {
        **match["Environment"]["Variables"],
        **queues,
        # A bucket whose files nobody announces: the functions of the stack would load them too.
        "INBOX_BUCKET": bucket,
        "CHUNK_QUEUE_URL": queues["MATCH_QUEUE_URL"],
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_LOG_LEVEL": "CRITICAL",
    }
    local.client("s3").create_bucket(Bucket=bucket)
    with mock.patch.dict(os.environ, variables):
        _forget()
        try:
            yield variables
        finally:
            _forget()


def _forget() -> None:
    """What `services` has made stays with a process, as warm functions have it."""
    for factory in (environment, *vars(services).values()):
        if hasattr(factory, "cache_clear"):
            factory.cache_clear()


@dataclass
class Functions:
    """One tenant's way through the functions. `variables` is the environment of `composed`."""

    local: Local
    variables: dict[str, str]
    customer: Customer = field(init=False)

    def __post_init__(self) -> None:
        self.customer = self.local.customer()

    def post(self, items: Any, **headers: str) -> int:
        """A request at Planhat's door; its status."""
        event = {
            "resource": "/analytics/{tenant}",
            "path": f"/analytics/{self.customer.tenant}",
            "httpMethod": "POST",
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": None,
            "multiValueQueryStringParameters": None,
            "pathParameters": {"tenant": self.customer.tenant},
            "requestContext": {
                "requestId": str(uuid4()),
                "requestTimeEpoch": time.time_ns() // 1_000_000,
            },
            "isBase64Encoded": True,
            "body": base64.b64encode(json.dumps(items).encode()).decode(),
        }
        return int(planhat_door.lambda_handler(event, _CONTEXT)["statusCode"])

    def drop(self, rows: bytes) -> list[dict[str, Any]]:
        """A file in the inbox; the record with which `load` is told of it."""
        key, bucket = f"drops/{self.customer.tenant}/{uuid4()}", self.variables["INBOX_BUCKET"]
        etag = self.local.client("s3").put_object(Bucket=bucket, Key=key, Body=rows)["ETag"]
        detail = {"object": {"key": key, "etag": etag.strip('"')}}
        body = {"time": "2026-11-15T08:00:00Z", "detail": detail}
        return [{"messageId": "file", "body": json.dumps(body)}]

    def load(self, records: list[dict[str, Any]]) -> None:
        """A stretch of a file in each call, until none is left; what fails comes again."""
        while records:
            failed = file_loader.load_all(
                records, stores=services.load_stores(), remaining_ms=lambda: 0
            )
            records = [record for record in records if record["messageId"] in failed]
            records += self._received("LOAD_QUEUE_URL")

    def match(self) -> int:
        """`match` until its queue is empty, how often; what fails comes again."""
        records, calls = self._received("MATCH_QUEUE_URL"), 0
        while records:
            assert calls < 20
            calls += 1
            failed = worker.match_all(
                records,
                stores=services.match_stores(),
                queues=services.match_queues(),
                clock=services.clock,
                remaining_ms=lambda: 120_000,
            )
            records = [_again(record) for record in records if record["messageId"] in failed]
        return calls

    def _received(self, name: str) -> list[dict[str, Any]]:
        sqs, records = self.local.client("sqs"), []
        url = self.variables[name]
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                records.append(_record(message, self.customer.tenant))
        return records

    def outcome(self) -> dict[str, Any]:
        """What everybody sees in the end, but for times and places in time."""
        local, customer = self.local, self.customer
        users = local.get(customer, "users?limit=100")["users"]
        events = local.get(customer, "events?limit=100")["events"]
        batches = local.get(customer, "batches?limit=100")["batches"]
        return {
            "counts": local.counts(customer),
            "users": sorted(f"{u['external_id']} {u['email']} {u['account_id']}" for u in users),
            "shown": sorted(str(_shown(e)) for e in events),
            "batches": sorted(f"{b['status']} {b['received']} {b['matched']}" for b in batches),
        }


def _shown(event: dict[str, Any]) -> list[Any]:
    who = event["user"]
    return [event["action"], who["external_id"], who["email"], event["account_id"]]


def _record(message: dict[str, Any], tenant: str) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": "1", "MessageGroupId": tenant}
    return {"messageId": message["MessageId"], "body": message["Body"], "attributes": attributes}


def _again(record: dict[str, Any]) -> dict[str, Any]:
    return {**record, "attributes": {**record["attributes"], "ApproximateReceiveCount": "2"}}


class _Context:
    function_name = "in-process"
    memory_limit_in_mb = 1024
    invoked_function_arn = aws_request_id = "in-process"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


_CONTEXT: Any = _Context()
