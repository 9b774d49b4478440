"""Changed users and accounts as they landed: the table `changes`, and the newest of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from waypost.lake.tables import TABLES, Columns

if TYPE_CHECKING:
    import duckdb

# The fields of a line; those of an account are among them.
_LINE: Columns = {"kind": "VARCHAR", **TABLES["users"], "gone": "BOOLEAN"}
# A field that has its default is not written.
_DEFAULTS = {
    "created": "0",
    "version": "0",
    "account_at": "-1",
    "reason": "''",
    "confidence": "0",
    "verified": "false",
    "traits": "'{}'",
    "traits_at": "'{}'",
}
_KEPT_OF_GONE = ("kind", "id", "created", "version")

_NEWEST = """CREATE OR REPLACE TABLE {name} AS
    WITH newest AS (
        SELECT {columns} FROM changes WHERE rowid IN (
            SELECT arg_max(rowid, (created, version, gone IS NOT NULL))
            FROM changes WHERE kind = '{kind}' GROUP BY id)
    ), stale AS (
        SELECT newest.id FROM newest JOIN {base} AS base ON base.id = newest.id
        WHERE (base.created, base.version) >= (newest.created, newest.version)
    )
    SELECT * FROM newest ANTI JOIN stale ON stale.id = newest.id"""


def start(db: "duckdb.DuckDBPyConnection") -> None:
    """Makes the empty table `changes`: kind, the columns of users, and `gone` in epoch ms."""
    columns = ", ".join(
        f"{name} {'BIGINT' if name == 'gone' else kind}" for name, kind in _LINE.items()
    )
    db.execute(f"CREATE OR REPLACE TABLE changes ({columns})")


def read(db: "duckdb.DuckDBPyConnection", paths: Iterable[Path], now: int) -> None:
    """Adds the lines of landed objects; of a record that is gone little more than its id.

    It counts as gone since `now`, when the first run meets it.
    """
    fields = ", ".join(f"{_field(name)} AS {name}" for name in _LINE if name != "gone")
    db.execute(
        f"""INSERT INTO changes BY NAME
        SELECT {fields}, CASE WHEN gone THEN $now END AS gone
        FROM read_json($paths, columns = {_LINE!r}, format = 'newline_delimited',
            compression = 'zstd', maximum_object_size = 1048576)""",
        {"paths": [str(path) for path in paths], "now": now},
    )


def _field(name: str) -> str:
    value = f"coalesce({name}, {_DEFAULTS[name]})" if name in _DEFAULTS else name
    return value if name in _KEPT_OF_GONE else f"CASE WHEN gone IS NOT TRUE THEN {value} END"


def newest(
    db: "duckdb.DuckDBPyConnection", name: str, kind: str, columns: Iterable[str], base: str
) -> int:
    """Makes the table `name` of the changed records that are newer than those of the relation
    `base`, the newest of each id; answers how many.
    """
    listed = ", ".join(columns)
    db.execute(_NEWEST.format(name=name, kind=kind, columns=listed, base=base))
    (number,) = db.execute(f"SELECT count(*) FROM {name}").fetchone() or (0,)
    return int(number)
