"""
A model check of the identity store: the store itself, on a table whose every call is a step.

Workers match events of the same people at once. A schedule says after how many steps one stands
still and another goes on, or dies and is delivered again; all schedules with two such switches are
tried (Musuvathi and Qadeer, "Iterative context bounding", PLDI 2007: nearly every race shows
itself in two). Whatever happened in between, the end must be one that the same batches lead to one
after the other, in some order; and what landed of people must be what the directory says of them.
"""

from collections.abc import Iterator, Mapping
from itertools import permutations
from typing import Any, NamedTuple

from tests import effort, fakes
from tests.faults.identity_workers import MOST_STEPS, NOW, TENANT, Directory, Stores, Worker
from tests.faults.landed_people import differing
from waypost.errors import Unavailable
from waypost.event import Event
from waypost.profiles.directory import User, identity_key, user_keys
from waypost.storage.identities import Known

Fields = Mapping[str, Any]


class Person(NamedTuple):
    """Somebody, by the keys that lead there. `agrees`: what stands beside the record says so too,
    namely the account that the e-mail tells.
    """

    keys: frozenset[str]
    external_id: str | None = None
    email: str | None = None
    account: str | None = None
    agrees: bool = True


class Schedule(NamedTuple):
    """Worker `a` makes `first` steps, `b` makes `second`; then `a` goes on, or has died there."""

    a: int
    b: int
    first: int
    second: int
    dies: bool


class Check:
    """Batches of events, and everything that may become of them.

    `tells_again`: whoever is given a batch once more knows that it is not the first.
    """

    def __init__(
        self, *batches: list[Fields], known: list[Fields] | None = None, tells_again: bool = True
    ) -> None:
        self._batches = [_events(batch) for batch in batches]
        self._known = _events(known or [])
        self._tells_again = tells_again

    def orders(self) -> set[frozenset[Person]]:
        """The ends of the batches one after the other, in every order."""
        ends = set()
        for order in permutations(range(len(self._batches))):
            shared = self._begun()
            for number in order:
                self._worker(shared, number).advance(MOST_STEPS)
            ends.add(self._end(shared))
        return ends

    def wrong(self, directory: Directory = fakes.FakeDirectory) -> list[tuple[Schedule, object]]:
        """The schedules that end as no order does, with their ends."""
        allowed, wrong = self.orders(), []
        for schedule in effort.every(5, list(self._schedules(directory))):
            try:
                end: object = self._end(self._play(schedule, directory))
            except Unavailable as error:
                end = error  # a worker that loses for ever
            if end not in allowed:
                wrong.append((schedule, end))
        return wrong

    def _worker(
        self,
        shared: Stores,
        number: int,
        directory: Directory = fakes.FakeDirectory,
        *,
        again: bool = False,
    ) -> Worker:
        repeated = again and self._tells_again
        return Worker(shared, self._batches[number], directory, repeated=repeated)

    def _begun(self) -> Stores:
        shared = Stores()
        for event in self._known:
            Worker(shared, [event]).advance(MOST_STEPS)
        return shared

    def _schedules(self, directory: Directory) -> Iterator[Schedule]:
        for a, b in permutations(range(len(self._batches)), 2):
            for first in range(self._steps(a, directory)):
                for second in range(self._steps(b, directory)):
                    yield Schedule(a, b, first, second, dies=False)
                    yield Schedule(a, b, first, second, dies=True)

    def _steps(self, number: int, directory: Directory) -> int:
        alone = self._worker(self._begun(), number, directory)
        alone.advance(MOST_STEPS)
        # A worker that meets another makes more steps than alone, as it decides again.
        return alone.steps + 6

    def _play(self, schedule: Schedule, directory: Directory) -> Stores:
        shared = self._begun()
        workers = [self._worker(shared, n, directory) for n in range(len(self._batches))]
        first, second = workers[schedule.a], workers[schedule.b]
        first.advance(schedule.first)
        second.advance(schedule.second)
        if schedule.dies:
            first.kill()
            first = self._worker(shared, schedule.a, directory, again=True)
        for worker in (first, second, *workers):
            worker.advance(MOST_STEPS)
        return shared

    def _end(self, shared: Stores) -> frozenset[Person]:
        """Everybody, also those whom no key leads to; keys that lead to nobody; and whoever is
        another in the lake than here.
        """
        directory, lake = fakes.FakeDirectory(), fakes.FakeLake()
        directory.table.items, lake.objects = shared.items, shared.objects
        events = [event for batch in (*self._batches, self._known) for event in batch]
        keys = {key for event in events for key in user_keys(event)}
        directory.identities.know(TENANT)
        known = directory.identities.read(TENANT.id, keys)
        everybody = directory.everybody
        people = {_person(user, known) for user in everybody if user.merged_into is None}
        lost = {key for key in known.pointers if known.at(key) is None}
        lost |= {f"landed {id}" for id in differing(lake, directory, TENANT.id)}
        return frozenset(people | {Person(frozenset({key}), agrees=False) for key in lost})


def _person(user: User, known: Known) -> Person:
    keys = frozenset(key for key, at in known.pointers.items() if at.user == user.id)
    agrees = True
    mail = known.pointers.get(identity_key("e", user.email)) if user.email else None
    if mail is not None and mail.user == user.id and user.account_at >= 0:
        agrees = mail.account == user.account_id
    return Person(keys, user.external_id, user.email, user.account_id, agrees)


def _events(batch: list[Fields]) -> list[Event]:
    return [
        Event(id=f"e{n}", n=n, **{"time": NOW, "action": "Did", **fields})
        for n, fields in enumerate(batch)
    ]
