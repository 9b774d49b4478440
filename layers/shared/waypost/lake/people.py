"""
Who everybody is now: the newest record of every user and account, and what follows from them.

Of two records of one id the later by (`created`, `version`) holds, in whatever order they come. A
removed one is a record too, and stays in the files for as long as an older change may turn up.
`who` and `alias` follow from the records alone; their files hold as much of each record as it
takes to lay changes over them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from waypost.lake import chains, changes, head_files
from waypost.lake.head_files import Written
from waypost.lake.plans import Columns as Asked
from waypost.lake.sql import nothing, parquet
from waypost.lake.tables import BEHIND, TABLES
from waypost.times import DAY_MS

if TYPE_CHECKING:
    import duckdb

REMEMBERED_MS = 30 * DAY_MS  # as long as what landed is kept

KIND = {"users": "user", "who": "user", "accounts": "account", "alias": "account"}
# What the file of a table holds of each record; the id goes by the name of the file's first column.
_RECORD = {
    "users": tuple(TABLES["users"] | BEHIND["users"]),
    "who": ("id", *BEHIND["who"]),
    "accounts": tuple(TABLES["accounts"] | BEHIND["accounts"]),
    "alias": ("id", *BEHIND["alias"]),
}
# What laying changes over a file reads of it, besides the columns that are asked for.
NEEDED = {
    "users": ("id", "created", "version", "gone"),
    "who": ("user_id", *BEHIND["who"]),
    "accounts": ("id", "created", "version", "gone"),
    "alias": ("company_id", *BEHIND["alias"]),
}

_WHO = """SELECT records.id AS user_id, coalesce(merged.person, records.id) AS person,
        CASE WHEN merged.id IS NULL THEN records.account_id ELSE merged.account END AS account,
        merged_into, account_id, created, version, gone
    FROM {records} AS records LEFT JOIN merged ON merged.id = records.id"""
_ALIAS = "SELECT id AS company_id, id AS account, created, version, gone FROM {records}"


def fold(
    db: "duckdb.DuckDBPyConnection", base: Mapping[str, Path], folder: Path, now: int
) -> dict[str, Written]:
    """New files by table, in `folder`, with the table `changes` in them; `base` are those so far.

    What nothing changes in gets no new file.
    """
    files: dict[str, Written] = {}
    for table, following in (("users", "who"), ("accounts", "alias")):
        relation = parquet(base[table]) if table in base else None
        if _find_newer(db, table, relation):
            remembered = f"gone IS NULL OR gone > {now - REMEMBERED_MS}"
            records = f"SELECT * FROM ({_laid(table, relation)}) WHERE {remembered}"
            files[table] = head_files.write(db, table, records, folder)
            rows = _following(db, following, parquet(files[table].path))
            files[following] = head_files.write(db, following, rows, folder)
    return files


def lay(
    db: "duckdb.DuckDBPyConnection",
    asked: Mapping[str, Asked],
    base: Mapping[str, str],
    *,
    changed: bool,
) -> None:
    """Makes views of some tables, with the `asked` columns of each, over the relations of their
    files in `base`, as far as there are any, and if something `changed` with the table `changes`
    laid over them.

    Then the columns of `NEEDED` are read too; of `BEHIND` else only `gone`.
    """
    for table, columns in asked.items():
        rows = base.get(table) or _nothing(table)
        if changed:
            rows = _with_changes(db, table, base.get(table))
        listed = ", ".join(f'"{name}"' for name in columns or TABLES[table])
        db.execute(f"CREATE VIEW {table} AS SELECT {listed} FROM {rows} WHERE gone IS NULL")


def _with_changes(db: "duckdb.DuckDBPyConnection", table: str, base: str | None) -> str:
    _find_newer(db, table, base)
    if table in ("users", "accounts"):
        return f"({_laid(table, base)})"
    db.execute(f"CREATE VIEW records_of_{table} AS {_laid(table, base)}")
    return f"({_following(db, table, f'records_of_{table}')})"


def _following(db: "duckdb.DuckDBPyConnection", table: str, records: str) -> str:
    """The query of `who` or `alias` over all records."""
    if table == "alias":
        return _ALIAS.format(records=records)
    chains.resolve(db, records)
    return _WHO.format(records=records)


def _find_newer(db: "duckdb.DuckDBPyConnection", table: str, base: str | None) -> int:
    """Makes `newer_{table}`, the records that the changes bring; answers how many."""
    name = f"newer_{table}"
    return changes.newest(db, name, KIND[table], _RECORD[table], _records(table, base))


def _laid(table: str, base: str | None) -> str:
    columns = ", ".join(_RECORD[table])
    return f"""SELECT {columns} FROM {_records(table, base)} AS base
        ANTI JOIN newer_{table} ON newer_{table}.id = base.id
        UNION ALL SELECT {columns} FROM newer_{table}"""


def _records(table: str, base: str | None) -> str:
    """The records that a file holds, as a relation that has them by `id`."""
    of_file = {"id": NEEDED[table][0]}
    columns = ", ".join(f"{of_file.get(name, name)} AS {name}" for name in _RECORD[table])
    return f"(SELECT {columns} FROM {base or _nothing(table)})"


def _nothing(table: str) -> str:
    return f"({nothing(TABLES[table] | BEHIND[table])})"
