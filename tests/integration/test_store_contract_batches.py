"""One suite of promises for the stores in memory and for the real ones: files and their batches."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from tests.integration.worlds import Aws, World
from waypost.errors import NotFound
from waypost.event import Reject, Verdict
from waypost.ingest.batches import AWAITING, LOADING, MATCHING, BatchRecord, PartRecord
from waypost.ingest.messages import Message
from waypost.storage.batches_table import DynamoBatches
from waypost.storage.dynamo import Table
from waypost.storage.items import Item
from waypost.storage.ledger_table import DynamoLedger
from waypost.tenants import Tenant

NOW = 1_800_000_000_000


def test_a_part_told_twice_counts_once(world: World, tenant: Tenant) -> None:
    world.batches.put(tenant.id, BatchRecord("b1", "stream", MATCHING, NOW, parts=2))
    parts = [(0, PartRecord(stored=3)), (0, PartRecord(stored=3)), (1, PartRecord(duplicate=2))]

    for number, part in parts:
        told = Message(tenant.id, "b1", "s", NOW, part=number)
        world.batches.put_part(tenant.id, told, part)

    progress = world.batches.progress(tenant.id, "b1")
    assert (progress["status"], progress["stored"], progress["duplicate"]) == ("done", 3, 2)
    assert world.batches.progress(tenant.id, "b2") is None


class Busy(Table):
    """A table in which something happens before the `at`-th query."""

    def __init__(self, client: Any, name: str, at: int, effect: Callable[[], None]) -> None:
        super().__init__(client, name)
        self._at, self._effect = at, effect

    def query(self, pk: str, **asked: Any) -> Iterator[Item]:
        if self._at == 0:
            self._effect()
        self._at -= 1
        return super().query(pk, **asked)


@pytest.mark.parametrize("at", [0, 1])
def test_a_batch_that_is_done_has_its_errors(aws: Aws, tenant: Tenant, at: int) -> None:
    table = Table(aws.client("dynamodb"), aws.outputs["DirectoryTable"])
    message = Message(tenant.id, "b1", "s", NOW)

    def match() -> None:
        DynamoLedger(table).put(tenant, message, [Reject(0, "bad", "why")])
        DynamoBatches(table).put_part(tenant.id, message, PartRecord(rejected=1))

    record = BatchRecord("b1", "drop", MATCHING, NOW, received=1, rejected=1, parts=1)
    DynamoBatches(table).put(tenant.id, record)

    busy = Busy(table.client, table.name, at, match)
    progress = DynamoBatches(busy).progress(tenant.id, "b1")

    assert progress is not None
    assert progress["status"] == "matching" or progress["errors"]


def test_errors_are_listed_among_what_a_rule_left_out(aws: Aws, tenant: Tenant) -> None:
    table = Table(aws.client("dynamodb"), aws.outputs["DirectoryTable"])
    entries = [Reject(n, "rule", "why", verdict=Verdict.IGNORED) for n in range(2)]
    message = Message(tenant.id, "b1", "s", NOW)
    DynamoLedger(table).put(tenant, message, [*entries, Reject(2, "bad", "why")])
    DynamoBatches(table).put(tenant.id, BatchRecord("b1", "drop", LOADING, NOW, rejected=1))

    progress = DynamoBatches(table).progress(tenant.id, "b1")

    assert progress is not None
    assert [error["index"] for error in progress["errors"]] == [2]  # type: ignore[attr-defined]


def test_who_opens_a_batch_again_gets_the_one_that_stands(world: World, tenant: Tenant) -> None:
    first = BatchRecord("b1", "drop", LOADING, NOW, name="a.csv", object="e1")

    opened = world.batches.open(tenant.id, first)
    world.batches.put(tenant.id, replace(first, name=None, received=5))
    again = world.batches.open(tenant.id, replace(first, object="e2"))

    assert opened == first
    assert again == world.batches.get(tenant.id, "b1")
    assert (again.name, again.received, again.object) == (None, 5, "e1")


def test_a_batch_that_waits_takes_the_first_file_that_comes(world: World, tenant: Tenant) -> None:
    world.batches.put(tenant.id, BatchRecord("b1", "upload", AWAITING, NOW - 1, name="a.csv"))
    loading = BatchRecord("b1", "upload", LOADING, NOW, object="e1")

    opened = [
        world.batches.open(tenant.id, replace(loading, object=etag)) for etag in ("e1", "e2", "e1")
    ]

    expected = BatchRecord("b1", "upload", LOADING, NOW - 1, name="a.csv", object="e1")
    assert opened == [expected] * 3
    assert world.batches.get(tenant.id, "b1") == expected


def test_a_file_is_read_as_it_was_told_of_or_not_at_all(world: World, tenant: Tenant) -> None:
    key = f"drops/{tenant.id}/week 1.csv"
    first = world.put_file(key, b"a,b")
    stream, size = world.files.open(key, first)

    second = world.put_file(key, b"longer")

    assert (stream.read(), size) == (b"a,b", 3)
    assert world.files.open(key, second)[0].read() == b"longer"
    with pytest.raises(NotFound, match="overwritten"):
        world.files.open(key, first)
    with pytest.raises(NotFound, match="deleted"):
        world.files.open(f"{key}.gz", first)


def test_batches_are_listed_newest_first_with_their_progress(world: World, tenant: Tenant) -> None:
    for number in range(3):
        world.listed.put(tenant.id, BatchRecord(f"{number}", "upload", MATCHING, NOW, parts=1))
    world.listed.put_part(tenant.id, Message(tenant.id, "2", "s", NOW), PartRecord(stored=7))

    first = world.listed.newest(tenant.id, None, 2)
    rest = world.listed.newest(tenant.id, "1", 2)

    assert [(one["id"], one["status"], one["stored"]) for one in first + rest] == [
        ("2", "done", 7),
        ("1", "matching", 0),
        ("0", "matching", 0),
    ]
