"""The fold of one unit: how the rows of its files lie."""

from pathlib import Path
from random import Random

import duckdb
import pytest

from tests.unit.lake.folding import DAY, NOW, landed
from waypost.lake import fold
from waypost.lake.fold import Fold
from waypost.lake.records import pack
from waypost.lake.tables import ORDER
from waypost.lake.units import Unit

ROWS = 40_000


def test_the_rows_of_every_file_lie_in_the_order_of_their_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that there are many groups, and more than one thread has some of them.
    monkeypatch.setattr(fold, "DEFAULT_ROW_GROUP", 2_048)
    monkeypatch.setattr(fold, "ROW_GROUP", {"events": 2_048})
    random = Random(7)
    records = [
        landed(f"{n}", n=n, user_id=f"u{random.randrange(900)}", time=NOW - random.randrange(10**7))
        for n in range(ROWS)
    ]
    path = tmp_path / "landing.ndjson.zst"
    path.write_bytes(pack(records))
    folding = Fold(tmp_path)

    rows = folding.land([path], "some")
    folded = folding.fold([rows], Unit((DAY,), ROWS), {}, {})

    assert folded is not None
    for table, made in folded.files.items():
        assert is_in_order(made.path, ORDER[table]), table


def is_in_order(path: Path, order: str) -> bool:
    keys = f"({order})"
    with duckdb.connect() as db:
        answer = db.execute(
            f"""SELECT count(*) FROM (
                SELECT {keys} AS here, lag({keys}) OVER (ORDER BY file_row_number) AS before
                FROM read_parquet('{path}', file_row_number = true))
            WHERE before > here"""
        ).fetchone()
    return answer == (0,)
