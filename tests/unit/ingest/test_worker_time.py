"""The queue's side of `match`: what is worked side by side, and what the time is enough for."""

import time
from threading import Barrier, Lock

import pytest

from tests.unit.ingest.matched_queue import Queue, again
from waypost.errors import Unavailable
from waypost.event import Event
from waypost.ingest.messages import Message, Pointer
from waypost.profiles.view import View
from waypost.tenants import Tenant
from waypost.times import DAY_MS


@pytest.fixture
def queue() -> Queue:
    return Queue()


def test_a_store_that_is_away_is_asked_once_for_all_messages_of_a_tenant(queue: Queue) -> None:
    records = [*queue.receive("unlucky"), *queue.receive(), *queue.receive(tenant="t2")]

    failed = queue.match(records)

    assert failed == ["m0", "m1"]
    assert (queue.landed("t1"), queue.landed("t2")) == ([], [["r2-0"]])


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


def test_with_no_time_left_nothing_is_begun_and_all_comes_back_at_once(queue: Queue) -> None:
    queue.left_ms = 19_999

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
    queue.left_ms = 25_000
    real = queue.inbox.read_chunk

    def slowly(pointer: Pointer) -> Message:
        queue.left_ms = 0
        return real(pointer)

    queue.inbox.read_chunk = slowly  # type: ignore[method-assign]
    records = [again(queue.receive(count=30)[0], receives) for receives in (2, 4, 3)]

    assert queue.match(records) == ["m2", "m0"]


def test_settings_of_all_tenants_of_a_batch_are_read_at_once_and_once(queue: Queue) -> None:
    asked: list[set[str]] = []
    real = queue.tenants.get_many

    def get_many(ids: set[str]) -> dict[str, Tenant]:
        asked.append(ids)
        return real(ids)

    queue.tenants.get_many = get_many  # type: ignore[method-assign]

    queue.match([*queue.receive(), *queue.receive(count=30), *queue.receive(tenant="t2")])

    assert asked == [{"t1", "t2"}]


def test_settings_that_cannot_be_read_at_once_are_read_when_they_are_needed(queue: Queue) -> None:
    queue.tenants["t1"] = Tenant("t1", retention_days=1)
    real = queue.tenants.get_many

    def get_many(ids: set[str]) -> dict[str, Tenant]:
        if len(ids) > 1:
            raise Unavailable("DynamoDB is busy")
        return real(ids)

    queue.tenants.get_many = get_many  # type: ignore[method-assign]
    records = [*queue.receive(count=2), *queue.receive(tenant="t2")]
    queue.clock.tick(2 * DAY_MS)

    failed = queue.match(records)

    assert failed == []
    assert len(queue.rows) == 1
