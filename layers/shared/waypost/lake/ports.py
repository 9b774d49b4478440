"""What the hourly runs need of the stores; the real ones and the fakes both fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from waypost.lake.last_seen import Month, Presence
    from waypost.lake.manifests import Manifest
    from waypost.lake.months import Head
    from waypost.lake.months import Month as NewMonth
    from waypost.lake.records import LandingObject, ParquetObject
    from waypost.lake.rollups import RollupRow
    from waypost.lake.runs import RunRecord
    from waypost.tenants import Tenant


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

    def publish(self, tenant: str, manifest: Manifest, rows: list[RollupRow]) -> bool: ...

    def cube(self, tenant: str, manifest: Manifest) -> Iterator[RollupRow]: ...

    def months(self, tenant: str) -> list[Month]: ...

    def publish_month(self, tenant: str, month: Month, folded: Presence, run: str) -> None: ...


class LakeReads(Protocol):
    """The lake's objects, as a question needs them; see `waypost.storage.lake_bucket`."""

    def landing(self, tenant: str, hour: str) -> list[LandingObject]:
        """What landed of events from an hour on."""

    def changes(self, tenant: str, hour: str) -> list[LandingObject]:
        """What landed of people from an hour on."""

    def fetch(self, key: str, path: Path) -> Path:
        """Downloads an object. Raises `Gone` where it is no longer there."""

    def fetch_range(self, key: str, start: int, end: int) -> bytes:
        """The bytes of an object from `start` to one before `end`. Raises `Gone` as `fetch`."""


class ManifestReads(Protocol):
    """Which files are the lake, and what was read; see `waypost.storage.manifests_table`."""

    def months(
        self, tenant: str, first: str | None = None, last: str | None = None
    ) -> list[NewMonth]: ...

    def head(self, tenant: str) -> Head: ...

    def mark(
        self, tenant: str, landed: Literal["landing", "changes"] = "landing"
    ) -> tuple[str, frozenset[bytes]]: ...


class TenantReader(Protocol):
    def every(self) -> list[Tenant]: ...


class RunStore(Protocol):
    """Records of runs; see `waypost.storage.runs_table`."""

    def put(self, tenant: str, record: RunRecord) -> None: ...


class RunQueue(Protocol):
    """The queue to the aggregate function."""

    def send(self, tenant: str, messages: list[bytes]) -> None: ...


@dataclass(frozen=True, slots=True)
class AggregateStores:
    """What the hourly job reads and writes."""

    lake: LakeStore
    metrics: MetricsStore
