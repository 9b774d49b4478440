"""Workers that match one batch each, on one table, and go on only as far as they are let."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Semaphore, Thread
from typing import Any

from tests import fakes
from tests.fakes.seconds import no_wait
from waypost.event import Event
from waypost.ingest import matching
from waypost.ingest.matching import Work
from waypost.ingest.messages import Message
from waypost.ingest.ports import MatchStores
from waypost.storage.items import Item
from waypost.storage.statements import Write
from waypost.tenants import Tenant

TENANT = Tenant("t1", secret=b"known to this tenant alone")
NOW = 1_800_000_000_000
Directory = Callable[["SteppedTable"], fakes.FakeDirectory]
Items = dict[tuple[str, str], Item]
MOST_STEPS = 10_000


class Killed(BaseException):
    """The end of a worker's process."""


class SteppedTable(fakes.MemoryTable):
    """Items that all workers share; `step` is waited for before each read and each write."""

    def __init__(self, items: Items, step: Callable[[], None]) -> None:
        super().__init__()
        self.items = items
        self.step = step

    def get(self, pk: str, sk: str) -> Item | None:
        self.step()
        return super().get(pk, sk)

    def get_many(self, keys: list[tuple[str, str]], fields: str | None = None) -> Iterator[Item]:
        self.step()
        # All at once: what is handed out bit by bit must not change while it is.
        return iter(list(super().get_many(keys, fields)))

    def query(self, pk: str, **how: Any) -> Iterator[Item]:
        self.step()
        return iter(list(super().query(pk, **how)))

    def put_many(self, items: list[Item]) -> None:
        for item in items:
            self.step()
            self.put(item)

    def delete_many(self, keys: list[tuple[str, str]]) -> None:
        for key in keys:
            self.step()
            super().delete_many([key])

    def put_together(self, writes: list[Write]) -> bool:
        self.step()
        return super().put_together(writes)

    def put_each(self, writes: list[Write]) -> list[bool]:
        done = []
        for item, seen in writes:
            self.step()
            done += [self._put(item, seen)]
        return done


class SteppedLake(fakes.FakeLake):
    """Objects that all workers share; `step` is waited for before each write."""

    def __init__(self, objects: dict[str, bytes], step: Callable[[], None]) -> None:
        super().__init__()
        self.objects = objects
        self.step = step

    def put_changes(self, *args: Any, **named: Any) -> None:
        self.step()
        super().put_changes(*args, **named)

    def put_landing(self, *args: Any) -> None:
        self.step()
        super().put_landing(*args)


@dataclass
class Stores:
    """What all workers share: the items of the directory, and the objects of the lake."""

    items: Items = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)


class Worker:
    """One `match` of one batch, which goes on only as far as it is let."""

    def __init__(
        self,
        shared: Stores,
        events: list[Event],
        directory: Directory = fakes.FakeDirectory,
        *,
        repeated: bool = False,
    ) -> None:
        self._go, self._stands = Semaphore(0), Semaphore(0)
        self._left = 0
        self.steps, self.ended, self._dies = 0, False, False
        self.failure: Exception | None = None
        self._directory = directory(SteppedTable(shared.items, self._step))
        self._lake = SteppedLake(shared.objects, self._step)
        self._work = Work(TENANT, [Message("t1", f"r{id(events)}", "test", NOW, events)], repeated)
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def _step(self) -> None:
        if self._left == 0:
            self._stands.release()
            self._go.acquire()
        if self._dies:
            raise Killed
        self._left -= 1
        self.steps += 1

    def _run(self) -> None:
        self._go.acquire()
        try:
            matching.match(self._work, stores=_stores(self._directory, self._lake), now=NOW)
        except Killed:
            pass
        except Exception as error:
            self.failure = error
        self.ended = True
        self._stands.release()

    def advance(self, steps: int) -> None:
        """Lets it make some steps, or fewer where it ends before."""
        if not self.ended and steps:
            self._left = steps
            self._go.release()
            assert self._stands.acquire(timeout=30), "a worker waits for nobody"
            if self.failure:
                raise self.failure

    def kill(self) -> None:
        self._dies = True
        self.advance(1)


def _stores(directory: fakes.FakeDirectory, lake: fakes.FakeLake) -> MatchStores:
    return MatchStores(
        directory,
        fakes.FakeRows(),
        fakes.FakeLedger(),
        fakes.FakeFeed(),
        lake,
        fakes.FakeBatches(),
        fakes.FakeSchemas(),
        fakes.FakeTenants(),
        fakes.FakeInbox(),
        no_wait(),
    )
