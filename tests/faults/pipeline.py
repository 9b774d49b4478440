"""One tenant's way through Waypost: door, queue, match, hourly run."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

from tests import fakes
from tests.fakes import FakeInbox, FakeTenants, FixedClock
from tests.faults.killers import Killer, mortal, survives
from tests.unit.lake.folding import Lake
from waypost import times
from waypost.event import Batch, Event, Reject
from waypost.ingest import intake, matching
from waypost.ingest.matching import Work
from waypost.ingest.messages import Message
from waypost.ingest.ports import MatchStores
from waypost.ingest.reception import Receipt, Reception
from waypost.lake import hourly_run, records
from waypost.lake.ports import FoldStores
from waypost.tenants import Tenant

NOW = 1_800_000_000_000  # 2027-01-15T08:00Z
HOUR_MS = 3_600_000
VISIBILITY_MS = 1_020_000
SOURCE = "test"


Accept = Callable[..., Receipt]
Run = Callable[..., object]
Effect = Callable[[], object]


class Pipeline:
    """Doors, queue, `match` and the hourly run of one tenant, on stores in memory."""

    def __init__(self, accept: Accept = intake.accept, run: Run = hourly_run.run) -> None:
        self.tenant = Tenant("t1")
        self.clock = FixedClock(NOW)
        self.outbox, self.rows = fakes.FakeOutbox(), fakes.FakeRows()
        self.lake = fakes.FakeLake()
        self._folded = Lake(lake=self.lake, clock=self.clock)
        self.ledger, self.feed = fakes.FakeLedger(), fakes.FakeFeed()
        self.directory, self.batches = fakes.FakeDirectory(), fakes.FakeBatches()
        self.schemas = fakes.FakeSchemas()
        self._accept, self._run = accept, run
        self._requests = self._delivered = self._runs = 0

    def request(self, batch: Batch, killer: Killer | None = None, *, stream: bool = False) -> bool:
        """One request with a body; whether its sender saw a 2xx."""
        self._requests += 1
        id = f"request-{self._requests}"
        now, receipt = self.clock.now, f"{self.clock.now:015d}-{id}"
        reception = Reception(self.tenant, receipt, SOURCE, now, receipt if stream else None)
        outbox, rows = mortal(killer, self.outbox, self.rows)
        identifier = intake.identifier(reception, id)
        return survives(
            lambda: self._accept(batch, reception, identifier, outbox=outbox, rows=rows)
        )

    def deliver(self, killer: Killer | None = None, *, meanwhile: Effect = lambda: None) -> bool:
        """SQS hands `match` all that waits; where that dies, each message again, alone."""
        waiting = range(self._delivered, len(self.outbox.sent))
        self._delivered = len(self.outbox.sent)
        if not waiting or survives(lambda: self._match(waiting, killer)):
            return True
        self.clock.tick(VISIBILITY_MS)
        meanwhile()
        for number in waiting:
            self._match([number], None, repeated=True)
        return False

    def _match(self, numbers: Any, killer: Killer | None, *, repeated: bool = False) -> None:
        messages = [self.outbox.read(self.outbox.sent[number][1]) for number in numbers]
        work = Work(self.tenant, messages, repeated)
        matching.match(work, stores=self._match_stores(killer), now=self.clock.now)

    def _match_stores(self, killer: Killer | None) -> MatchStores:
        # Below the directory, where a change is many calls.
        table = mortal(killer, self.directory.table)[0]
        directory = fakes.FakeDirectory(table)
        others = (self.rows, self.ledger, self.feed, self.lake, self.batches)
        tenants, inbox = FakeTenants(t1=self.tenant), FakeInbox(self.outbox.chunks)
        return MatchStores(directory, *mortal(killer, *others, self.schemas, tenants, inbox))

    def aggregate(self, killer: Killer | None = None) -> bool:
        """One run of the hourly job; whether it lived to its end."""
        own = self.lake, self._folded.manifests, self.schemas
        lake, manifests, schemas = mortal(killer, *own)
        stores = FoldStores(lake, manifests, schemas, self.clock)
        self._runs += 1
        name = f"run{self._runs}"
        run = partial(self._run, self.tenant.id, name=name, remaining_ms=lambda: 900_000)
        return survives(lambda: run(stores=stores))

    def settle(self) -> "Pipeline":
        """Everything that AWS still does: the queue runs empty, the next hourly run comes."""
        self.deliver()
        self.clock.tick(HOUR_MS)
        self.aggregate()
        return self

    def messages(self) -> list[Message]:
        """What reached the queue: whatever is in here was received."""
        return [self.outbox.read(body) for _, body in self.outbox.sent]

    def unlanded_parts(self) -> list[str]:
        """The receipts of parts that are counted, and of which nothing lies in the lake."""
        listed = self.lake.landing(self.tenant.id, "")
        landed = {
            record.receipt
            for landing in listed
            for record in records.unpack(self.lake.objects[landing.key])
        }
        return [receipt for _, receipt, _ in self.batches.parts if receipt not in landed]

    def published(self) -> Counter[tuple[str, str | None, str]]:
        """(day, action, company) → events, as the lake's rows of activity add up."""
        numbers: Counter[tuple[str, str | None, str]] = Counter()
        for time, action, company, count in self._folded.rows(
            "context", "time, action, company_id, count"
        ):
            numbers[times.day(time), action, company or ""] += count
        return numbers

    def totals(self) -> dict[str, int]:
        """The accounting identity, once nothing waits any more."""
        return self._folded.totals()

    def archived(self) -> list[str]:
        """The event ids in the lake's files, each as often as it stands there."""
        return sorted(str(id) for (id,) in self._folded.rows("events", "id"))


def event(n: int, action: str, *, time: int = NOW, **fields: str | None) -> Event:
    who: dict[str, Any] = {"external_id": "ann", "company_id": "acme"} | fields
    return Event(n=n, action=action, time=time, **who)


def half_published(run: Callable[..., object] | None = None) -> Pipeline:
    """A day that is published, then events of that hour, the next, a day before, and resends."""
    pipeline = Pipeline(run=run) if run else Pipeline()
    yesterday = NOW - 24 * HOUR_MS
    pipeline.request(Batch([event(n, f"a{n % 2}", time=NOW - n) for n in range(4)]))
    pipeline.deliver()
    pipeline.aggregate()
    pipeline.request(Batch([event(0, "a0"), event(1, "late", time=yesterday)]))
    pipeline.deliver()
    pipeline.clock.tick(HOUR_MS)
    pipeline.request(
        Batch(
            [
                event(0, "late", time=yesterday),
                event(1, "b", company_id=None, external_id="nobody"),
            ],
            [Reject(2, "bad", "why")],
        )
    )
    pipeline.deliver()
    return pipeline


def wrong(pipeline: Pipeline) -> list[str]:
    """What of the accounting does not add up, once everything has settled."""
    totals, published = pipeline.totals(), pipeline.published()
    received = sum(Batch(sent.events, sent.rejects).received for sent in pipeline.messages())
    archived = pipeline.archived()
    checks = {
        "not everything received is accounted for": totals["received"] == received,
        "numbers are not the stored events": published.total() == totals["stored"],
        "an event is in the lake twice": len(archived) == len(set(archived)),
        "the lake is not what is counted": len(archived) == totals["stored"],
        "numbers are not a recount": published == recount(pipeline),
    }
    return [problem for problem, holds in checks.items() if not holds]


def recount(pipeline: Pipeline) -> Counter[tuple[str, str | None, str]]:
    """The numbers from the landed records alone, in plain Python: the oracle."""
    first: dict[str, records.Landed] = {}
    for landed in pipeline.lake.landing(pipeline.tenant.id, ""):
        for record in records.unpack(pipeline.lake.objects[landed.key]):
            if record.id and record.code is None and record.kind is None:
                first.setdefault(record.id, record)
    numbers: Counter[tuple[str, str | None, str]] = Counter()
    for record in first.values():
        numbers[times.day(record.time), record.action, record.company_id or ""] += record.count
    return numbers
