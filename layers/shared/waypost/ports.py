"""What the middle needs from the rim, as protocols: the real stores and the fakes both fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator
    from pathlib import Path

    from waypost.batches import PartRecord
    from waypost.cubes import Row
    from waypost.dimensions import Point
    from waypost.directory import Change, Placement, User, View
    from waypost.envelope import Message, Pointer
    from waypost.event import Event, Reject
    from waypost.lake import FeedPage, Landed, LandingObject, ParquetObject
    from waypost.manifests import Manifest
    from waypost.models import Model
    from waypost.presence import Month, Presence
    from waypost.schema import Schema
    from waypost.tenants import Tenant


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

    def first_times(self, tenant: Tenant, events: list[Event]) -> dict[str, int]:
        """By event id, the time (epoch ms) under which an event with a message key came first."""

    def replace(self, tenant: Tenant, receipt: str, event: Event) -> None:
        """Writes an event's row over the one of an earlier reception, or of the same one."""


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


class Schemas(Protocol):
    def get(self, tenant: str, *, fresh: bool = False) -> Schema:
        """The types of a tenant's property keys, at most a minute old; `fresh`: read now."""

    def put(self, tenant: str, schema: Schema) -> bool:
        """Writes over the version that it was made from; False where that is gone already."""


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
    schemas: Schemas


class LakeStore(Protocol):
    """The archive, as the hourly job uses it; see `waypost.storage.lake_bucket`."""

    def landing(self, tenant: str, hour: str) -> list[LandingObject]: ...

    def parquet(self, tenant: str, day: str) -> list[ParquetObject]: ...

    def fetch(self, key: str, path: Path) -> Path: ...

    def put_parquet(
        self, tenant: str, kind: str, day: str, hour: str, path: Path, seen: str | None
    ) -> bool: ...


class MetricsStore(Protocol):
    """The published numbers; see `waypost.storage.metrics_table`."""

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


class PlacementReader(Protocol):
    def placements(self, tenant: str) -> list[Placement]:
        """The users of the last weeks who got an account after events of them were held."""


class DayReader(Protocol):
    def days_of(self, tenant: str, pointers: list[str]) -> set[str]:
        """The event days of a user's newest rows, by identity keys."""


@dataclass(frozen=True, slots=True)
class AggregateStores:
    """What the hourly job reads and writes."""

    lake: LakeStore
    metrics: MetricsStore
    directory: PlacementReader
    rows: DayReader


class FeedReader(Protocol):
    """Packed feeds; see `waypost.storage.events_table`."""

    def pages(
        self, tenant: str, account: str | None, *, after: str | None, before: str | None
    ) -> Iterator[FeedPage]: ...


class RowReader(Protocol):
    """Rows of a user; see `waypost.storage.events_table`."""

    def of_user(
        self, tenant: str, pointers: list[str], before: str | None, limit: int
    ) -> list[tuple[str, Event]]: ...


class ModelStore(Protocol):
    """Planhat's models in the directory; see `waypost.storage.models_table`."""

    def targets(self, tenant: str, pointers: set[str]) -> dict[str, str]:
        """By pointer, the id of the account or user that it leads to."""

    def view(
        self, model: Model, tenant: Tenant, events: list[Event], named: set[str]
    ) -> tuple[View, dict[str, User]]:
        """The part of the directory that these events need, and the users of these ids in it."""

    def commit(self, tenant: str, change: Change) -> None:
        """As a `DirectoryStore`."""

    def point(self, tenant: str, pointers: dict[str, str], gone: dict[str, str]) -> None:
        """Writes pointers, and deletes those of `gone` that still lead where they did."""

    def some(self, model: Model, tenant: str, ids: set[str]) -> list[Any]:
        """Those of the accounts or users that exist, in no order."""

    def every(self, model: Model, tenant: str, descending: bool) -> Iterator[Any]:
        """All accounts or users of a tenant, in the order of their `_id`s."""

    def remove(self, model: Model, tenant: str, thing: Any) -> None:
        """Forgets an account or user, and all that leads to it."""


class PointStore(Protocol):
    """Dimension data; see `waypost.storage.dimensions_table`."""

    def put(self, tenant: str, points: list[Point]) -> None:
        """Writes points, each over the one with its key and time."""

    def read(self, tenant: str, start: int, end: int) -> Iterator[Point]:
        """The points from `start` until before `end` (epoch ms), by time."""
