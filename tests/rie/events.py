"""The events that the suites send: the samples of `events/`, and others made from them."""

import base64
import json
import time
from typing import Any
from uuid import uuid4

from tests.conftest import Customer, Local
from tests.template.stack import EVENTS
from waypost.ingest.messages import Pointer, queue_body
from waypost.storage.dynamo import Table
from waypost.storage.manifests_table import DynamoManifests


def now() -> int:
    """Epoch ms."""
    return time.time_ns() // 1_000_000


def sample(verb: str) -> Any:
    """The sample event of a function; a request as if the gateway had taken it just now."""
    event = json.loads((EVENTS / f"{verb}.json").read_text())
    if "requestContext" in event:
        event["requestContext"]["requestId"] = str(uuid4())
        event["requestContext"]["requestTimeEpoch"] = now()
    return event


def request(
    method: str, path: str, body: bytes = b"", *, token: str = "", query: Any = None
) -> Any:
    """Any request, in the shape of the sample of `planhat`; a parameter may have several values."""
    many = {k: v if isinstance(v, list) else [v] for k, v in (query or {}).items()}
    event = sample("planhat")
    event["headers"]["Authorization"] = f"Bearer {token}"
    return event | {
        "httpMethod": method,
        "path": path,
        "body": base64.b64encode(body).decode(),
        "queryStringParameters": {name: values[-1] for name, values in many.items()} or None,
        "multiValueQueryStringParameters": many or None,
    }


def dropped(key: str, etag: str) -> Any:
    """The queue's event for a file of the inbox."""
    event = sample("load")
    (record,) = event["Records"]
    message = json.loads(record["body"])
    file = message["detail"]["object"]
    message["detail"]["object"] = file | {"key": key, "etag": etag}
    record["body"] = json.dumps(message)
    return event


def queued(message: bytes | Pointer) -> Any:
    """The queue's event for one message to `match`."""
    event = sample("match")
    (record,) = event["Records"]
    return {"Records": [record | {"messageId": str(uuid4()), "body": queue_body(message)}]}


def from_queue(url: str, event: Any) -> Any:
    """The same records as they come from one queue of the stack."""
    name = url.rpartition("/")[2]
    arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"
    place = {"eventSourceARN": arn, "receiptHandle": "AQEBexample"}
    return {"Records": [record | place for record in event["Records"]]}


def once_more(event: Any) -> Any:
    """The same records a day after their first delivery, which may have ended its function."""
    times = {"ApproximateReceiveCount": "2", "ApproximateFirstReceiveTimestamp": "1"}
    return {
        "Records": [
            record | {"attributes": record["attributes"] | times} for record in event["Records"]
        ]
    }


def more_names_than_an_item_holds(local: Local, customer: Customer) -> None:
    """Makes the mark of what was read of people's changes so long that it is two items."""
    table = Table(local.client("dynamodb"), local.outputs["MetricsTable"])
    manifests = DynamoManifests(table)
    hour, names = manifests.mark(customer.tenant, "changes")
    more = {n.to_bytes(12) for n in range(30_000)}
    manifests.put_mark(customer.tenant, hour, names | more, "changes")


def run_of(tenant: str) -> Any:
    """The queue's event for one aggregate run of a tenant."""
    run = {"id": f"{now():015d}-{uuid4().hex[:8]}", "status": "queued", "created": now()}
    body = json.dumps({"tenant": tenant, "run": run})
    return {"Records": [{"messageId": str(uuid4()), "body": body}]}
