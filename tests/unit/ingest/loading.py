"""The inbox, the queues and the batches of one tenant, in memory, and `load` over them."""

from collections.abc import Callable, Iterator

import msgspec

from tests import fakes
from waypost.ingest import file_loader
from waypost.ingest.batches import BatchRecord
from waypost.ingest.messages import Message
from waypost.ingest.ports import LoadStores
from waypost.tenants import Tenant

NOW = 1_800_000_000_000
KEY = "drops/t1/march/week 1.csv"
HEADER = "externalId,companyExternalId,action,date"
ROWS = [f"ann,acme,Logged in,2027-01-14T0{n}:00:00Z" for n in range(3)]
BAD = "ann,acme,Logged in,yesterday"


class Loader:
    """The inbox, the queues and the batches of one tenant, and `load` over them."""

    def __init__(self, tenant: Tenant | None = None) -> None:
        self.outbox, self.jobs, self.rows = fakes.FakeOutbox(), fakes.FakeOutbox(), fakes.FakeRows()
        self.inbox, self.batches = fakes.FakeInbox(), fakes.FakeBatches()
        self.tenants = fakes.FakeTenants(t1=tenant or Tenant("t1"))
        self.stores = LoadStores(
            self.tenants, self.inbox, self.batches, self.outbox, self.rows, self.jobs
        )

    def put(self, *lines: str, key: str = KEY) -> str:
        """A file of rows in the inbox; the body of the queue message that tells of it."""
        return self.put_bytes("\n".join([HEADER, *lines, ""]).encode(), key)

    def put_bytes(self, data: bytes, key: str = KEY) -> str:
        return put_event(key, self.inbox.put(key, data))

    def load(self, *bodies: str, remaining_ms: Callable[[], int] = lambda: 900_000) -> list[str]:
        """Loads files; the messages, which are called m0, m1, …, that have to come again."""
        records = [{"messageId": f"m{n}", "body": body} for n, body in enumerate(bodies)]
        return file_loader.load_all(records, stores=self.stores, remaining_ms=remaining_ms)

    def go_on(self, remaining_ms: Callable[[], int] = lambda: 900_000) -> int:
        """Loads what each call left over, until nothing is; the number of calls."""
        calls = 0
        while self.jobs.sent:
            calls += 1
            self.load(self.jobs.sent.pop(0)[1], remaining_ms=remaining_ms)
        return calls

    def record(self) -> BatchRecord:
        (record,) = self.batches.records.values()
        return record

    def messages(self) -> list[Message]:
        return [self.outbox.read(body) for _, body in self.outbox.sent]

    def ids(self) -> list[list[str]]:
        """The event ids of each part, by the part's number."""
        parts = {
            message.part: [event.id for event in message.events] for message in self.messages()
        }
        return [parts[number] for number in sorted(parts)]


def put_event(key: str, etag: str = "", time: str = "2027-01-15T08:00:00Z") -> str:
    """What EventBridge says of an object that was put into the inbox bucket."""
    told = {"time": time, "detail": {"object": {"key": key, "etag": etag}}}
    return msgspec.json.encode(told).decode()


def never_enough() -> int:
    """Time for one part and no more."""
    return 59_999


def many(count: int) -> Iterator[str]:
    """Rows of which many are twins: 7 users at 5 moments."""
    for n in range(count):
        yield f"u{n % 7},acme,Logged in,2027-01-14T0{n % 5}:00:00Z"
