"""A file's way in, on stores in memory: announced, loaded in one call or in several, matched."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from tests.fakes import FakeInbox, FakeOutbox, FakeTenants
from tests.faults.killers import Killer, mortal, survives
from tests.faults.pipeline import Effect, Pipeline
from waypost.ingest import file_loader
from waypost.ingest.ports import LoadStores

KEY = "drops/t1/week.csv"
# Small enough for every point of a file of three parts, and above what rides in the queue itself.
FRAME = 30
HEADER = "externalId,companyExternalId,action,date"
BAD = "ann,acme,Logged in,yesterday"


@dataclass
class Meeting:
    """Passes every store call on; at the `at`-th one, something else happens first."""

    at: int
    effect: Effect
    calls: int = 0

    def __call__(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls - 1 == self.at:
            self.effect()
        return call(*args, **named)


class Loads(Pipeline):
    """`load` in front of the pipeline of one tenant, and a file of three parts."""

    def __init__(self) -> None:
        super().__init__()
        self.inbox, self.jobs = FakeInbox(), FakeOutbox()
        self.told = self._drop()

    def _drop(self) -> str:
        rows = "\n".join([HEADER, *_rows(2 * FRAME + 1), BAD, ""])
        told = {"key": KEY, "etag": self.inbox.put(KEY, rows.encode())}
        event = {"time": "2027-01-15T08:00:00Z", "detail": {"object": told}}
        return msgspec.json.encode(event).decode()

    def load(
        self, killer: Killer | Meeting | None = None, *, stretches: int = 9, times: int = 1
    ) -> int:
        """The queue of `load` until it is empty, told of the file so many `times`; the calls.

        Each call has time for so many `stretches`. One that dies has its message again.
        """
        waiting, calls = [self.told] * times, 0
        while waiting:
            calls += 1
            call = partial(self._call, waiting[0], killer if calls == 1 else None, stretches)
            if survives(call):
                waiting.pop(0)
            waiting += [body for _, body in self.jobs.sent]
            self.jobs.sent.clear()
        return calls

    def _call(self, body: str, killer: Any, stretches: int) -> None:
        left = iter([900_000] * (stretches - 1))
        stores = (self.inbox, self.batches, self.outbox, self.rows, self.jobs)
        failed = file_loader.load_all(
            [{"messageId": "m", "body": body}],
            stores=LoadStores(FakeTenants(t1=self.tenant), *mortal(killer, *stores)),
            remaining_ms=lambda: next(left, 0),
        )
        assert failed == []

    def match_each(self) -> "Loads":
        """Every message that `load` queued, alone, as often as it was queued."""
        for number in range(len(self.outbox.sent)):
            self._match([number], None)
        return self

    def outcome(self) -> dict[str, object]:
        """What is left of the file, whoever loaded it: record, messages, parts, counts."""
        landed = self.lake.landing(self.tenant.id, "")
        return {
            "records": sorted(map(str, self.batches.records.values())),
            "messages": sorted({msgspec.json.encode(message) for message in self.messages()}),
            "parts": sorted(map(str, self.batches.parts.items())),
            "landed": sorted((landing.name, str(landing.counts)) for landing in landed),
            "rows": len(self.rows),
        }


def _rows(count: int) -> Iterator[str]:
    """Rows of which many are twins: 7 users at 2 moments."""
    for n in range(count):
        yield f"u{n % 7},acme,Logged in,2027-01-14T0{n % 2}:00:00Z"
