"""The queue's side of `match`: what goes together, what goes alone, and what comes again."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import fakes
from waypost.errors import Unavailable
from waypost.event import Batch, Event
from waypost.ingest import intake, messages, worker
from waypost.ingest.intake import Reception
from waypost.ingest.messages import Message, Pointer
from waypost.ingest.ports import MatchStores
from waypost.ingest.queue_records import Record, partial_response
from waypost.lake import records as lake
from waypost.profiles.directory import View
from waypost.tenants import Tenant
from waypost.times import DAY_MS

NOW = 1_800_000_000_000
HOUR_MS = 3_600_000


class Poisoned(fakes.FakeDirectory):
    """Breaks whatever run holds an event of this user."""

    poison = "poison"

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        if any(event.external_id == self.poison for event in events):
            raise ValueError("a store that cannot hold this")
        return super().view(tenant, events)


class Queue:
    """Doors of several tenants, the records that SQS makes of what they queue, and `match`."""

    def __init__(self) -> None:
        self.outbox, self.rows, self.lake = fakes.FakeOutbox(), fakes.FakeRows(), fakes.FakeLake()
        self.tenants = fakes.FakeTenants(t1=Tenant("t1"), t2=Tenant("t2"))
        self.inbox = fakes.FakeInbox(self.outbox.chunks)
        self.clock = fakes.FixedClock(NOW)
        self.stores = MatchStores(
            directory=Poisoned(),
            rows=self.rows,
            ledger=fakes.FakeLedger(),
            feed=fakes.FakeFeed(),
            lake=self.lake,
            batches=fakes.FakeBatches(),
            schemas=fakes.FakeSchemas(),
            tenants=self.tenants,
            inbox=self.inbox,
        )

    def receive(self, user: str = "ann", tenant: str = "t1", *, count: int = 1) -> list[Record]:
        """One request of `count` events at a door; the records that wait for `match`."""
        number = len(self.outbox.sent)
        receipt = f"r{number}"
        events = [
            Event(n=n, time=NOW - n, action=f"{receipt}-{n}", external_id=user, company_id="acme")
            for n in range(count)
        ]
        reception = Reception(Tenant(tenant), receipt, "test", NOW)
        identifier = intake.identifier(reception, receipt)
        intake.accept(Batch(events), reception, identifier, outbox=self.outbox, rows=self.rows)
        sent = enumerate(self.outbox.sent[number:], start=number)
        return [record(f"m{n}", body, owner) for n, (owner, body) in sent]

    def match(
        self, records: list[Record], remaining_ms: Callable[[], int] = lambda: 120_000
    ) -> list[str]:
        return worker.match_all(
            records, stores=self.stores, clock=self.clock, remaining_ms=remaining_ms
        )

    def landed(self, tenant: str = "t1") -> list[list[str]]:
        """The actions in each landing object: what one object holds was matched in one run."""
        objects = [self.lake.objects[put.key] for put in self.lake.landing(tenant, "")]
        return sorted(sorted(event.action or "" for event in lake.unpack(data)) for data in objects)


def record(id: str, body: str, tenant: str, *, receives: int = 1) -> Record:
    attributes = {"ApproximateReceiveCount": str(receives), "MessageGroupId": tenant}
    return {"messageId": id, "body": body, "attributes": attributes}


def again(some: Record) -> Record:
    return {**some, "attributes": {**some["attributes"], "ApproximateReceiveCount": "2"}}


def countdown(*left: int) -> Callable[[], int]:
    times = iter(left)
    return lambda: next(times)


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_what_one_tenant_sent_is_matched_together_and_another_tenants_apart(queue: Queue) -> None:
    records = [*queue.receive(), *queue.receive(tenant="t2"), *queue.receive()]

    failed = queue.match(records)

    assert failed == []
    assert queue.landed("t1") == [["r0-0", "r2-0"]]
    assert queue.landed("t2") == [["r1-0"]]


def test_a_record_that_cannot_be_read_fails_alone(queue: Queue) -> None:
    bad = [
        record("torn", '{"tenant":"t1","rec', "t1"),
        record("empty", "{}", "t1"),
        record("future", '{"tenant":"t1","v":2}', "t1"),
    ]

    failed = queue.match([*queue.receive(), *bad, *queue.receive()])

    assert failed == ["torn", "empty", "future"]
    assert queue.landed() == [["r0-0", "r1-0"]]


def test_a_message_that_breaks_its_run_sends_that_run_back_and_no_other(queue: Queue) -> None:
    records = [*queue.receive("poison"), *queue.receive(), *queue.receive(tenant="t2")]

    failed = queue.match(records)

    assert failed == ["m0", "m1"]
    assert (queue.landed("t1"), queue.landed("t2")) == ([], [["r2-0"]])


def test_what_comes_again_goes_alone_so_only_the_bad_one_fails_twice(queue: Queue) -> None:
    records = [*queue.receive("poison"), *queue.receive(), *queue.receive()]
    queue.match(records)

    failed = queue.match([again(some) for some in records])

    assert failed == ["m0"]
    assert queue.landed() == [["r1-0"], ["r2-0"]]


def test_a_chunk_goes_alone_beside_small_messages(queue: Queue) -> None:
    small, chunk = queue.receive(), queue.receive(count=30)

    failed = queue.match([*small, *chunk, *queue.receive()])

    assert messages.is_pointer(chunk[0]["body"])
    assert failed == []
    assert sorted(map(len, queue.landed())) == [2, 30]


def test_a_chunk_that_is_not_there_fails_alone(queue: Queue) -> None:
    chunk = queue.receive(count=30)
    queue.inbox.objects.clear()

    failed = queue.match([*chunk, *queue.receive()])

    assert failed == ["m0"]
    assert queue.landed() == [["r1-0"]]


def test_with_little_time_left_nothing_new_is_begun(queue: Queue) -> None:
    records = [*queue.receive(), *queue.receive(tenant="t2"), *queue.receive(count=30)]

    failed = queue.match(records, countdown(20_000, 19_999, 19_000))

    assert failed == ["m1", "m2"]
    assert (queue.landed("t1"), queue.landed("t2")) == ([["r0-0"]], [])


def test_a_tenant_that_was_deleted_is_matched_by_the_defaults(queue: Queue) -> None:
    records = queue.receive()
    queue.tenants.clear()

    failed = queue.match(records)

    assert failed == []
    assert queue.landed() == [["r0-0"]]


def test_the_settings_of_the_tenant_are_those_of_now(queue: Queue) -> None:
    queue.tenants["t1"] = Tenant("t1", retention_days=1)
    queue.clock.tick(2 * DAY_MS)

    queue.match(queue.receive(count=2))

    assert len(queue.rows) == 0
    assert len(queue.landed()[0]) == 2


def test_each_run_has_the_time_at_which_it_was_made(queue: Queue) -> None:
    records = [*queue.receive(), *queue.receive(tenant="t2")]
    times = iter([NOW, NOW + HOUR_MS])

    worker.match_all(
        records, stores=queue.stores, clock=lambda: next(times), remaining_ms=lambda: 120_000
    )

    hours = [key.split("/")[2] for key in sorted(queue.lake.objects)]
    assert hours == ["2027-01-15T08", "2027-01-15T09"]


def test_a_store_that_is_away_sends_everything_back(queue: Queue) -> None:
    def away(pointer: Pointer) -> Message:
        raise Unavailable("S3 is away")

    queue.inbox.read_chunk = away  # type: ignore[method-assign]
    records = [*queue.receive(count=30), *queue.receive(count=31)]

    assert queue.match(records) == ["m0", "m1"]


def test_a_delivery_without_attributes_is_a_first_one(queue: Queue) -> None:
    bare: list[dict[str, Any]] = [
        {"messageId": some["messageId"], "body": some["body"]}
        for some in [*queue.receive(), *queue.receive()]
    ]

    assert queue.match(bare) == []
    assert queue.landed() == [["r0-0", "r1-0"]]


def test_the_answer_names_what_has_to_come_again_and_nothing_else() -> None:
    assert partial_response([]) == {"batchItemFailures": []}
    assert partial_response(["m1", "m2"]) == {
        "batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]
    }
