"""The lakes that questions are asked of: files, manifests, and one file of all events beside."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from tests.benchmarks import made, shapes, tenant
from tests.benchmarks.lake_files import Lake, Writer
from tests.benchmarks.shapes import Shape
from waypost.lake.months import Head, Month

TENANT = "t"
SHAPES = {shape.name: shape for shape in (shapes.S, shapes.M, shapes.L, shapes.MILLION)}
_WANTED = ("events", "path", "context", "props", "totals", "totals_day", "days", "activity")
_ONE_FILE, _MANIFESTS, _SOMEBODY = "all.parquet", "manifests.json", "somebody.json"
_PROPERTIES = "properties.parquet"
# In the middle of the accounts by how many users they have, and of the users.
_MIDDLE = """
WITH accounts AS (
    SELECT account, count(*) AS n FROM identities WHERE account IS NOT NULL GROUP BY account
)
SELECT (SELECT account FROM accounts ORDER BY n, account LIMIT 1
        OFFSET (SELECT count(*) // 2 FROM accounts)),
    (SELECT user_id FROM identities WHERE n = {middle}),
    (SELECT list(user_id ORDER BY n) FROM identities WHERE of = {middle})"""


@dataclass(frozen=True)
class Made:
    """A lake in a folder, the file of all events, that of their properties as columns, and who is
    asked about.
    """

    lake: Lake
    one_file: Path
    properties: Path
    account: str
    user: str
    ids: list[str]  # of that user, those that turned out to be it among them

    def path(self, table: str) -> Path:
        """The file of a table that spans all time."""
        return self.lake.folder / self.lake.head.files[table].key


class _Written(msgspec.Struct):
    months: list[Month]
    head: Head


def of(shape: Shape) -> Made:
    recipes = ("lake_files", "question_lakes")
    folder = made.folder(f"lake-{shape.name}", shape, lambda home: _make(shape, home), *recipes)
    written = msgspec.json.decode((folder / _MANIFESTS).read_bytes(), type=_Written)
    account, user, ids = msgspec.json.decode((folder / _SOMEBODY).read_bytes())
    lake = Lake(folder, written.months, written.head)
    return Made(lake, folder / _ONE_FILE, folder / _PROPERTIES, account, user, ids)


def _make(shape: Shape, folder: Path) -> None:
    lake = Writer(shape, TENANT, folder, _WANTED).write()
    (folder / _MANIFESTS).write_bytes(msgspec.json.encode(_Written(lake.months, lake.head)))
    with duckdb.connect() as db:
        tenant.prepare(db, shape)
        middle = db.execute(_MIDDLE.format(middle=shape.users // 2)).fetchone()
        (folder / _SOMEBODY).write_bytes(msgspec.json.encode(middle))
        for table, name in (("context", _ONE_FILE), ("props", _PROPERTIES)):
            files = [str(folder / file.key) for month in lake.months for file in month.of(table)]
            db.execute(
                f"COPY (FROM read_parquet({files!r})) TO '{folder / name}' "
                "(FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION v2)"
            )
