"""
The fold: landed rows and what stands of some days → the new files of those days. DuckDB, on disk.

Nothing here adds to an earlier result: a day's events are decided again from all that is known of
it, and every table of the day is derived from them. Done twice it gives the same.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import duckdb

from waypost.lake import dedupe, derived, landed, properties, relations
from waypost.lake.derived import column
from waypost.lake.sql import named, nothing, parquet, quoted
from waypost.lake.tables import DAY, DEFAULT_ROW_GROUP, EVENTS, MONTHLY, ORDER, ROW_GROUP
from waypost.lake.units import Unit
from waypost.lake.views import Source

# Above so many event days the landed rows are sorted by day, so that a unit reads its own alone.
_FEW_DAYS = 8
# So many events are sorted without a spill. More of one day are sorted range by range of their
# users, each into a file of its own: in one go the spill of ten million took a third more time.
_AT_ONCE = 2_500_000
_SAMPLE = 10_000
_EVENTS = ", ".join(EVENTS)


@dataclass(frozen=True, slots=True)
class Landing:
    """What landed of one day: rows, those by the verdict of `match`, the first reception (ms)."""

    rows: int
    counts: dict[str, int]
    since: int


@dataclass(frozen=True, slots=True)
class Made:
    """A file that was made: where it lies, its rows, and the properties that are columns of it."""

    path: Path
    rows: int
    keys: tuple[str, ...] = ()


@dataclass(slots=True)
class Folded:
    """The files of a unit by table, and by day the received by verdict."""

    files: dict[str, list[Made]] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)


class Fold:
    """A DuckDB of its own, which spills into `folder`. Units may be folded side by side."""

    def __init__(self, folder: Path, *, memory: str = "700MB") -> None:
        self._folder = folder
        self._db = duckdb.connect()
        self._db.execute(f"SET memory_limit = '{memory}'")
        self._db.execute(f"SET temp_directory = {quoted(str(folder / 'spill'))}")

    def land(self, paths: list[Path], name: str) -> Path:
        """Landing objects → one Parquet file of their rows."""
        rows, target = landed.select(paths), self._folder / f"{name}.landed.parquet"
        # Read again soon, and once: not worth squeezing.
        self._copy(self._db, rows, target, compression="lz4_raw")
        if len(self.days([target])) <= _FEW_DAYS:
            return target
        by_day = self._folder / f"{name}.by_day.parquet"
        sorted_rows = f"SELECT * FROM {parquet(target)} ORDER BY day"
        self._copy(self._db, sorted_rows, by_day, compression="lz4_raw", row_group=20_480)
        target.unlink()
        return by_day

    def nothing(self, name: str) -> Path:
        """A file of landed rows without any."""
        target = self._folder / f"{name}.nothing.parquet"
        with self._db.cursor() as db:
            self._copy(db, nothing(landed.COLUMNS), target)
        return target

    def days(self, rows: Iterable[Path]) -> dict[str, Landing]:
        """What landed, by day."""
        days: dict[str, Landing] = {}
        with self._db.cursor() as db:
            rows_of_days = db.execute(
                f"""SELECT day::VARCHAR, verdict, count(*), min(received)
                FROM {parquet(*rows)} GROUP BY ALL"""
            ).fetchall()
        for day, verdict, count, since in rows_of_days:
            known = days.get(day, Landing(0, {}, since))
            counts = known.counts | {verdict: count}
            days[day] = Landing(known.rows + count, counts, min(known.since, since))
        return days

    def stage(self, rows: Iterable[Path], unit: Unit) -> Path:
        """The landed rows of a unit as a file of their own."""
        target = self._folder / f"staged-{unit.first}.{unit.last}.{unit.part}.parquet"
        with self._db.cursor() as db:
            rows_of_unit = f"{parquet(*rows)} WHERE {relations.within(unit)}"
            self._copy(db, f"SELECT * FROM {rows_of_unit}", target)
        return target

    def fold(
        self,
        rows: Iterable[Path],
        unit: Unit,
        standing: Mapping[str, list[Source]],
        types: Mapping[str, str],
        *,
        rebuild: bool = False,
    ) -> Folded | None:
        """The new files of a unit, or None where nothing of what landed is news and it need not
        be made anew (`rebuild`) all the same.

        `standing` are the files of `events` and `others` that hold its days; `types` the property
        keys that the tenant's schema knows, with their types.
        """
        with self._db.cursor() as db:
            db.execute(
                f"""CREATE OR REPLACE TEMP VIEW landed_here AS
                SELECT *, file_index * (1::BIGINT << 40) + file_row_number AS place
                FROM {parquet(*rows)} WHERE {relations.within(unit)}"""
            )
            for table in ("events", "others"):
                relations.stand(db, table, unit, standing.get(table, []))
            db.execute(dedupe.DOUBLED)
            db.execute(dedupe.JUDGED)
            (news,) = db.execute(dedupe.NEWS).fetchone() or (0,)
            return self._write(db, unit, types) if news or rebuild else None

    def _write(self, db: duckdb.DuckDBPyConnection, unit: Unit, types: Mapping[str, str]) -> Folded:
        stored = dedupe.stored(_EVENTS)
        events = [
            self._make(db, unit, "events", f"SELECT * FROM ({stored}) WHERE {users}", number=number)
            for number, users in enumerate(_ranges(db))
        ]
        others = self._make(db, unit, "others", dedupe.OTHERS)
        source = parquet(*(file.path for file in events))
        folded = Folded({"events": events, "others": [others]}, _counts(db, unit, source, others))
        if any(file.rows for file in events):
            keys = properties.chosen(db, source, types)
            for table in derived.DERIVED:
                query = derived.select(table, source, keys)
                folded.files[table] = [self._make(db, unit, table, query, keys)]
        folded.files = {
            table: kept
            for table, files in folded.files.items()
            if (kept := [file for file in files if file.rows])
        }
        return folded

    def _make(
        self,
        db: duckdb.DuckDBPyConnection,
        unit: Unit,
        table: str,
        query: str,
        keys: Iterable[str] = (),
        *,
        number: int = 0,
    ) -> Made:
        target = self._folder / f"{table}-{unit.first}.{unit.last}.{unit.part}.{number}.parquet"
        rows = self._copy(db, _in_order(table, query), target, row_group=ROW_GROUP.get(table))
        return Made(target, rows, tuple(keys) if table == "props" else ())

    def compact(
        self, table: str, files: list[Source], unit: Unit, keys: Iterable[str] = ()
    ) -> Made:
        """One file of a table in place of several, with all of their days. Of `props` it has the
        properties `keys`, which all of them have.
        """
        columns = ", ".join([*map(named, MONTHLY[table]), *map(column, keys)])
        parts = [f"SELECT {columns} FROM ({relations.days_of(table, file)})" for file in files]
        target = self._folder / f"{table}-{unit.first}.{unit.last}.whole.parquet"
        query = f"{' UNION ALL '.join(parts)} ORDER BY {ORDER[table]}"
        with self._db.cursor() as db:
            rows = self._copy(db, query, target, row_group=ROW_GROUP.get(table))
        return Made(target, rows, tuple(keys))

    def _copy(
        self,
        db: duckdb.DuckDBPyConnection,
        query: str,
        target: Path,
        *,
        compression: str = "zstd",
        row_group: int | None = None,
    ) -> int:
        """Writes what a query answers as a Parquet file; how many rows it has."""
        size = row_group or DEFAULT_ROW_GROUP
        answer = db.execute(
            f"""COPY ({query}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION {compression},
            PARQUET_VERSION v2, ROW_GROUP_SIZE {size})"""
        ).fetchone()
        return int(answer[0]) if answer else 0

    def close(self) -> None:
        self._db.close()


def _in_order(table: str, query: str) -> str:
    # What is only picked from events lies in their order, which DuckDB keeps: sorting it once more
    # would take a sixth of all CPU.
    if table in derived.PICKED:
        return query
    return f"SELECT * FROM ({query}) ORDER BY {ORDER[table]}"


def _ranges(db: duckdb.DuckDBPyConnection) -> list[str]:
    """Conditions that part the events of a unit by their users, in the order of the users, into
    ranges of about as many events as are sorted at once.
    """
    users = "SELECT user_id FROM landed_here UNION ALL SELECT user_id FROM standing_events"
    (rows,) = db.execute(f"SELECT count(*) FROM ({users})").fetchone() or (0,)
    parts = -(-rows // _AT_ONCE)
    shares = [number / parts for number in range(1, parts)]
    if not shares:
        return ["true"]
    (found,) = db.execute(
        f"SELECT quantile_disc(user_id, {shares}) FROM (SELECT * FROM ({users}) "
        f"USING SAMPLE reservoir({_SAMPLE} ROWS))"
    ).fetchone() or (None,)
    if not found:
        return ["true"]
    bounds = [quoted(user) for user in sorted(set(found))]
    between = [f"user_id >= {low} AND user_id < {high}" for low, high in pairwise(bounds)]
    # Nobody's events lie behind all others.
    return [f"user_id < {bounds[0]}", *between, f"(user_id >= {bounds[-1]} OR user_id IS NULL)"]


def _counts(
    db: duckdb.DuckDBPyConnection, unit: Unit, events: str, others: Made
) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {day: {} for day in unit.days}
    for day, verdict, count in db.execute(
        f"""SELECT {DAY["events"]}::VARCHAR, 'stored', count(*) FROM {events} GROUP BY ALL
        UNION ALL SELECT day::VARCHAR, verdict, count(*)
            FROM {parquet(others.path)} GROUP BY ALL"""
    ).fetchall():
        counts[day][verdict] = count
    return counts
