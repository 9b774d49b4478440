"""What the middle needs from the rim, as protocols: the real stores and the fakes both fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from waymark.batches import PartRecord
    from waymark.cubes import Row
    from waymark.directory import Change, View
    from waymark.envelope import Message, Pointer
    from waymark.event import Event, Reject
    from waymark.lake import FeedPage, Landed, LandingObject, ParquetObject
    from waymark.manifests import Manifest
    from waymark.presence import Month, Presence
    from waymark.tenants import Tenant


class Tenants(Protocol):
    def get(self, tenant: str) -> Tenant | None:
        """The tenant, or None where nobody has that id."""


class Outbox(Protocol):
    """The durable way from a door to `match`. When a call returns, nothing can be lost."""

    def send(self, tenant: str, messages: list[bytes] | list[Pointer]) -> None:
        """Queues every message, or raises `Unavailable`."""

    def put_chunk(self, key: str, data: bytes) -> None:
        """Stores one chunk object in the inbox bucket, or raises `Unavailable`."""


class Rows(Protocol):
    def put_first(self, tenant: Tenant, event: Event, line: bytes, receipt: str) -> bool:
        """Writes an event's row where none stands; False where one does (the first write wins)."""


class DirectoryConflict(Exception):
    """Another matching run wrote one of the same identities first; read again and decide again."""


class DirectoryStore(Protocol):
    def view(self, tenant: Tenant, events: list[Event]) -> View:
        """The part of the directory that these events need, read consistently."""

    def commit(self, tenant: str, change: Change) -> None:
        """Writes a change, or raises `DirectoryConflict`; writing it twice is harmless."""


class EventRows(Protocol):
    def claim(
        self, tenant: Tenant, arrivals: list[tuple[str, Event]]
    ) -> dict[str, tuple[str, int, str | None]]:
        """By event id, the (receipt, n, digest) of its first arrival; writes the missing rows."""

    def first_time(self, tenant: Tenant, event: Event) -> int:
        """The time (epoch ms) under which an event with a message key arrived first."""


class Ledger(Protocol):
    def put(self, tenant: Tenant, message: Message, rejects: list[Reject]) -> None:
        """Keeps the rejects of one message, with their bytes and places."""


class Feed(Protocol):
    def put(self, tenant: Tenant, records: list[Landed], now: int, ids: list[str]) -> None:
        """Adds records to the live feed and to the feeds of their accounts, in packed items."""


class Landing(Protocol):
    def put_landing(
        self, tenant: str, records: list[Landed], now: int, ids: list[str], counts: Counter[str]
    ) -> None:
        """Writes one landing object, named after the messages it came from."""


class Parts(Protocol):
    def put_part(self, tenant: str, message: Message, part: PartRecord) -> None:
        """Notes what became of one message of a batch."""


@dataclass(frozen=True, slots=True)
class MatchStores:
    """Everything that `match` writes to."""

    directory: DirectoryStore
    rows: EventRows
    ledger: Ledger
    feed: Feed
    lake: Landing
    batches: Parts


class LakeStore(Protocol):
    """The archive, as the hourly job uses it; see `waymark.storage.lake_bucket`."""

    def landing(self, tenant: str, hour: str) -> list[LandingObject]: ...

    def parquet(self, tenant: str, day: str) -> list[ParquetObject]: ...

    def fetch(self, key: str, path: Path) -> Path: ...

    def put_parquet(
        self, tenant: str, kind: str, day: str, hour: str, path: Path, seen: str | None
    ) -> bool: ...


class MetricsStore(Protocol):
    """The published numbers; see `waymark.storage.metrics_table`."""

    def watermark(self, tenant: str) -> tuple[str, frozenset[bytes]]: ...

    def put_watermark(self, tenant: str, hour: str, done: frozenset[bytes]) -> None: ...

    def manifests(
        self, tenant: str, first: str | None = None, last: str | None = None
    ) -> list[Manifest]: ...

    def claim(
        self, tenant: str, manifest: Manifest, run: str, hours: set[str]
    ) -> Manifest | None: ...

    def publish(self, tenant: str, manifest: Manifest, rows: list[Row]) -> bool: ...

    def cube(self, tenant: str, manifest: Manifest) -> Iterator[Row]: ...

    def months(self, tenant: str) -> list[Month]: ...

    def publish_month(self, tenant: str, month: Month, folded: Presence, run: str) -> None: ...


@dataclass(frozen=True, slots=True)
class AggregateStores:
    """What the hourly job reads and writes."""

    lake: LakeStore
    metrics: MetricsStore


class FeedReader(Protocol):
    """Packed feeds; see `waymark.storage.events_table`."""

    def pages(
        self, tenant: str, account: str | None, *, after: str | None, before: str | None
    ) -> Iterator[FeedPage]: ...


class RowReader(Protocol):
    """Rows of a user; see `waymark.storage.events_table`."""

    def of_user(
        self, tenant: str, pointers: list[str], before: str | None, limit: int
    ) -> list[tuple[str, Event]]: ...
