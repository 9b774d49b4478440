"""
`match` of many tenants with an event each: AWS calls per event, and seconds of one function.

`python -m tests.benchmarks.many_tenants`. The real stores run over tables and buckets in memory
that take 5 ms for every call, as DynamoDB does; what is measured is how much of that waiting is
spent side by side. The second round meets users and accounts that the first one has made.
"""

import time
from collections import Counter
from threading import Lock
from typing import Any
from uuid import uuid4

import msgspec

from tests import fakes
from tests.partiql import as_call
from waypost.event import Event
from waypost.ingest import worker
from waypost.ingest.messages import Message
from waypost.ingest.ports import MatchQueues, MatchStores
from waypost.ingest.queue_records import Record
from waypost.storage.batches_table import DynamoBatches
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.dynamo import Table
from waypost.storage.events_table import DynamoFeed, DynamoRows
from waypost.storage.inbox_bucket import S3Inbox
from waypost.storage.lake_bucket import S3Lake
from waypost.storage.ledger_table import DynamoLedger
from waypost.storage.schema_table import DynamoSchemas
from waypost.storage.tenants_table import DynamoTenants

TENANTS, BATCH = 10_000, 1_000
CALL_SECONDS = 0.005
TIMEOUT_MS = 120_000
Item = dict[str, Any]


class SlowAws:
    """DynamoDB and S3 for one function at a time: nothing is refused, every call takes 5 ms."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self._items: dict[tuple[str, str, str], Item] = {}
        self._lock = Lock()

    def __getattr__(self, name: str) -> Any:
        answer = getattr(self, f"_{name}")

        def call(**request: Any) -> Any:
            time.sleep(CALL_SECONDS)
            with self._lock:
                self.calls[name] += 1
                return answer(request)

        return call

    def _get_item(self, request: Item) -> Item:
        item = self._items.get(_place(request["TableName"], request["Key"]))
        return {"Item": item} if item else {}

    def _put_item(self, request: Item) -> Item:
        self._items[_place(request["TableName"], request["Item"])] = request["Item"]
        return {}

    def _put_object(self, _: Item) -> Item:
        return {}

    def _batch_get_item(self, request: Item) -> Item:
        ((table, part),) = request["RequestItems"].items()
        items = [self._items.get(_place(table, key)) for key in part["Keys"]]
        return {"Responses": {table: [item for item in items if item]}}

    def _batch_write_item(self, request: Item) -> Item:
        ((table, parts),) = request["RequestItems"].items()
        for part in parts:
            self._put_item({"TableName": table, "Item": part["PutRequest"]["Item"]})
        return {}

    def _batch_execute_statement(self, request: Item) -> Item:
        for statement in request["Statements"]:
            method, call = as_call(statement)
            if method == "put_item":
                self._put_item(call)
        return {"Responses": [{} for _ in request["Statements"]]}

    def _transact_write_items(self, request: Item) -> Item:
        for part in request["TransactItems"]:
            if "Put" in part:
                self._put_item(part["Put"])
        return {}

    def _query(self, _: Item) -> Item:
        return {"Items": []}


def _place(table: str, item: Item) -> tuple[str, str, str]:
    return table, item["pk"]["S"], item["sk"]["S"]


def stores(aws: SlowAws) -> MatchStores:
    directory, events = Table(aws, "directory"), Table(aws, "events")
    return MatchStores(
        DynamoDirectory(directory),
        DynamoRows(events),
        DynamoLedger(directory),
        DynamoFeed(events),
        S3Lake(aws, "lake"),
        DynamoBatches(directory),
        DynamoSchemas(directory),
        DynamoTenants(directory),
        S3Inbox(aws, "inbox"),
    )


def record(tenant: str, now: int) -> Record:
    id = uuid4().hex
    event = Event(id, 0, now, "Opened", external_id="ann", email="ann@acme.com", company_id="acme")
    message = Message(tenant, f"{now:015d}-{id}", "planhat", now, [event])
    return {
        "messageId": id,
        "body": msgspec.json.encode(message).decode(),
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": tenant},
    }


def round_of(aws: SlowAws) -> str:
    """One event of every tenant, a thousand messages at a time."""
    before, times, left = aws.calls.total(), [], 0
    for start in range(0, TENANTS, BATCH):
        now = time.time_ns() // 1_000_000
        records = [record(f"t{n}", now) for n in range(start, start + BATCH)]
        begin = time.monotonic()
        left += len(match(records, stores(aws), begin))
        times.append(time.monotonic() - begin)
    calls = (aws.calls.total() - before) / TENANTS
    return (
        f"{calls:5.1f} calls an event, {sum(times) / len(times):5.1f} s for {BATCH} messages, "
        f"{max(times):5.1f} s at most, {left} put off"
    )


def match(records: list[Record], to: MatchStores, begin: float) -> list[str]:
    return worker.match_all(
        records,
        stores=to,
        queues=MatchQueues(fakes.FakeDeliveries(), fakes.FakeSuspects()),
        clock=lambda: time.time_ns() // 1_000_000,
        remaining_ms=lambda: TIMEOUT_MS - round((time.monotonic() - begin) * 1000),
    )


def main() -> None:
    aws = SlowAws()
    print(f"match of {TENANTS} tenants with an event each, 5 ms a call")
    print(f"  new users   {round_of(aws)}")
    print(f"  known users {round_of(aws)}")


if __name__ == "__main__":
    main()
