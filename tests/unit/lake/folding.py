"""Landed records, and one fold over them: what the tests of the hourly job begin with."""

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import duckdb

from waypost.lake.fold import DayResult, ExistingFile, Fold, LandingFile
from waypost.lake.records import Landed, pack

NOW = 1_800_000_000_000  # 2027-01-15T08:00Z
DAY, HOUR, NEXT = "2027-01-15", "2027-01-15T08", "2027-01-15T09"


def landed(id: str, receipt: str = "r1", *, n: int = 0, **fields: Any) -> Landed:
    values: dict[str, Any] = {
        "time": NOW,
        "received": NOW,
        "source": "s",
        "verdict": "stored",
        "action": "a",
        "user_id": "u1",
        "account_id": "acme",
    }
    return Landed(id=id, receipt=receipt, n=n, **(values | fields))


@dataclass
class Folding:
    """One fold over landing files, and what it makes of them."""

    folder: Path
    names: Any = field(default_factory=count)

    def __call__(self, *objects: list[Landed], **more: Any) -> DayResult:
        """Folds objects that landed in `hours`, next to files that stay; answers one day."""
        hours = more.get("hours", [HOUR] * len(objects))
        self.fold = Fold(self._path(""))
        files = [self._object(records) for records in objects]
        self.fold.place(more.get("placed", {}))
        self.fold.land([LandingFile(*pair) for pair in zip(files, hours, strict=True)])
        self.fold.decide(more.get("existing", []))
        return self.fold.result(more.get("day", DAY), more.get("rewritten", set(hours)))

    def file(self, hour: str = HOUR, kind: str = "stored", **named: Any) -> ExistingFile:
        path = self.fold.write(DAY, hour, kind, **named)
        assert path is not None
        return ExistingFile(path.rename(self._path(".parquet")), kind, DAY)

    def _object(self, records: list[Landed]) -> Path:
        path = self._path(".ndjson.zst")
        path.write_bytes(pack(records))
        return path

    def _path(self, suffix: str) -> Path:
        path = self.folder / f"{next(self.names)}{suffix}"
        if not suffix:
            path.mkdir()
        return path


def read(file: ExistingFile, column: str) -> list[Any]:
    query = f"SELECT {column} FROM read_parquet($1)"
    with duckdb.connect() as db:
        return [value for (value,) in db.execute(query, [str(file.path)]).fetchall()]
