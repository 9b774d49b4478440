"""Doors of several tenants, what they queue for `match`, and `match` over it, in memory."""

from tests import fakes
from waypost.errors import Unavailable
from waypost.event import Batch, Event
from waypost.ingest import intake, worker
from waypost.ingest.ports import MatchQueues, MatchStores
from waypost.ingest.queue_records import Record
from waypost.ingest.reception import Reception
from waypost.lake import records as lake
from waypost.profiles.view import View
from waypost.tenants import Tenant

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
        self.clock, self.directory = fakes.FixedClock(NOW), Directory()
        self.stores = MatchStores(
            directory=self.directory,
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


def hours_later(some: Record) -> Record:
    """The same record as it comes back when the function that had it ended without a word."""
    first = {"ApproximateFirstReceiveTimestamp": str(NOW - HOUR_MS)}
    return {**some, "attributes": {**again(some)["attributes"], **first}}
