"""Writes the Parquet files of a tenant's lake and their manifests, without landing and folding."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import duckdb

from tests.benchmarks import people, tenant
from tests.benchmarks.shapes import Shape
from waypost.event import Verdict
from waypost.lake import derived, tables
from waypost.lake.months import File, Head, Month, made_of

KEYS = ("provider", "plan", "amount", "seats", "ok", "region", "version")
MONTHLY = ("events", *derived.DERIVED)
_SMALL = ("totals", "totals_day", "days", "activity")  # one file per month, whatever the size
_AT_ONCE = 4_000_000  # events in one file
_OPEN_DAYS = 3  # the last days have files of their own


@dataclass(frozen=True)
class Lake:
    """What was written into a folder: keys in the manifests are paths in it."""

    folder: Path
    months: list[Month]
    head: Head


class Writer:
    """Of one tenant. Only `wanted` tables of the months are written; `activity` always is."""

    def __init__(
        self, shape: Shape, tenant_name: str, folder: Path, wanted: Iterable[str] = MONTHLY
    ) -> None:
        self._shape, self._tenant, self._folder = shape, tenant_name, folder
        self._wanted = [table for table in MONTHLY if table in {"activity", *wanted}]
        self._db = duckdb.connect()
        tenant.prepare(self._db, shape)

    def write(self) -> Lake:
        calendar = self._db.execute(
            "SELECT day, ends - begins, begins, ends FROM calendar ORDER BY day"
        ).fetchall()
        months = [
            self._month(month, list(days))
            for month, days in groupby(calendar, lambda day: f"{day[0]:%Y-%m}")
        ]
        lake = Lake(self._folder, months, self._head(months))
        self._db.close()
        return lake

    def _month(self, month: str, days: list[tuple[date, int, int, int]]) -> Month:
        manifest = Month(month, version=1)
        for stretch in self._stretches(days):
            first, last = str(stretch[0][0]), str(stretch[-1][0])
            self._made(stretch[0][2], stretch[-1][3])
            for table in self._wanted:
                query = "made" if table == "events" else f"({derived.select(table, 'made', KEYS)})"
                file = self._file(table, f"month={month}/{first}.{last}.", query, first, last)
                manifest.files.setdefault(table, []).append(file)
        manifest.counts = {str(day): {Verdict.STORED.value: events} for day, events, *_ in days}
        for table in _SMALL:
            if table in self._wanted:
                manifest.files[table] = self._compacted(table, month, manifest.files[table])
        return manifest

    def _stretches(
        self, days: list[tuple[date, int, int, int]]
    ) -> Iterator[list[tuple[date, int, int, int]]]:
        """Days whose events one file holds."""
        stretch: list[tuple[date, int, int, int]] = []
        for day in days:
            still_open = (self._shape.last - day[0]).days < _OPEN_DAYS
            full = sum(events for _, events, *_ in stretch) + day[1] > _AT_ONCE
            if stretch and (still_open or full):
                yield stretch
                stretch = []
            stretch.append(day)
        yield stretch

    def _made(self, begin: int, end: int) -> None:
        columns = ", ".join(
            f"{_MADE.get(name, name)}::{kind} AS {name}" for name, kind in tables.EVENTS.items()
        )
        self._db.execute(
            f"CREATE OR REPLACE TABLE made AS SELECT {columns} "
            f"FROM ({tenant.events(self._shape, begin, end)}) ORDER BY {tables.ORDER['events']}"
        )

    def _compacted(self, table: str, month: str, files: list[File]) -> list[File]:
        """The same rows in one file, but for the last days."""
        settled = [file for file in files if not self._open(file)]
        if len(settled) < 2:
            return files
        first, last = settled[0].first, settled[-1].last
        paths = [str(self._folder / file.key) for file in settled]
        name = f"month={month}/{first}.{last}."
        made = self._file(table, name, f"read_parquet({paths!r})", first, last, run="2")
        return [made, *(file for file in files if file not in settled)]

    def _open(self, file: File) -> bool:
        return (self._shape.last - date.fromisoformat(file.first)).days < _OPEN_DAYS

    def _head(self, months: list[Month]) -> Head:
        paths = [str(self._folder / file.key) for month in months for file in month.of("activity")]
        seen = f"""(SELECT user_id, company_id, min(first) AS first, max(last) AS last,
            sum(events)::BIGINT AS events, sum(weight) AS weight, sum(rows)::BIGINT AS rows
            FROM read_parquet({paths!r}) GROUP BY ALL)"""
        files = {"seen": self._file("seen", "", seen)}
        for table in ("users", "accounts", "who", "alias"):
            kept = f"({people.select(table, self._shape)})"
            files[table] = self._file(table, "", f"(SELECT *, NULL::BIGINT AS gone FROM {kept})")
        activity = [file for month in months for file in month.of("activity")]
        return Head(1, files, seen_of=made_of(activity))

    def _file(
        self, table: str, name: str, query: str, first: str = "", last: str = "", run: str = "1"
    ) -> File:
        key = f"{table}/tenant_id={self._tenant}/{name}{run}.parquet"
        path = self._folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        group = tables.ROW_GROUP.get(table, tables.DEFAULT_ROW_GROUP)
        row = self._db.execute(
            f"COPY (SELECT * FROM {query} ORDER BY {tables.ORDER[table]}) TO '{path}' "
            f"(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2, ROW_GROUP_SIZE {group})"
        ).fetchone()
        assert row is not None
        keys = KEYS if table == "props" else ()
        return File(key, int(row[0]), path.stat().st_size, first, last, keys=keys)


_MADE = {"arrival": "hash(receipt)", "overwrites": "false"}
