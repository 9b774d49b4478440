"""Every store behind `waypost.ports`, twice: in memory, and on the embedded AWS."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests import fakes
from tests.conftest import Local
from waypost.ingest import messages
from waypost.local.emulator import REGION
from waypost.storage.batches_table import DynamoBatches
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.dynamo import Table
from waypost.storage.events_table import DynamoFeed, DynamoRows
from waypost.storage.inbox_bucket import S3Inbox
from waypost.storage.lake_bucket import S3Lake
from waypost.storage.lean_stores import DoorRows, DoorTenants, Queue
from waypost.storage.ledger_table import DynamoLedger
from waypost.storage.metrics_table import DynamoMetrics
from waypost.storage.sigv4 import Caller
from waypost.storage.tenants_table import DynamoTenants
from waypost.tenants import Tenant

_ITEM_BYTES = 400 * 1024
_MOST = {"transact_write_items": 100, "batch_write_item": 25, "batch_get_item": 100}


@dataclass
class World:
    """One set of stores. `queued` takes what was sent off the queue; `read` opens a body.

    `tenants` is how a door reads them (remembered for a minute), `settings` how the others do.
    """

    tenants: Any
    outbox: Any
    queued: Callable[[], list[str]]
    read: Callable[[str], Any]
    door: Any
    rows: Any
    directory: Any
    ledger: Any
    feed: Any
    lake: Any
    batches: Any
    settings: Any
    metrics: Any
    add_tenant: Callable[[Tenant], None]


def memory() -> World:
    tenants, outbox, rows = fakes.FakeTenants(), fakes.FakeOutbox(), fakes.FakeRows()
    return World(
        tenants=tenants,
        outbox=outbox,
        queued=lambda: [body for _, body in outbox.sent],
        read=outbox.read,
        door=rows,
        rows=rows,
        directory=fakes.FakeDirectory(),
        ledger=fakes.FakeLedger(),
        feed=fakes.FakeFeed(),
        lake=fakes.FakeLake(),
        batches=fakes.FakeBatches(),
        settings=tenants,
        metrics=fakes.FakeMetrics(),
        add_tenant=lambda tenant: tenants.update({tenant.id: tenant}),
    )


def aws(local: Local) -> World:
    """The real stores; needs AWS credentials, whichever, in the environment."""
    dynamodb = Strict(local.client("dynamodb"))
    s3, sqs = local.client("s3"), local.client("sqs")
    names = local.outputs
    events, directory, metrics = (
        Table(dynamodb, names[f"{name}Table"]) for name in ("Events", "Directory", "Metrics")
    )
    call = {name: _caller(name, local) for name in ("dynamodb", "sqs", "s3")}
    queue = sqs.create_queue(QueueName=f"contract-{uuid4()}")["QueueUrl"]
    inbox = S3Inbox(s3, names["InboxBucket"])
    return World(
        tenants=DoorTenants(call["dynamodb"], names["DirectoryTable"]),
        outbox=Queue(
            call["sqs"],
            call["s3"],
            queue_url=queue,
            chunk_queue_url=queue,
            bucket=names["InboxBucket"],
        ),
        queued=lambda: _drain(sqs, queue),
        read=lambda body: _open(body, inbox),
        door=DoorRows(call["dynamodb"], names["EventsTable"]),
        rows=DynamoRows(events),
        directory=DynamoDirectory(directory),
        ledger=DynamoLedger(directory),
        feed=DynamoFeed(events),
        lake=S3Lake(s3, names["LakeBucket"]),
        batches=DynamoBatches(directory),
        settings=DynamoTenants(directory),
        metrics=DynamoMetrics(metrics),
        add_tenant=DynamoDirectory(directory).put_tenant,
    )


def _caller(service: str, local: Local) -> Caller:
    return Caller(service, region=REGION, endpoint=local.aws)


def _drain(sqs: Any, queue: str) -> list[str]:
    bodies: list[str] = []
    while True:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return bodies
        for message in answer["Messages"]:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def _open(body: str, inbox: S3Inbox) -> Any:
    found = messages.read_queue(body)
    return inbox.read_chunk(found) if isinstance(found, messages.Pointer) else found


class Strict:
    """A DynamoDB client that refuses what AWS refuses, where an emulator may let it pass."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def checked(**request: Any) -> Any:
            _check(name, request)
            return call(**request)

        return checked


def _check(name: str, request: dict[str, Any]) -> None:
    found = _items(request)
    assert len(found) <= _MOST.get(name, 1), f"{name} of {len(found)} items"
    for item in found:
        assert 0 < len(item["pk"]["S"].encode()) <= 2048, "partition key too long"
        assert 0 < len(item["sk"]["S"].encode()) <= 1024, "sort key too long"
        assert sum(map(_size, item.items())) <= _ITEM_BYTES, "item too large"


def _items(value: Any) -> list[dict[str, Any]]:
    """Every item and key inside a request."""
    if isinstance(value, list):
        return [item for one in value for item in _items(one)]
    if not isinstance(value, dict):
        return []
    if "pk" in value and "sk" in value:
        return [value]
    return [item for one in value.values() for item in _items(one)]


def _size(field: tuple[str, dict[str, Any]]) -> int:
    name, value = field
    plain = next(iter(value.values()))
    return len(name) + (len(plain) if isinstance(plain, bytes) else len(str(plain).encode()))
