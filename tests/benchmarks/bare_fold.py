"""
The least that anybody must do with landing objects, in bare DuckDB: the fold's limit.

Reads the JSON once, drops ids that came before, writes one Parquet file of all columns sorted by
user and time, and groups once. `python -m tests.benchmarks.bare_fold FOLDER`.
"""

import sys
import tempfile
from pathlib import Path

import duckdb

from tests.benchmarks import apart

_COLUMNS = {
    "id": "UUID",
    **dict.fromkeys(("n", "time", "received", "active_ms", "module_ms"), "BIGINT"),
    "weight": "DOUBLE",
    **dict.fromkeys(
        (
            "action",
            "label",
            "company_id",
            "kind",
            "session",
            "module",
            "feature",
            "product",
            "page",
            "source",
            "properties",
            "receipt",
            "digest",
            "verdict",
            "code",
            "user_id",
        ),
        "VARCHAR",
    ),
}


def fold(folder: Path) -> dict[str, int]:
    home = Path(tempfile.gettempdir())
    # In memory, so that what spills is not packed first: a third cheaper than a database file.
    with duckdb.connect() as db:
        db.execute(f"SET threads = 2; SET memory_limit = '512MB'; SET temp_directory = '{home}'")
        db.execute("SET preserve_insertion_order = false")
        files = str(folder / "landing/*/*/*.ndjson.zst")
        db.execute(
            f"CREATE TABLE landed AS SELECT * FROM read_json($files, columns = {_COLUMNS!r}, "
            "format = 'newline_delimited', compression = 'zstd')",
            {"files": files},
        )
        db.execute("CREATE TABLE twice AS SELECT id FROM landed GROUP BY id HAVING count(*) > 1")
        db.execute(
            """CREATE TABLE dropped AS SELECT row_id FROM (
                SELECT rowid AS row_id, row_number() OVER (PARTITION BY id ORDER BY received) AS nth
                FROM landed SEMI JOIN twice USING (id)) WHERE nth > 1"""
        )
        stored = "landed WHERE id IS NOT NULL AND rowid NOT IN (SELECT row_id FROM dropped)"
        db.execute(
            f"COPY (SELECT * FROM {stored} ORDER BY user_id, time) TO '{home / 'events.parquet'}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        groups = db.execute(
            f"""SELECT count(*), sum(events)::BIGINT FROM (
                SELECT time // 86400000, user_id, company_id, count(*) AS events, min(time),
                    max(time), sum(weight) FROM {stored} GROUP BY ALL)"""
        ).fetchall()[0]
    return {"groups": groups[0], "events": groups[1]}


if __name__ == "__main__":
    apart.told(lambda: fold(Path(sys.argv[1])))
