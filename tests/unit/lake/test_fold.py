"""The fold of one unit: how the rows of its files lie."""

from pathlib import Path
from random import Random

import duckdb
import pytest

from tests.unit.lake.folding import DAY, NOW, landed
from waypost.lake import fold
from waypost.lake.fold import Fold
from waypost.lake.records import pack
from waypost.lake.sql import parquet
from waypost.lake.tables import ORDER
from waypost.lake.units import Unit

ROWS = 40_000


@pytest.mark.parametrize(("at_once", "files"), [(ROWS, 1), (ROWS // 3, 4)])
def test_the_rows_of_every_file_lie_in_the_order_of_their_table(
    at_once: int, files: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So that there are many groups, and more than one thread has some of them.
    monkeypatch.setattr(fold, "DEFAULT_ROW_GROUP", 2_048)
    monkeypatch.setattr(fold, "ROW_GROUP", {"events": 2_048})
    # More are parted by their users, those of nobody among them.
    monkeypatch.setattr(fold, "_AT_ONCE", at_once)
    random = Random(7)
    records = [
        landed(f"{n}", n=n, user_id=somebody(random), time=NOW - random.randrange(10**7))
        for n in range(ROWS)
    ]
    folder = tmp_path / "Ann's"
    folder.mkdir()
    path = folder / "landing.ndjson.zst"
    path.write_bytes(pack(records))
    folding = Fold(folder)

    rows = folding.land([path], "some")
    folded = folding.fold([rows], Unit((DAY,), ROWS), {}, {})

    assert folded is not None
    assert len(folded.files["events"]) == files
    for table, made in folded.files.items():
        assert rows_out_of_order([file.path for file in made], ORDER[table]) == 0, table
    assert sum(file.rows for file in folded.files["events"]) == ROWS


def somebody(random: Random) -> str | None:
    number = random.randrange(900)
    return f"u{number}" if number else None


def rows_out_of_order(paths: list[Path], order: str) -> int:
    """How many rows lie behind one that should come later; of all files, one after the other."""
    keys = f"({order})"
    place = "(file_index, file_row_number)"
    with duckdb.connect() as db:
        (count,) = db.execute(
            f"""SELECT count(*) FROM (
                SELECT {keys} AS here, lag({keys}) OVER (ORDER BY {place}) AS before
                FROM {parquet(*paths, options=", file_row_number = true")})
            WHERE before > here"""
        ).fetchone() or (-1,)
    return int(count)
