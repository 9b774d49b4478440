"""A message that ends its function: it alone becomes a dead letter, and no neighbour is lost."""

from collections.abc import Callable
from threading import Lock
from typing import Any

import msgspec
import pytest

from tests import fakes
from tests.faults.hidden_queue import HiddenQueue
from tests.faults.killers import Crash
from tests.faults.pipeline import NOW, event
from waypost.errors import Unavailable
from waypost.event import Event
from waypost.ingest import outcomes, suspects, worker
from waypost.ingest.messages import Message
from waypost.ingest.ports import MatchQueues, MatchStores
from waypost.ingest.queue_records import Record
from waypost.profiles.view import View
from waypost.tenants import Tenant

KILLER = "killer"


class Process:
    """One function: once it is gone, no call of any of its threads does anything any more."""

    def __init__(self, *, mortal: bool) -> None:
        self.gone, self._mortal = False, mortal
        self._lock = Lock()

    def call(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        with self._lock:
            if self.gone or (self._mortal and any(map(_kills, args))):
                self.gone = True
                raise Crash
            return call(*args, **named)

    def around(self, store: Any) -> Any:
        return _Mortal(store, self)


class _Mortal:
    def __init__(self, store: Any, process: Process) -> None:
        self._store, self._process = store, process

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)
        return lambda *args, **named: self._process.call(call, *args, **named)


def _kills(argument: Any) -> bool:
    return isinstance(argument, list) and any(
        isinstance(part, Event) and part.external_id == KILLER for part in argument
    )


class Directory(fakes.FakeDirectory):
    """A directory that refuses everything until a moment."""

    away_until = 0
    clock: HiddenQueue

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        if self.clock.now < self.away_until:
            raise Unavailable("DynamoDB is throttled")
        return super().view(tenant, events)


class World:
    """A queue before `match`, whose functions die of some messages."""

    def __init__(self) -> None:
        self.queue, self.dies_from = HiddenQueue(NOW), NOW
        self.suspects, self.directory = fakes.FakeSuspects(), Directory()
        self.directory.clock = self.queue
        self.lake = fakes.FakeLake()
        self.stores = [
            *(self.directory, fakes.FakeRows(), fakes.FakeLedger(), fakes.FakeFeed()),
            *(self.lake, fakes.FakeBatches(), fakes.FakeSchemas(), fakes.FakeTenants()),
            fakes.FakeInbox(),
        ]

    def send(self, number: int, tenant: str = "t1", user: str = "ann") -> str:
        id = f"m{number}"
        message = Message(tenant, f"r{number}", "test", NOW, [_event(number, user)])
        self.queue.send(id, tenant, msgspec.json.encode(message).decode())
        return id

    def match(self, records: list[Record]) -> list[str]:
        process = Process(mortal=self.queue.now >= self.dies_from)
        return worker.match_all(
            records,
            stores=MatchStores(*map(process.around, self.stores)),
            queues=MatchQueues(process.around(self.queue), process.around(self.suspects)),
            clock=lambda: self.queue.now,
            remaining_ms=lambda: 120_000,
        )

    def run(self) -> None:
        self.queue.run_empty(self.match)


def _event(number: int, user: str) -> Event:
    made = event(0, f"a{number}", external_id=user)
    made.id = f"{number:032d}"
    return made


@pytest.mark.parametrize("place", [0, 4, 9])
def test_of_ten_messages_only_the_one_that_kills_becomes_a_dead_letter(place: int) -> None:
    world = World()
    ids = [world.send(n, user=KILLER if n == place else "ann") for n in range(10)]
    killer = ids.pop(place)

    world.run()

    assert world.queue.dead == [killer]
    assert max(world.queue.deliveries_of(ids)) <= 3


@pytest.mark.parametrize("place", [0, 500, 999])
def test_of_fifty_tenants_none_waits_for_more_than_two_deaths_but_the_killers_neighbours(
    place: int,
) -> None:
    world = World()
    ids = [world.send(n, f"t{n % 50:02d}", KILLER if n == place else f"u{n}") for n in range(1_000)]
    killer = ids.pop(place)

    world.run()

    deliveries = world.queue.deliveries_of(ids)
    assert world.queue.dead == [killer]
    assert max(deliveries) <= 4
    assert sum(count for number, count in deliveries.items() if number > 3) <= 100


def test_a_killer_among_messages_that_failed_for_an_hour_is_found_too() -> None:
    world = World()
    world.directory.away_until = NOW + 3_600_000
    world.dies_from = NOW + 3_600_000
    ids = [world.send(n, f"t{n % 5}", KILLER if n == 33 else "ann") for n in range(100)]
    killer = ids.pop(33)

    world.run()

    assert world.queue.dead == [killer]
    assert len(world.queue.done_at) == 99


def test_two_that_kill_are_both_found() -> None:
    world = World()
    ids = [world.send(n, user=KILLER if n in (2, 7) else "ann") for n in range(10)]

    world.run()

    assert sorted(world.queue.dead) == [ids[2], ids[7]]


def test_a_killer_that_is_known_takes_no_fresh_message_along() -> None:
    """Each time that it comes, ten new messages of its tenant are in the same batch."""
    world = World()
    killer = world.send(0, user=KILLER)
    world.queue.turn(world.match)
    fresh: list[str] = []

    while killer in world.queue.waiting:
        world.queue.wait_for(world.queue.waiting[killer].visible)
        fresh += [world.send(1 + len(fresh)) for _ in range(10)]
        world.queue.turn(world.match)

    assert world.queue.dead == [killer]
    assert world.queue.deliveries_of(fresh) == {1: len(fresh)}


def test_an_hour_of_refusals_ends_with_nothing_dead_and_no_message_worked_alone() -> None:
    world = World()
    world.directory.away_until = NOW + 3_600_000
    ids = [world.send(n, f"t{n % 50:02d}") for n in range(1_000)]

    world.run()

    assert world.queue.dead == []
    assert len(world.queue.done_at) == len(ids)
    assert len(world.lake) <= 200


def test_the_harness_catches_redelivered_messages_that_are_grouped_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(suspects, "told_apart", lambda records, _: (records, []))
    world = World()
    for n in range(10):
        world.send(n, user=KILLER if n == 4 else "ann")

    world.run()

    assert len(world.queue.dead) == 10


def test_the_harness_catches_suspects_that_leave_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes.FakeSuspects, "begin", lambda *_: "")
    monkeypatch.setattr(fakes.FakeSuspects, "end", lambda *_: None)
    world = World()
    for n in range(10):
        world.send(n, user=KILLER if n == 4 else "ann")

    world.run()

    assert len(world.queue.dead) > 1


def test_the_harness_catches_what_is_done_and_left_in_flight_beside_a_suspect(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outcomes.Outcomes, "settle", lambda _: None)
    world = World()
    for n in range(10):
        world.send(n, user=KILLER if n == 9 else "ann")

    world.run()

    assert max(world.queue.done_at.values(), default=99) > 3
