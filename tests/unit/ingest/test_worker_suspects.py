"""The queue's side of `match`: what may have ended a function is worked last and apart."""

import threading

import pytest

from tests.unit.ingest.matched_queue import Queue, hours_later
from waypost.errors import Unavailable
from waypost.event import Event
from waypost.ingest import worker
from waypost.ingest.queue_records import Record
from waypost.profiles.view import View
from waypost.tenants import Tenant


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_what_may_have_ended_a_function_is_worked_when_all_else_is_off_the_queue(
    queue: Queue,
) -> None:
    gone_before: list[list[str]] = []
    real = queue.suspects.begin

    def begin(ids: list[str]) -> str:
        gone_before.append([*queue.deliveries.deleted])
        return real(ids)

    queue.suspects.begin = begin  # type: ignore[method-assign]
    suspected = [hours_later(queue.receive()[0]) for _ in range(2)]

    failed = queue.match([*suspected, *queue.receive(), *queue.receive(tenant="t2")])

    assert failed == []
    assert [sorted(ids) for ids in gone_before] == [["m2", "m3"], ["m0", "m2", "m3"]]
    assert queue.landed("t1") == [["r0-0"], ["r1-0"], ["r2-0"]]
    assert queue.suspects.marks == {}


def test_what_may_have_ended_a_function_is_hidden_no_longer_than_this_one_lives(
    queue: Queue,
) -> None:
    queue.match([hours_later(queue.receive()[0])])

    assert queue.deliveries.hidden == {"m0": 150}


def test_a_suspect_that_fails_in_words_is_no_suspect_of_this_run(queue: Queue) -> None:
    records = [hours_later(queue.receive(name)[0]) for name in ("poison", "ann")]

    failed = queue.match(records)

    assert failed == ["m0"]
    assert queue.suspects.marks == {}
    assert 10 <= queue.deliveries.hidden["m0"] <= 20


def test_with_no_time_left_a_suspect_is_put_off_without_a_mark(queue: Queue) -> None:
    queue.left_ms = 19_999

    failed = queue.match([hours_later(queue.receive()[0])])

    assert failed == ["m0"]
    assert queue.suspects.count == 0
    assert queue.deliveries.hidden == {"m0": 0}


def test_where_no_mark_can_be_left_suspects_come_again_and_the_others_are_done(
    queue: Queue,
) -> None:
    def away(ids: list[str]) -> str:
        raise Unavailable("DynamoDB is away")

    queue.suspects.begin = away  # type: ignore[method-assign]

    failed = queue.match([hours_later(queue.receive()[0]), *queue.receive()])

    assert failed == ["m0"]
    assert queue.landed() == [["r1-0"]]
    assert 10 <= queue.deliveries.hidden["m0"] <= 20


def test_who_outlasts_the_function_takes_nothing_along_that_was_done(
    queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One tenant's run does not end until SQS has been told of the other's."""
    monkeypatch.setattr(worker, "RESERVE_MS", queue.left_ms - 300)
    told = threading.Event()
    real_view, real_delete = queue.stores.directory.view, queue.deliveries.delete

    def view(tenant: Tenant, events: list[Event]) -> View:
        if tenant.id == "t2":
            told.wait(10)
        return real_view(tenant, events)

    def delete(records: list[Record]) -> None:
        real_delete(records)
        told.set()

    queue.stores.directory.view = view  # type: ignore[method-assign]
    queue.deliveries.delete = delete  # type: ignore[method-assign]

    failed = queue.match([*queue.receive(tenant="t2"), *queue.receive()])

    assert failed == []
    assert queue.deliveries.deleted == ["m1"]
