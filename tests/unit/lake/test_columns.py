"""One table of columns: what lands, what the Parquet files hold, what is read back."""

from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest

from tests import fakes
from tests.unit.lake.folding import NOW, Folding, landed
from waypost.lake import columns, hourly_run
from waypost.lake.archive import Archive
from waypost.lake.ports import AggregateStores
from waypost.lake.records import Landed

INTERNAL = {"key", "own_time", "verified"}
EVERYTHING = landed(
    "e1",
    "r1",
    n=3,
    label="l",
    weight=0.5,
    count=2,
    external_id="x",
    email="e@acme.example",
    anonymous_id="a",
    name="Ann",
    company_id="acme",
    properties={"plan": "pro", "seats": [1, 2.5, None]},
    kind="identify",
    session="s1",
    module="m",
    feature="f",
    product="p",
    page="/p",
    active_ms=60_000,
    module_ms=50_000,
    reason="company",
    confidence=0.9,
)


def test_every_word_of_a_landed_record_is_a_column_or_stays_on_the_way() -> None:
    words = {field.name for field in msgspec.structs.fields(Landed)}

    assert words - set(columns.LANDED) == INTERNAL
    assert set(columns.LANDED) <= words


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("id", "VARCHAR"),
        ("time", "BIGINT"),
        ("n", "INTEGER"),
        ("count", "INTEGER"),
        ("weight", "DOUBLE"),
        ("properties", "JSON"),
        ("overwrites", "BOOLEAN"),
    ],
)
def test_a_column_has_the_type_of_its_field(name: str, kind: str) -> None:
    assert columns.LANDED[name] == kind


def test_the_hourly_job_writes_these_columns_of_these_types(tmp_path: Path) -> None:
    fold = Folding(tmp_path)
    fold([landed("e1"), EVERYTHING])

    with duckdb.connect() as db:
        query = "DESCRIBE SELECT * FROM read_parquet($1)"
        written = db.execute(query, [str(fold.file().path)]).fetchall()

    assert {name: kind for name, kind, *_ in written} == columns.PARQUET


def test_what_a_line_leaves_out_is_its_default_in_the_file(tmp_path: Path) -> None:
    fold = Folding(tmp_path)
    fold([landed("e1", weight=1.0, count=1)])

    with duckdb.connect() as db:
        names = "n, weight, count, active_ms, module_ms, confidence"
        query = f"SELECT {names} FROM read_parquet($1)"
        (row,) = db.execute(query, [str(fold.file().path)]).fetchall()

    assert row == (0, 1.0, 1, 0, 0, 0.0)


@pytest.mark.parametrize("event", [EVERYTHING, landed("e1")], ids=["full", "bare"])
def test_an_event_is_read_back_as_it_landed(event: Landed) -> None:
    lake, metrics = fakes.FakeLake(), fakes.FakeMetrics()
    lake.put_landing("t1", [event], NOW, ["m1"], {})
    stores = AggregateStores(lake, metrics, fakes.FakeDirectory(), fakes.FakeRows())
    hourly_run.run("t1", stores=stores, clock=fakes.FixedClock(NOW), name="run")

    events = Archive(lake, metrics).events("t1", before=("9999-12-31", NOW + 1, ""), limit=9)

    assert events == [event]


def test_the_full_event_leaves_no_column_empty() -> None:
    filled: dict[str, Any] = msgspec.to_builtins(EVERYTHING)

    assert set(columns.READ) - set(filled) == set()
