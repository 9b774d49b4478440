"""The queue's side of `match`: what goes together, what goes alone, and what comes again."""

import time
from threading import Barrier, Lock
from typing import Any

import pytest

from tests import fakes
from waypost.errors import Unavailable
from waypost.event import Batch, Event
from waypost.ingest import intake, messages, worker
from waypost.ingest.intake import Reception
from waypost.ingest.messages import Message, Pointer
from waypost.ingest.ports import MatchQueues, MatchStores
from waypost.ingest.queue_records import Record, partial_response
from waypost.lake import records as lake
from waypost.profiles.view import View
from waypost.tenants import Tenant
from waypost.times import DAY_MS

NOW = 1_800_000_000_000
HOUR_MS = 3_600_000


class Directory(fakes.FakeDirectory):
    """Breaks a run that holds an event of `poison`; is away for one with an event of `unlucky`."""

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        users = {event.external_id for event in events}
        if "poison" in users:
            raise ValueError("a store that cannot hold this")
        if "unlucky" in users:
            raise Unavailable("DynamoDB is away")
        return super().view(tenant, events)


class Queue:
    """Doors of several tenants, the records that SQS makes of what they queue, and `match`."""

    def __init__(self) -> None:
        self.outbox, self.rows, self.lake = fakes.FakeOutbox(), fakes.FakeRows(), fakes.FakeLake()
        self.tenants = fakes.FakeTenants(t1=Tenant("t1"), t2=Tenant("t2"))
        self.inbox = fakes.FakeInbox(self.outbox.chunks)
        self.clock = fakes.FixedClock(NOW)
        self.stores = MatchStores(
            directory=Directory(),
            rows=self.rows,
            ledger=fakes.FakeLedger(),
            feed=fakes.FakeFeed(),
            lake=self.lake,
            batches=fakes.FakeBatches(),
            schemas=fakes.FakeSchemas(),
            tenants=self.tenants,
            inbox=self.inbox,
        )
        self.deliveries, self.suspects = fakes.FakeDeliveries(), fakes.FakeSuspects()
        self.left_ms = 120_000

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

    def match(self, records: list[Record]) -> list[str]:
        return worker.match_all(
            records,
            stores=self.stores,
            queues=MatchQueues(self.deliveries, self.suspects),
            clock=self.clock,
            remaining_ms=lambda: self.left_ms,
        )

    def landed(self, tenant: str = "t1") -> list[list[str]]:
        """The actions in each landing object: what one object holds was matched in one run."""
        objects = [self.lake.objects[put.key] for put in self.lake.landing(tenant, "")]
        return sorted(sorted(event.action or "" for event in lake.unpack(data)) for data in objects)


def record(id: str, body: str, tenant: str) -> Record:
    attributes = {
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": str(NOW),
        "MessageGroupId": tenant,
    }
    return {"messageId": id, "body": body, "attributes": attributes}


def again(some: Record, receives: int = 2) -> Record:
    """The same record as it is delivered another time."""
    return {**some, "attributes": {**some["attributes"], "ApproximateReceiveCount": str(receives)}}


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


def test_a_message_that_breaks_its_run_fails_alone_and_its_neighbours_are_done_at_once(
    queue: Queue,
) -> None:
    records = [queue.receive(name)[0] for name in ("ann", "ben", "poison", "cy", "dan", "poison")]

    failed = queue.match([*records, *queue.receive(tenant="t2")])

    assert failed == ["m2", "m5"]
    landed = sorted(action for actions in queue.landed("t1") for action in actions)
    assert landed == ["r0-0", "r1-0", "r3-0", "r4-0"]
    assert queue.landed("t2") == [["r6-0"]]


def test_a_store_that_is_away_is_asked_once_for_all_messages_of_a_tenant(queue: Queue) -> None:
    records = [*queue.receive("unlucky"), *queue.receive(), *queue.receive(tenant="t2")]

    failed = queue.match(records)

    assert failed == ["m0", "m1"]
    assert (queue.landed("t1"), queue.landed("t2")) == ([], [["r2-0"]])


def test_what_was_given_back_is_matched_together_when_it_comes_again(queue: Queue) -> None:
    """An hour of throttling must not end in a thousand runs of one message each."""
    records = [again(queue.receive()[0], 4), again(queue.receive()[0], 2), *queue.receive()]

    failed = queue.match(records)

    assert failed == []
    assert queue.landed() == [["r0-0", "r1-0", "r2-0"]]
    assert queue.suspects.count == 0


def test_what_failed_comes_back_after_seconds_and_what_is_done_does_not(queue: Queue) -> None:
    queue.match([*queue.receive("poison"), *queue.receive()])

    assert queue.deliveries.hidden.keys() == {"m0"}
    assert 5 <= queue.deliveries.hidden["m0"] <= 10


def test_tenants_are_matched_side_by_side(queue: Queue) -> None:
    """Each of the two waits in its store for the other one to be there too."""
    meeting = Barrier(2, timeout=10)
    real = queue.stores.directory.view

    def view(tenant: Tenant, events: list[Event]) -> View:
        meeting.wait()
        return real(tenant, events)

    queue.stores.directory.view = view  # type: ignore[method-assign]

    failed = queue.match([*queue.receive(), *queue.receive(tenant="t2")])

    assert failed == []


def test_three_chunks_at_once_and_no_more_hold_their_events_in_memory(queue: Queue) -> None:
    running, most = 0, 0
    lock = Lock()
    real = queue.inbox.read_chunk

    def read_chunk(pointer: Pointer) -> Message:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return real(pointer)

    queue.inbox.read_chunk = read_chunk  # type: ignore[method-assign]

    queue.match([queue.receive(count=30)[0] for _ in range(9)])

    assert 1 < most <= 3


def test_a_chunk_that_comes_again_has_no_other_beside_it(queue: Queue) -> None:
    order: list[str] = []
    real = queue.stores.directory.view

    def view(tenant: Tenant, events: list[Event]) -> View:
        order.append(f"begins {events[0].action}")
        time.sleep(0.01)
        answer = real(tenant, events)
        order.append(f"ends {events[0].action}")
        return answer

    queue.stores.directory.view = view  # type: ignore[method-assign]
    records = [again(queue.receive(count=30)[0]) for _ in range(2)]

    queue.match([*records, *queue.receive(count=30)])

    assert order == [f"{step} r{n}-0" for n in (2, 0, 1) for step in ("begins", "ends")]


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


def test_with_no_time_left_nothing_is_begun_and_all_comes_back_at_once(queue: Queue) -> None:
    queue.left_ms = 9_999

    failed = queue.match([*queue.receive(), *queue.receive(tenant="t2"), *queue.receive(count=30)])

    assert failed == ["m0", "m1", "m2"]
    assert len(queue.lake) == 0
    assert queue.deliveries.hidden == {"m0": 0, "m1": 0, "m2": 0}


def test_what_does_not_fit_into_the_time_left_is_put_off_before_it_is_begun(queue: Queue) -> None:
    queue.left_ms = 70_000
    real = queue.inbox.read_chunk

    def slowly(pointer: Pointer) -> Message:
        queue.left_ms -= 35_000
        return real(pointer)

    queue.inbox.read_chunk = slowly  # type: ignore[method-assign]
    records = [again(queue.receive(count=30)[0]) for _ in range(3)]

    failed = queue.match(records)

    assert failed == ["m2"]
    assert len(queue.landed()) == 2


def test_who_was_put_off_most_often_is_worked_first(queue: Queue) -> None:
    queue.left_ms = 15_000
    real = queue.inbox.read_chunk

    def slowly(pointer: Pointer) -> Message:
        queue.left_ms = 0
        return real(pointer)

    queue.inbox.read_chunk = slowly  # type: ignore[method-assign]
    records = [again(queue.receive(count=30)[0], receives) for receives in (2, 4, 3)]

    assert queue.match(records) == ["m2", "m0"]


def test_settings_of_a_tenant_are_read_once_for_all_its_chunks(queue: Queue) -> None:
    asked: list[str] = []
    queue.tenants.get = asked.append  # type: ignore[assignment,method-assign]

    queue.match([*queue.receive(), *queue.receive(count=30), *queue.receive(tenant="t2")])

    assert sorted(asked) == ["t1", "t2"]


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
    times = iter([NOW, NOW, NOW + HOUR_MS])

    queue.clock = lambda: next(times)  # type: ignore[assignment]
    queue.match(records)

    hours = [key.split("/")[2] for key in sorted(queue.lake.objects)]
    assert hours == ["2027-01-15T08", "2027-01-15T09"]


def test_a_store_that_is_away_sends_everything_back(queue: Queue) -> None:
    def away(pointer: Pointer) -> Message:
        raise Unavailable("S3 is away")

    queue.inbox.read_chunk = away  # type: ignore[method-assign]
    records = [*queue.receive(count=30), *queue.receive(count=31)]

    assert sorted(queue.match(records)) == ["m0", "m1"]


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
