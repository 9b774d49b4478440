"""The hourly fold: landed records become deduplicated files and numbers, however they come."""

from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import fakes
from waymark import aggregation, lake, manifests
from waymark.aggregates import DayResult, ExistingFile, Fold, LandingFile
from waymark.cubes import Row
from waymark.lake import Landed
from waymark.ports import AggregateStores

NOW = 1_800_000_000_000  # 2027-01-15T08:00Z
HOUR_MS = 3_600_000
DAY, HOUR, NEXT = "2027-01-15", "2027-01-15T08", "2027-01-15T09"


def landed(id: str, receipt: str = "r1", *, n: int = 0, **fields: Any) -> Landed:
    values: dict[str, Any] = {
        "time": NOW, "received": NOW, "source": "s", "verdict": "stored",
        "action": "a", "user_id": "u1", "account_id": "acme",
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
        self.fold.land([LandingFile(*pair) for pair in zip(files, hours, strict=True)])
        self.fold.decide(more.get("existing", []))
        return self.fold.result(more.get("day", DAY), more.get("rewritten", set(hours)))

    def file(self, hour: str = HOUR, kind: str = "stored", **named: Any) -> ExistingFile:
        path = self.fold.write(DAY, hour, kind, **named)
        assert path is not None
        return ExistingFile(path.rename(self._path(".parquet")), kind, DAY)

    def _object(self, records: list[Landed]) -> Path:
        path = self._path(".ndjson.zst")
        path.write_bytes(lake.pack(records))
        return path

    def _path(self, suffix: str) -> Path:
        path = self.folder / f"{next(self.names)}{suffix}"
        if not suffix:
            path.mkdir()
        return path


@pytest.fixture
def fold(tmp_path: Path) -> Folding:
    return Folding(tmp_path)


def counts(result: DayResult) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in result.counts.values():
        total.update(one)
    return dict(total)


def test_events_become_rows_by_hour_action_account_and_user(fold: Folding) -> None:
    records = [
        landed("e1", n=0, count=3, weight=0.5),
        landed("e2", n=1, time=NOW + 1, weight=2.0),
        landed("e3", n=2, time=NOW + HOUR_MS, action=None),
        landed("e4", n=3, time=NOW - 24 * HOUR_MS),
    ]

    result = fold(records)

    assert result.rows == [
        Row(8, "a", "acme", "u1", 4, 3.5),
        Row(9, None, "acme", "u1", 1, 1.0),
    ]
    assert counts(result) == {"stored": 3}


def test_a_redelivered_arrival_is_no_duplicate(fold: Folding) -> None:
    records = [landed("e1", n=0), landed("e2", n=1)]

    result = fold(records, records[:1], records[1:], hours=[HOUR, HOUR, NEXT])

    assert counts(result) == {"stored": 2}
    assert sum(row.events for row in result.rows) == 2


def test_an_arrival_of_a_file_that_stays_is_no_duplicate_when_redelivered(fold: Folding) -> None:
    fold([landed("e1")])
    before = fold.file()

    result = fold([landed("e1")], hours=[NEXT], existing=[before])

    assert counts(result) == {}
    assert sum(row.events for row in result.rows) == 1


def test_the_first_reception_is_stored_whatever_lands_first(fold: Folding) -> None:
    early, late = landed("e1", "r1", user_id="u1"), landed("e1", "r2", received=NOW + 1)

    result = fold([late], [early])

    assert counts(result) == {"stored": 1, "duplicate": 1}
    (row,) = duckdb.execute("SELECT receipt FROM read_parquet($1)", [str(fold.file().path)])
        .fetchall()
    assert row == ("r1",)
