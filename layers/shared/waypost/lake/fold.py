"""
The hourly fold: landed records → deduplicated Parquet and hourly numbers. DuckDB on local files.

Nothing here adds to an earlier result. A run reads whole ingest hours, decides every verdict
again, and its output replaces what was there.
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from waypost.lake import rollups
from waypost.lake.columns import DEFAULTS, LANDED, PARQUET
from waypost.times import HOUR_MS

# The day (UTC) that a landed record counts on: of its event, or of its reception for a reject.
_DAY = """strftime(make_timestamp(
    CASE WHEN id IS NULL OR verdict = 'rejected' THEN received ELSE time END * 1000), '%Y-%m-%d')"""

_DEFAULTS = ", ".join(f"coalesce({name}, {value}) AS {name}" for name, value in DEFAULTS.items())

# Two orders decide. Copies of one arrival (a queue message that came twice landed twice) are told
# by where they landed: any would do, and the same one must be taken by every run. Arrivals of one
# event are told by their reception, whatever landed first: `match` judged them in that order.
_DECIDE = f"""
CREATE TABLE decided AS
WITH arrivals AS (
    SELECT landed.* EXCLUDE ({", ".join(DEFAULTS)})
            REPLACE (coalesce(account_id, placed.account) AS account_id),
        {_DEFAULTS}, {_DAY} AS day
    FROM landed LEFT JOIN placed USING (user_id)
    QUALIFY row_number() OVER (PARTITION BY receipt, coalesce(landed.n, 0) ORDER BY hour, file) = 1
), numbered AS (
    -- A conflict that `match` saw keeps its verdict, and never counts as the first of its event.
    SELECT *, row_number() OVER (PARTITION BY id ORDER BY received, receipt, n) AS number,
        count(*) OVER (PARTITION BY id) AS copies,
        first_value(digest) OVER (PARTITION BY id ORDER BY received, receipt, n) AS first_digest
    FROM arrivals WHERE id IS NOT NULL AND code IS DISTINCT FROM 'conflict'
), ranked AS (
    -- Of events that overwrite, the last one counts: place 1 is the one to keep.
    SELECT *, CASE WHEN overwrites THEN copies - number + 1 ELSE number END AS place FROM numbered
), judged AS (
    SELECT ranked.* EXCLUDE (number, copies, place, first_digest, verdict),
        CASE
            -- The very arrival that stands in a file of an hour that stays: counted there.
            WHEN old.id IS NOT NULL AND old.receipt = ranked.receipt AND old.n = ranked.n
                THEN 'redelivered'
            WHEN place > 1 OR old.id IS NOT NULL THEN
                -- The sender's key came again: with another body it is an error, not a copy.
                CASE WHEN NOT overwrites
                    AND coalesce(old.digest, first_digest) IS DISTINCT FROM ranked.digest
                    THEN 'rejected' ELSE 'duplicate' END
            WHEN ranked.account_id IS NULL AND ranked.kind IS NULL THEN 'unassigned'
            ELSE 'stored'
        END AS verdict
    FROM ranked LEFT JOIN existing AS old ON old.id = ranked.id
)
SELECT * FROM judged WHERE verdict <> 'redelivered'
UNION ALL BY NAME
SELECT * FROM arrivals WHERE id IS NULL OR code = 'conflict'
"""

_COUNTED = (
    "id, time, action, account_id, user_id, weight, count, kind, module, session, active_ms, "
    "module_ms"
)
_STAYING = f"{_COUNTED}, receipt, n, digest"  # what is asked of files that stay as they are

# Traits (rows with a `kind`) are kept like events, and are nobody's activity.
_CUBE = f"""
SELECT hour_of_day, action, account_id, user_id, sum(count)::BIGINT, sum(weight * count),
    module, session, sum(active_ms)::BIGINT, sum(module_ms)::BIGINT
FROM (
    SELECT {_COUNTED} FROM decided
        WHERE verdict = 'stored' AND day = $day AND hour IN (SELECT unnest($hours))
    UNION ALL BY NAME
    SELECT {_COUNTED} FROM existing WHERE file_kind = 'stored' AND day = $day
), LATERAL (SELECT (time // {HOUR_MS} % 24)::INTEGER AS hour_of_day)
WHERE kind IS NULL
GROUP BY ALL ORDER BY ALL
"""

_MADE = {"at": "make_timestamp(time * 1000)", "properties": "properties::VARCHAR"}
_WRITTEN = ", ".join(f"{_MADE.get(name, name)} AS {name}" for name in PARQUET)
_FILE = f"""
COPY (
    SELECT {_WRITTEN}
    FROM decided WHERE day = $day AND hour = $hour AND verdict = $verdict
    ORDER BY time, id
) TO '{{path}}' (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{{run: '{{run}}'}}}})
"""


@dataclass(frozen=True, slots=True)
class LandingFile:
    """A landing object on local disk, and the hour (`YYYY-MM-DDTHH`) that it landed in."""

    path: Path
    hour: str


@dataclass(frozen=True, slots=True)
class ExistingFile:
    """A Parquet file of the lake on local disk; `kind` is `stored` or `unassigned`."""

    path: Path
    kind: str
    day: str


@dataclass(slots=True)
class DayResult:
    """One event day after the fold: its numbers, and the counts by verdict of each ingest hour."""

    day: str
    rows: list[rollups.RollupRow]
    counts: dict[str, Counter[str]] = field(default_factory=dict)


class Fold:
    """One run of one tenant, on a DuckDB database in `folder`."""

    def __init__(self, folder: Path, *, memory: str = "512MB") -> None:
        self._folder = folder
        self._db = duckdb.connect(str(folder / "fold.duckdb"))
        self._db.execute(f"SET memory_limit = '{memory}'")
        self._db.execute(f"SET temp_directory = '{folder / 'spill'}'")
        self._db.execute("SET preserve_insertion_order = false")

    def land(self, files: list[LandingFile]) -> dict[str, set[str]]:
        """Reads landing files; answers the event days that each ingest hour touches."""
        columns = _declared(list(LANDED))
        self._db.execute(
            f"CREATE TABLE IF NOT EXISTS landed ({columns}, hour VARCHAR, file VARCHAR)"
        )
        for hour in sorted({file.hour for file in files}):
            self._read_hour(hour, [str(file.path) for file in files if file.hour == hour])
        touched = self._db.execute(f"SELECT DISTINCT hour, {_DAY} FROM landed").fetchall()
        days: dict[str, set[str]] = {}
        for hour, day in touched:
            days.setdefault(hour, set()).add(day)
        return days

    def place(self, accounts: dict[str, str]) -> None:
        """Gives held events of these users their account, by user id."""
        self._db.execute("CREATE TABLE placed (user_id VARCHAR, account VARCHAR)")
        if accounts:
            self._db.execute(
                "INSERT INTO placed SELECT unnest($users), unnest($accounts)",
                {"users": list(accounts), "accounts": list(accounts.values())},
            )

    def overwritten(self, hours: set[str]) -> set[str]:
        """The event days that events of these ingest hours may overwrite earlier ones of."""
        days = self._db.execute(
            """SELECT DISTINCT strftime(make_timestamp(time * 1000), '%Y-%m-%d')
               FROM landed WHERE overwrites AND hour IN (SELECT unnest($hours))""",
            {"hours": sorted(hours)},
        ).fetchall()
        return {day for (day,) in days}

    def _read_hour(self, hour: str, paths: list[str]) -> None:
        self._db.execute(
            f"""INSERT INTO landed BY NAME
            SELECT * EXCLUDE (filename), $hour AS hour, filename AS file
            FROM read_json($paths, columns = {LANDED!r}, format = 'newline_delimited',
                compression = 'zstd', filename = true, maximum_object_size = 1048576)""",
            {"hour": hour, "paths": paths},
        )

    def decide(self, existing: list[ExistingFile]) -> None:
        """Gives every landed record its verdict, knowing the lake files that stay as they are."""
        columns = _declared(_STAYING.split(", "))
        self._db.execute(f"CREATE TABLE existing ({columns}, file_kind VARCHAR, day VARCHAR)")
        for file in existing:
            self._db.execute(
                f"INSERT INTO existing BY NAME SELECT {_STAYING}, "
                "$kind AS file_kind, $day AS day FROM read_parquet($path)",
                {"kind": file.kind, "day": file.day, "path": str(file.path)},
            )
        self._db.execute(_DECIDE)

    def write(
        self, day: str, hour: str, verdict: str, *, run: str = "", even_empty: bool = False
    ) -> Path | None:
        """The Parquet file of one event day and ingest hour, or None where it would be empty.

        The name of the run stands in it, so that no two runs write the same bytes.
        """
        filled = self._db.execute(
            "SELECT 1 FROM decided "
            "WHERE day = $day AND hour = $hour AND verdict = $verdict LIMIT 1",
            {"day": day, "hour": hour, "verdict": verdict},
        ).fetchone()
        if filled is None and not even_empty:
            return None
        path = self._folder / f"{verdict}-{day}-{hour}.parquet"
        command = _FILE.format(path=path, run=run.replace("'", "''"))
        self._db.execute(command, {"day": day, "hour": hour, "verdict": verdict})
        return path

    def result(self, day: str, hours: set[str]) -> DayResult:
        """The numbers of one day over the rewritten `hours` and everything that stays."""
        rows = [
            rollups.RollupRow(*row)
            for row in self._db.execute(_CUBE, {"day": day, "hours": sorted(hours)}).fetchall()
        ]
        result = DayResult(day, rows, {hour: Counter() for hour in hours})
        for hour, verdict, count in self._db.execute(
            "SELECT hour, verdict, count(*) FROM decided WHERE day = $day "
            "AND hour IN (SELECT unnest($hours)) GROUP BY ALL",
            {"day": day, "hours": sorted(hours)},
        ).fetchall():
            result.counts[hour][verdict] = count
        return result

    def close(self) -> None:
        self._db.close()


def _declared(names: list[str]) -> str:
    """The columns as CREATE TABLE wants them."""
    return ", ".join(f"{name} {LANDED[name]}" for name in names)
