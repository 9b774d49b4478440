"""What the hourly runs need of the stores; the real ones and the fakes both fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from waypost.lake.months import Head, Month
    from waypost.lake.records import LandingObject
    from waypost.lake.runs import RunRecord
    from waypost.tenants import Tenant


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
    ) -> list[Month]: ...

    def head(self, tenant: str) -> Head: ...

    def mark(
        self, tenant: str, landed: Literal["landing", "changes"] = "landing"
    ) -> tuple[str, frozenset[bytes]]: ...


class TenantReader(Protocol):
    def every(self) -> list[Tenant]: ...


class LandedReader(Protocol):
    def since(self, hours: Iterable[str]) -> list[str]:
        """The tenants that something landed for in some hours, each once."""


class RunStore(Protocol):
    """Records of runs; see `waypost.storage.runs_table`."""

    def put(self, tenant: str, record: RunRecord) -> None: ...


class RunQueue(Protocol):
    """The queue to the aggregate function."""

    def send(self, tenant: str, messages: list[bytes]) -> None: ...


class LakeFiles(Protocol):
    """The lake's objects, as a run needs them; see `waypost.storage.lake_bucket`."""

    def landing(self, tenant: str, hour: str) -> list[LandingObject]:
        """What landed of events from an hour (`YYYY-MM-DDTHH`) on."""

    def changes(self, tenant: str, hour: str) -> list[LandingObject]:
        """What landed of people from an hour on."""

    def of_month(self, tenant: str, month: str) -> list[str]:
        """The keys of all files of a month, whether a manifest names them or not."""

    def of_head(self, tenant: str) -> list[str]:
        """The keys of all files of the tables that span all time, as `of_month`."""

    def fetch(self, key: str, path: Path) -> Path:
        """Downloads an object. Raises `Gone` where it is no longer there."""

    def put_file(self, key: str, path: Path) -> int:
        """Uploads a local file; its size in bytes."""

    def delete(self, keys: Iterable[str]) -> None:
        """Deletes objects, whether they are there or not."""


class Manifests(Protocol):
    """Months, the head, and marks; see `waypost.storage.manifests_table`."""

    def months(self, tenant: str, first: str | None = None, last: str | None = None) -> list[Month]:
        """The months of a tenant, by month; `first` and `last` are inclusive."""

    def months_of(self, tenant: str, names: Iterable[str]) -> dict[str, Month]:
        """These months; one that nobody has put yet is an empty one."""

    def put_month(self, tenant: str, month: Month) -> bool:
        """Puts a month over the version before its own; False where another stands there now."""

    def head(self, tenant: str) -> Head: ...

    def put_head(self, tenant: str, head: Head) -> bool:
        """As `put_month`."""

    def todo(self, tenant: str) -> list[str]:
        """The months that may hold staged rows, or files that a killed run left."""

    def put_todo(self, tenant: str, names: Iterable[str]) -> None: ...

    def end_todo(self, tenant: str, names: Iterable[str]) -> None: ...

    def mark(
        self, tenant: str, landed: Literal["landing", "changes"] = "landing"
    ) -> tuple[str, frozenset[bytes]]:
        """The first hour that may hold unread objects, and which of them are read."""

    def put_mark(
        self,
        tenant: str,
        hour: str,
        done: frozenset[bytes],
        landed: Literal["landing", "changes"] = "landing",
    ) -> None:
        """Remembers what is read."""


class KeyTypes(Protocol):
    @property
    def types(self) -> dict[str, str]:
        """The types of the tenant's property keys."""


class SchemaReader(Protocol):
    def get(self, tenant: str) -> KeyTypes: ...


@dataclass(frozen=True, slots=True)
class FoldStores:
    """What the hourly job reads and writes. `clock` tells now in epoch ms."""

    lake: LakeFiles
    manifests: Manifests
    schemas: SchemaReader
    clock: Callable[[], int]
