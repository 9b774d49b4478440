"""Writes what `match` would have landed of a tenant: objects of events, and of people."""

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import duckdb

from tests.benchmarks import people, tenant
from tests.benchmarks.shapes import Shape
from waypost import times
from waypost.times import HOUR_MS

_PEOPLE_AT_ONCE = 50_000
_SAID = """id, n, time, action, label, weight, 'x' || identity AS external_id,
    'user' || identity || '@mail.example' AS email, company_id,
    properties::JSON AS properties, digest, session, module, feature, product, page, active_ms,
    module_ms, user_id"""


@dataclass(frozen=True)
class Landing:
    """Landing objects of all events of a shape, received one after the other from `hour` on
    (`YYYY-MM-DDTHH`), over so many `hours`.

    Of the events every `doubled`th comes once more with the next object, under another receipt;
    beside every `rejected`th there is a reject. 0 is none.
    """

    shape: Shape
    tenant: str
    hour: str
    objects: int
    hours: int = 1
    doubled: int = 100
    rejected: int = 1_000

    @property
    def begun(self) -> int:
        """When the first was received, in epoch ms."""
        return times.start_of_day(self.hour[:10]) + int(self.hour[11:]) * HOUR_MS

    def write(self, folder: Path) -> list[Path]:
        """Writes the objects into a folder, under the keys that they have in the bucket."""
        with duckdb.connect() as db:
            tenant.prepare(db, self.shape)
            return [self._write(db, folder, number) for number in range(self.objects)]

    def _write(self, db: duckdb.DuckDBPyConnection, folder: Path, number: int) -> Path:
        at = self.begun + number * self.hours * HOUR_MS // self.objects
        begin, end = (self.shape.events * n // self.objects for n in (number, number + 1))
        rejects = (
            len(range(begin, end)[-begin % self.rejected :: self.rejected]) if self.rejected else 0
        )
        draft = folder / "draft.ndjson.zst"
        before = self.shape.events * (number - 1) // self.objects if number else begin
        lines = _copied(db, self._lines(before, begin, end), draft)
        name = blake2b(f"{self.shape} {self.hour} {number}".encode(), digest_size=12).hexdigest()
        return _placed(
            draft, folder, "landing", self.tenant, at, f"{name}.{lines - rejects}-0-{rejects}-0"
        )

    def _lines(self, before: int, begin: int, end: int) -> str:
        received = f"{self.begun} + i * {self.hours * HOUR_MS} // {self.shape.events} AS received"
        fresh = tenant.events(self.shape, begin, end)
        parts = [
            f"""SELECT {_SAID}, receipt, {received}, source, 'stored' AS verdict
            FROM ({fresh}) ORDER BY i"""
        ]
        if self.doubled and before < begin:
            again = tenant.events(self.shape, before, begin)
            parts.append(f"""SELECT {_SAID}, receipt || '-2' AS receipt, {received}, source,
                'stored' AS verdict FROM ({again}) WHERE i % {self.doubled} = 0 ORDER BY i""")
        if self.rejected:
            parts.append(self._rejects(begin, end, received))
        return " UNION ALL ".join(
            f"SELECT to_json(line) AS line FROM ({part}) line" for part in parts
        )

    def _rejects(self, begin: int, end: int, received: str) -> str:
        return f"""SELECT (i % 500)::INTEGER AS n, {received}, received AS time,
            'reject' || i AS receipt, 'planhat' AS source, 'rejected' AS verdict,
            'date_out_of_range' AS code
            FROM range({begin}, {end}) _(i) WHERE i % {self.rejected} = 0 ORDER BY i"""


def write_people(shape: Shape, tenant_name: str, hour: str, folder: Path) -> list[Path]:
    """Writes all users and accounts of a shape as changes that landed in an hour."""
    at = times.start_of_day(hour[:10]) + int(hour[11:]) * HOUR_MS
    paths = []
    with duckdb.connect() as db:
        tenant.prepare(db, shape)
        for kind, table in (("user", "identities"), ("account", "orgs")):
            (total,) = db.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
            for begin in range(0, total, _PEOPLE_AT_ONCE):
                draft = folder / "draft.ndjson.zst"
                some = f"SELECT * FROM {table} WHERE n >= {begin} AND n < {begin + _PEOPLE_AT_ONCE}"
                changes = people.select(f"{kind}s", shape, some, kind)
                lines = _copied(db, f"SELECT to_json(line) AS line FROM ({changes}) line", draft)
                counts = f"{lines}-0" if kind == "user" else f"0-{lines}"
                name = blake2b(draft.read_bytes(), digest_size=12).hexdigest()
                paths.append(_placed(draft, folder, "changes", tenant_name, at, f"{name}.{counts}"))
    return paths


def _copied(db: duckdb.DuckDBPyConnection, select: str, path: Path) -> int:
    """Writes a column of JSON as lines; how many. What has no value in a line is not written,
    which `COPY … (FORMAT json)` would do.
    """
    how = "FORMAT csv, HEADER false, QUOTE '', ESCAPE '', DELIMITER '\\x01', COMPRESSION zstd"
    (lines,) = db.execute(f"COPY ({select}) TO '{path}' ({how})").fetchone() or (0,)
    return int(lines)


def _placed(draft: Path, folder: Path, kind: str, tenant_name: str, at: int, name: str) -> Path:
    path = folder / f"{kind}/{tenant_name}/{times.hour(at)}/{name}.ndjson.zst"
    path.parent.mkdir(parents=True, exist_ok=True)
    return draft.rename(path)
