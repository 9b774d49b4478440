"""A small lake of one tenant, as runs leave it behind: files, manifests and marks."""

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import msgspec

from tests.fakes import FakeLake, FixedClock, MemoryTable
from waypost.lake import derived, months, tables
from waypost.lake.cache import FileCache
from waypost.lake.months import File, Month
from waypost.lake.reader import LakeReader
from waypost.lake.records import listed
from waypost.storage.manifests_table import DynamoManifests

TENANT = "t1"
NOW = 1_800_000_000_000  # 2027-01-15T08:00Z
DAY = "2027-01-15"


class CountingLake(FakeLake):
    """Knows which objects were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []

    def fetch(self, key: str, path: Path) -> Path:
        self.fetched.append(key)
        return super().fetch(key, path)

    def fetch_range(self, key: str, start: int, end: int) -> bytes:
        self.fetched.append(f"{key} {start}-{end}")
        return super().fetch_range(key, start, end)


@dataclass
class Lake:
    """`add` writes a file of rows and publishes it in its month or in the head."""

    folder: Path
    lake: CountingLake = field(default_factory=CountingLake)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    bound: int = 100_000_000
    numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        self.metrics = DynamoManifests(MemoryTable())  # type: ignore[arg-type]
        self.db = duckdb.connect()

    def reader(self) -> LakeReader:
        cache = FileCache(self.folder / "cache", self.bound)
        return LakeReader(lake=self.lake, manifests=self.metrics, cache=cache, clock=self.clock)

    def add(
        self, table: str, first: str, last: str, rows: list[dict[str, Any]], **more: Any
    ) -> File:
        """A file of some days; `but` are those that it has lost, `select` makes other columns."""
        tables.create(self.db, table, "made", behind=True)
        for row in rows:
            listed = ", ".join(f'"{name}"' for name in row)
            marks = ", ".join("?" for _ in row)
            self.db.execute(f"INSERT INTO made ({listed}) VALUES ({marks})", [*row.values()])
        return self.publish(table, first, last, "made", **more)

    def publish(self, table: str, first: str, last: str, relation: str, **more: Any) -> File:
        place = f"{table}/tenant_id={TENANT}" + (f"/month={first[:7]}" if first else "")
        key = f"{place}/{first}.{last}.{next(self.numbers)}.parquet"
        path = self.folder / "made.parquet"
        size = tables.ROW_GROUP.get(table, tables.DEFAULT_ROW_GROUP)
        self.db.execute(
            f"COPY (FROM {relation} ORDER BY {tables.ORDER[table]}) TO '{path}' (FORMAT parquet, "
            f"COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE {more.get('group', size)})"
        )
        self.lake.objects[key] = path.read_bytes()
        file = File(
            key,
            0,
            path.stat().st_size,
            first,
            last,
            tuple(more.get("but", ())),
            more.get("keys", ()),
        )
        file = msgspec.structs.replace(file, **more.get("fields", {}))
        self._name(table, file)
        return file

    def _name(self, table: str, file: File) -> None:
        if table in tables.HEAD:
            head = self.metrics.head(TENANT)
            head.version += 1
            head.files[table] = file
            if table == "seen":
                every = self.metrics.months(TENANT)
                activity = [each for month in every for each in month.of("activity")]
                head.seen_of = months.made_of(activity)
            assert self.metrics.put_head(TENANT, head)
        else:
            month = self.month(file.first[:7])
            month.files.setdefault(table, []).append(file)
            self.put(month)

    def month(self, name: str) -> Month:
        return self.metrics.months_of(TENANT, [name])[name]

    def put(self, month: Month) -> None:
        month.version += 1
        assert self.metrics.put_month(TENANT, month)

    def replace(self, table: str, file: File, rows: list[dict[str, Any]]) -> File:
        """What a run does to a file: writes another, publishes it, deletes the first."""
        new = self.add(table, file.first, file.last, rows)
        month = self.month(file.first[:7])
        days = set(months.span(file.first, file.last))
        month.files[table] = months.replace([file], days, [new])
        self.put(month)
        del self.lake.objects[file.key]
        return new

    def derive(self, first: str, last: str, events: str, names: tuple[str, ...]) -> None:
        """The tables of a relation of events, each in a file."""
        for table in names:
            self.publish(table, first, last, f"({derived.select(table, events)})")

    def name(self, key: str) -> bytes:
        """What a mark knows an object by."""
        return listed(key, 0).name
