"""
What landed since the last run, as rows of every table of a question.

A row is laid over if `match` stored it, once however often it landed, and only if it does not
stand in the files already. An event that overwrites one of the files stays out until the run.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from waypost.lake import derived, landed, views
from waypost.lake.plans import Plan
from waypost.lake.sql import quoted
from waypost.lake.tables import MONTHLY, PROPERTY

if TYPE_CHECKING:
    import duckdb

_EVENTS, _ROWS = "fresh_events", "fresh_rows"

_LAND = "CREATE OR REPLACE TABLE {rows} AS SELECT {columns} FROM ({landed}) {days}"

# The same arrival lands again when its message comes again. Of two with one id the first received
# counts, or the last where they overwrite.
_SETTLE = """CREATE OR REPLACE TABLE {events} AS
    SELECT * FROM {rows} ANTI JOIN (
        SELECT id, CAST(make_timestamp(time * 1000) AS DATE) AS day FROM ({known})
    ) USING (id, day)
    WHERE rowid IN (
        SELECT CASE WHEN bool_or(overwrites) THEN arg_max(rowid, (received, arrival, n))
            ELSE arg_min(rowid, (received, arrival, n)) END
        FROM {rows} WHERE verdict = 'stored' GROUP BY id, day)"""

_OTHERS = """FROM {rows} WHERE verdict <> 'stored'
    QUALIFY row_number() OVER (PARTITION BY arrival, n, id) = 1"""

# Columns that are read for some tables alone, besides `events`, which has them all.
_ONLY_OF: dict[str, set[str]] = {
    "session": {"context"},
    "module": {"context"},
    "feature": {"context"},
    "product": {"context"},
    "properties": {"props"},
    "digest": {"others"},
}

_STORED = "FROM {rows} WHERE verdict = 'stored'"


def land(
    db: "duckdb.DuckDBPyConnection", plan: Plan, paths: Iterable[Path]
) -> tuple[list[str], tuple[str, ...]]:
    """Reads landing objects; answers the days of the stored and their users, none where a row
    has no user.
    """
    # What was seen is of all time.
    days = "" if "seen" in plan.tables else _between(plan)
    columns = ", ".join(_columns(plan))
    rows = landed.select(paths)
    db.execute(_LAND.format(rows=_ROWS, columns=columns, landed=rows, days=days))
    stored = _STORED.format(rows=_ROWS)
    touched = db.execute(f"SELECT DISTINCT day::VARCHAR {stored}").fetchall()
    users = [user for (user,) in db.execute(f"SELECT DISTINCT user_id {stored}").fetchall()]
    return [day for (day,) in touched], () if None in users else tuple(users)


def settle(db: "duckdb.DuckDBPyConnection", known: str) -> None:
    """Makes the events that count of what landed; `known` is a query of ids and times in files."""
    db.execute(_SETTLE.format(events=_EVENTS, rows=_ROWS, known=known))


def relations(plan: Plan) -> dict[str, list[str]]:
    """What is laid over each table of a plan."""
    return {
        table: [f"(FROM ({_rows(table, asked)}){views.within(table, plan.first, plan.last)})"]
        for table, asked in plan.tables.items()
        if table in MONTHLY or table == "seen"
    }


def _rows(table: str, asked: tuple[str, ...] | None) -> str:
    if table == "events":
        return f"FROM {_EVENTS}"
    if table == "others":
        return _OTHERS.format(rows=_ROWS)
    keys = [name.removeprefix(PROPERTY) for name in asked or () if name.startswith(PROPERTY)]
    return derived.select(table, _EVENTS, keys if table == "props" else ())


def _columns(plan: Plan) -> list[str]:
    """What of a line is read: to parse it is most of the work."""
    asked = plan.tables.keys()
    spare = {"label", "page", *_ONLY_OF} - {
        name for name, tables in _ONLY_OF.items() if asked & tables
    }
    return [name for name in landed.COLUMNS if "events" in asked or name not in spare]


def _between(plan: Plan) -> str:
    bounds = []
    if plan.first is not None:
        bounds.append(f"day >= DATE {quoted(plan.first)}")
    if plan.last is not None:
        bounds.append(f"day <= DATE {quoted(plan.last)}")
    return f"WHERE {' AND '.join(bounds)}" if bounds else ""
