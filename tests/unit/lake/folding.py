"""Landed records, and runs of one tenant over them: what the tests of the hourly job begin with."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tests.fakes import FakeLake, FixedClock, MemoryTable, published
from waypost.ingest.schema import Schema
from waypost.lake import hourly_run, months
from waypost.lake.month_run import Report
from waypost.lake.months import Month
from waypost.lake.ports import FoldStores
from waypost.lake.records import Landed
from waypost.storage.manifests_table import DynamoManifests

NOW = 1_800_000_000_000  # 2027-01-15T08:00Z
DAY, HOUR, NEXT = "2027-01-15", "2027-01-15T08", "2027-01-15T09"
TENANT = "t1"


def landed(id: str, receipt: str = "r1", *, n: int = 0, **fields: Any) -> Landed:
    values: dict[str, Any] = {
        "time": NOW,
        "received": NOW,
        "source": "s",
        "verdict": "stored",
        "action": "a",
        "user_id": "u1",
        "company_id": "acme",
    }
    return Landed(id=event_id(id) if id else "", receipt=receipt, n=n, **(values | fields))


def event_id(name: str) -> str:
    """An id as events have it: 16 bytes, as 32 hexadecimal digits."""
    return name.encode().hex().ljust(32, "0")


class Types:
    """Schemas that know some keys."""

    def __init__(self, types: dict[str, str]) -> None:
        self.schema = Schema(types=types)

    def get(self, _tenant: str) -> Schema:
        return self.schema


@dataclass
class Lake:
    """The lake of one tenant: what lands, runs, and what stands after them."""

    types: dict[str, str] = field(default_factory=dict)
    lake: FakeLake = field(default_factory=FakeLake)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.manifests = DynamoManifests(MemoryTable())  # type: ignore[arg-type]

    def stores(self) -> FoldStores:
        return FoldStores(self.lake, self.manifests, Types(self.types), self.clock)

    def land(self, *records: Landed, name: str = "", ago: int = 0) -> None:
        """One landing object, of messages of that name, in the hour of so many ms ago."""
        counts: dict[str, int] = Counter(record.verdict for record in records)
        names = [name or f"m{next(self.numbers)}"]
        self.lake.put_landing(TENANT, list(records), self.clock() - ago, names, counts)

    def run(
        self,
        remaining_ms: int = 900_000,
        stores: FoldStores | None = None,
        anew: Sequence[str] = (),
    ) -> Report:
        self.clock.tick(1)
        return hourly_run.run(
            TENANT,
            stores=stores or self.stores(),
            name=f"run{next(self.numbers)}",
            remaining_ms=lambda: remaining_ms,
            anew=anew,
        )

    def months(self) -> list[Month]:
        return self.manifests.months(TENANT)

    def totals(self) -> dict[str, int]:
        """Received and its four parts, as the manifests tell them."""
        return months.ledger_totals(self.months(), [])

    def rows(self, table: str, columns: str = "*", day: str | None = None) -> list[tuple[Any, ...]]:
        """The rows of a table, or of one day of it, in no order, through the manifests alone."""
        return published.rows(self.lake, self.manifests, TENANT, table, columns, day)
