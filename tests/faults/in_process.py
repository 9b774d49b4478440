"""The doors, `load` and `match` in this process, put together by `services` as Lambda has them."""

import base64
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from uuid import uuid4

from functions.load import handler as load
from functions.match import handler as match
from functions.planhat import handler as planhat_door
from tests.composed import forget
from tests.conftest import Customer, Local
from waypost.ingest.queue_records import Record, receives
from waypost.local.emulator import REGION

_HIDDEN = {"VisibilityTimeout": "900"}
Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@contextmanager
def composed(local: Local, endpoint: str) -> Iterator[dict[str, str]]:
    """A function's environment whose AWS is at `endpoint`, with an inbox and queues of its own."""
    functions = local.client("lambda").list_functions()["Functions"]
    (like,) = (each for each in functions if "MatchFunction" in each["FunctionName"])
    sqs, bucket = local.client("sqs"), f"{uuid4()}"
    queues = {
        name: sqs.create_queue(QueueName=f"{uuid4()}", Attributes=_HIDDEN)["QueueUrl"]
        for name in ("MATCH_QUEUE_URL", "LOAD_QUEUE_URL")
    }
    variables = {
        **like["Environment"]["Variables"],
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
        forget()
        try:
            yield variables
        finally:
            forget()


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
        context: Any = _Context(15_000)
        return int(planhat_door.lambda_handler(event, context)["statusCode"])

    def drop(self, rows: bytes) -> list[Record]:
        """A file in the inbox; the record with which `load` is told of it."""
        key, bucket = f"drops/{self.customer.tenant}/{uuid4()}", self.variables["INBOX_BUCKET"]
        etag = self.local.client("s3").put_object(Bucket=bucket, Key=key, Body=rows)["ETag"]
        detail = {"object": {"key": key, "etag": etag.strip('"')}}
        body = {"time": "2026-11-15T08:00:00Z", "detail": detail}
        self.local.client("sqs").send_message(
            QueueUrl=self.variables["LOAD_QUEUE_URL"], MessageBody=json.dumps(body)
        )
        return self._received("LOAD_QUEUE_URL")

    def load(self, records: list[Record]) -> None:
        """A stretch of a file in each call, until none is left; what fails comes again."""
        while records:
            records = self._invoke(load.lambda_handler, records, _Context(50_000))
            records += self._received("LOAD_QUEUE_URL")

    def match(self) -> None:
        """`match` until its queue is empty; what fails comes again."""
        records = self._received("MATCH_QUEUE_URL")
        while records:
            records = self._invoke(match.lambda_handler, records, _Context(120_000))

    def _invoke(self, handler: Handler, records: list[Record], context: Any) -> list[Record]:
        """The records that come again, as they would be delivered then."""
        answer = handler({"Records": records}, context)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        again = [_again(record) for record in records if record["messageId"] in failed]
        assert all(receives(record) < 20 for record in again)
        return again

    def _received(self, name: str) -> list[Record]:
        """Everything that waits in a queue, and will not come by itself once more."""
        sqs, url = self.local.client("sqs"), self.variables[name]
        records: list[Record] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            records += [_record(message, url, self.customer.tenant) for message in messages]
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


def _record(message: dict[str, Any], queue: str, tenant: str) -> Record:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": tenant},
        "eventSourceARN": f"arn:aws:sqs:{REGION}:000000000000:{queue.rpartition('/')[2]}",
    }


def _again(record: Record) -> Record:
    attributes = {**record["attributes"], "ApproximateReceiveCount": f"{receives(record) + 1}"}
    return {**record, "attributes": attributes}


@dataclass
class _Context:
    left: int
    function_name: str = "in-process"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "in-process"
    aws_request_id: str = "in-process"

    def get_remaining_time_in_millis(self) -> int:
        return self.left
