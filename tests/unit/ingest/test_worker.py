"""The queue's side of `match`: what goes together, what goes alone, and what comes again."""

from typing import Any

import pytest

from tests.unit.ingest.matched_queue import HOUR_MS, NOW, Queue, again, record
from waypost.errors import Unavailable
from waypost.ingest import messages
from waypost.ingest.messages import Message, Pointer
from waypost.ingest.queue_records import partial_response
from waypost.tenants import Tenant
from waypost.times import DAY_MS


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
    times = iter([NOW, NOW, NOW, NOW + HOUR_MS])

    queue.clock = lambda: next(times)  # type: ignore[assignment]
    queue.match(records)

    hours = [put.hour for tenant in ("t1", "t2") for put in queue.lake.landing(tenant, "")]
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
