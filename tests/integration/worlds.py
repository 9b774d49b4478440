"""Every store behind the packages' ports, twice: in memory, and on AWS, embedded or mocked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast
from uuid import uuid4

from tests import fakes, readers
from tests.integration.strict import Strict
from waypost.ingest import messages
from waypost.storage.batches_table import DynamoBatches
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.dynamo import Table
from waypost.storage.events_table import DynamoFeed, DynamoRows
from waypost.storage.inbox_bucket import S3Inbox
from waypost.storage.jobs_table import DynamoJobs
from waypost.storage.lake_bucket import S3Lake
from waypost.storage.lean_stores import DoorRows, DoorTenants, Queue
from waypost.storage.ledger_table import DynamoLedger
from waypost.storage.manifests_table import DynamoManifests
from waypost.storage.questions_table import DynamoQuestions
from waypost.storage.sigv4 import Caller
from waypost.storage.tenants_table import DynamoTenants
from waypost.tenants import Tenant


class Aws(Protocol):
    """Where the stack's tables and buckets are: the embedded AWS, or moto in this process."""

    outputs: dict[str, str]

    def client(self, service: str) -> Any: ...

    def caller(self, service: str) -> Caller: ...


@dataclass
class World:
    """One set of stores. `queued` takes what was sent off the queue; `read` opens a body.

    `tenants` is how a door reads them (remembered for a minute), `settings` how the others do.
    `put_file` answers the etag of the file that `files` then opens.
    `people`, `entries` and `listed` are the directory, the ledger and the batches as readers of
    the API see them.
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
    manifests: Any
    jobs: Any
    questions: Any
    people: Any
    entries: Any
    listed: Any
    files: Any
    put_file: Callable[[str, bytes], str]
    add_tenant: Callable[[Tenant], None]


def memory() -> World:
    tenants, outbox, rows = fakes.FakeTenants(), fakes.FakeOutbox(), fakes.FakeRows()
    directory, inbox = fakes.FakeDirectory(), fakes.FakeInbox()

    def add_tenant(tenant: Tenant) -> None:
        tenants[tenant.id] = tenant
        directory.identities.know(tenant)

    return World(
        tenants=tenants,
        outbox=outbox,
        queued=lambda: [body for _, body in outbox.sent],
        read=outbox.read,
        door=rows,
        rows=rows,
        directory=directory,
        ledger=fakes.FakeLedger(),
        feed=fakes.FakeFeed(),
        lake=fakes.FakeLake(),
        batches=fakes.FakeBatches(),
        settings=tenants,
        manifests=DynamoManifests(cast(Table, fakes.MemoryTable())),
        jobs=DynamoJobs(cast(Table, fakes.MemoryTable())),
        questions=DynamoQuestions(cast(Table, fakes.MemoryTable())),
        people=directory,
        entries=readers.LedgerReader(),
        listed=readers.BatchReader(),
        files=inbox,
        put_file=inbox.put,
        add_tenant=add_tenant,
    )


def real(aws: Aws) -> World:
    """The real stores; needs AWS credentials, whichever, in the environment."""
    dynamodb = Strict(aws.client("dynamodb"))
    s3, sqs = aws.client("s3"), aws.client("sqs")
    names = aws.outputs
    events, directory, metrics = (
        Table(dynamodb, names[f"{name}Table"]) for name in ("Events", "Directory", "Metrics")
    )
    call = {name: aws.caller(name) for name in ("dynamodb", "sqs", "s3")}
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
        manifests=DynamoManifests(metrics),
        jobs=DynamoJobs(directory),
        questions=DynamoQuestions(directory),
        people=DynamoDirectory(directory),
        entries=DynamoLedger(directory),
        listed=DynamoBatches(directory),
        files=inbox,
        put_file=lambda key, data: _put(s3, names["InboxBucket"], key, data),
        add_tenant=DynamoTenants(directory).put,
    )


def _drain(sqs: Any, queue: str) -> list[str]:
    bodies: list[str] = []
    while True:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        if not answer.get("Messages"):
            return bodies
        for message in answer["Messages"]:
            bodies.append(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])


def _put(s3: Any, bucket: str, key: str, data: bytes) -> str:
    """The etag as EventBridge tells it: S3's, without the quotes."""
    answer = s3.put_object(Bucket=bucket, Key=key, Body=data)
    return str(answer["ETag"]).strip('"')


def _open(body: str, inbox: S3Inbox) -> Any:
    message = messages.read_queue(body)
    return inbox.read_chunk(message) if isinstance(message, messages.Pointer) else message
