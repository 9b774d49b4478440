"""What doors, loading and matching need of the stores; the real ones and the fakes both fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, field

from waypost.deadline import Deadline
from waypost.profiles.ports import ChangeLog

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from waypost.event import Event, Reject
    from waypost.ingest.arrivals import First, RowKey, Standing
    from waypost.ingest.batches import BatchRecord, PartRecord
    from waypost.ingest.messages import Message, Pointer
    from waypost.ingest.queue_records import Record
    from waypost.ingest.schema import Schema
    from waypost.lake.records import Landed
    from waypost.profiles.ports import DirectoryStore, Grants
    from waypost.tenants import Tenant, Tenants


class Outbox(Protocol):
    """The durable way from a door to `match`. When a call returns, nothing can be lost."""

    def send(self, tenant: str, messages: list[bytes] | list[Pointer]) -> None:
        """Queues every message, or raises `Unavailable`."""

    def put_chunk(self, key: str, data: bytes) -> None:
        """Stores one chunk object in the inbox bucket, or raises `Unavailable`."""


class Rows(Protocol):
    def put_first(self, tenant: Tenant, event: Event, line: bytes, receipt: str) -> bool:
        """Writes an event's row where none stands; False where one does (the first write wins)."""


class Chunks(Protocol):
    def read_chunk(self, pointer: Pointer) -> Message:
        """The message that a pointer points at: one frame of a chunk object."""


class Files(Protocol):
    def open(self, key: str, etag: str) -> tuple[BinaryIO, int]:
        """A file as a readable stream, and its size in bytes.

        Raises `NotFound`, with a reason of `batches`, where that very file is there no more.
        """

    def beside(self, key: str, size: int) -> bytes | None:
        """The first bytes of an object; None where there is none."""


class Jobs(Protocol):
    def send(self, tenant: str, messages: list[bytes]) -> None:
        """Queues what is left of a file for the next call of `load`, or raises `Unavailable`."""


class BatchRecords(Protocol):
    def open(self, tenant: str, record: BatchRecord) -> BatchRecord:
        """Opens a batch for the record's object, or answers the one that stands there already.

        A door's batch, which waits for an object, takes the first that comes.
        """

    def put(self, tenant: str, record: BatchRecord) -> None:
        """Writes over what stands there."""


class StandingBatches(Protocol):
    def get(self, tenant: str, batch: str) -> BatchRecord | None:
        """The record of a batch, or None where it is unknown."""

    def put(self, tenant: str, record: BatchRecord) -> None:
        """Writes over what stands there."""


class EventRows(Protocol):
    def standing(self, tenant: Tenant, events: list[Event]) -> Standing:
        """What stands of these events, and under which time each came first."""

    def claim(
        self,
        tenant: Tenant,
        arrivals: list[tuple[str, Event]],
        known: Mapping[RowKey, First | None] | None = None,
    ) -> dict[str, First]:
        """By event id, its first arrival; writes the missing rows.

        An arrival is (receipt, event). Of two in one call the one that comes first in the list is
        first; whoever calls again under the same receipt and number is first again. What is `known`
        of rows (see `Standing`) is not looked for once more.
        """

    def replace(self, tenant: Tenant, arrivals: list[tuple[str, Event]]) -> None:
        """Writes events' rows over those of earlier receptions, or of the same ones."""


class Ledger(Protocol):
    def put(self, tenant: Tenant, message: Message, rejects: list[Reject]) -> None:
        """Keeps the rejects of one message, with their bytes and places."""


class Feed(Protocol):
    def put(self, tenant: Tenant, records: list[Landed], now: int, names: list[str]) -> None:
        """Adds records to the live feed, in packed items."""


class Landing(ChangeLog, Protocol):
    def announce(self, tenants: list[str], now: int) -> None:
        """Notes that something is about to land for tenants, so that they get their hourly run."""

    def put_landing(
        self, tenant: str, records: list[Landed], now: int, names: list[str], counts: Counter[str]
    ) -> None:
        """Writes one landing object, named after the messages that it came from (`names`)."""


class ManyTenants(Protocol):
    def get_many(self, ids: set[str]) -> dict[str, Tenant]:
        """Those of the tenants that exist, as they stand now, by their ids."""


class Schemas(Protocol):
    def get(self, tenant: str, *, fresh: bool = False) -> Schema:
        """The types of a tenant's property keys, at most a minute old; `fresh`: read now."""

    def put(self, tenant: str, schema: Schema) -> bool:
        """Writes over the version that it was made from; False where that is gone already."""


class Parts(Protocol):
    def put_part(self, tenant: str, message: Message, part: PartRecord) -> None:
        """Notes what became of one message of a batch."""


class MatchStores(Struct, frozen=True):
    """Everything that `match` reads and writes, and until when it tries."""

    directory: DirectoryStore
    rows: EventRows
    ledger: Ledger
    feed: Feed
    lake: Landing
    batches: Parts
    schemas: Schemas
    tenants: ManyTenants
    inbox: Chunks
    deadline: Deadline = field(default_factory=Deadline)


class LoadStores(Struct, frozen=True):
    """Everything that `load` reads and writes: `outbox` leads to `match`, `jobs` to itself."""

    tenants: Tenants
    inbox: Files
    batches: BatchRecords
    outbox: Outbox
    rows: Rows
    jobs: Jobs


class Deliveries(Protocol):
    """Messages that a queue has handed over and keeps hidden. No call raises."""

    def hide(self, pauses: list[tuple[Record, int]]) -> None:
        """Each record becomes visible after so many seconds from now."""

    def delete(self, records: list[Record]) -> None:
        """Takes records that are done off their queue, before the function answers."""


class Suspects(Protocol):
    """Which messages were being worked when their function ended without a word."""

    def begin(self, ids: list[str]) -> str:
        """Notes that the messages of these ids are begun; the name of the note."""

    def end(self, mark: str) -> None:
        """The messages of that note did not end their function."""

    def begun(self) -> Counter[str]:
        """By message id, how often it was begun and not ended, within about a day."""


class MatchQueues(Struct, frozen=True):
    """What `match` says of the messages that it was handed, and what it remembers of them."""

    deliveries: Deliveries
    suspects: Suspects


class DoorOutbox(Outbox, Protocol):
    def presign(self, key: str, expires: int) -> str:
        """A URL for one PUT of up to 5 GB under a key of the inbox, good for `expires` seconds."""


class NewBatches(Protocol):
    def put(self, tenant: str, record: BatchRecord) -> None:
        """Writes a batch's record, over an earlier one of the same id."""


class DoorStores(Struct, frozen=True):
    """What a door reads to know its tenant, and writes to take a body."""

    tenants: Tenants
    tokens: Grants
    outbox: DoorOutbox
    rows: Rows
    batches: NewBatches


class SchemaStores(Struct, frozen=True):
    """What types are read from and written to. `clock` tells now in epoch ms."""

    schemas: Schemas
    clock: Callable[[], int]
    deadline: Deadline = field(default_factory=Deadline)
