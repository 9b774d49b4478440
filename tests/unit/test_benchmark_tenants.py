"""The tenants of the benchmarks: the same for everybody, and as large as they say."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import duckdb
import pytest

from tests.benchmarks import landing, shapes, tenant
from tests.benchmarks.lake_files import Lake, Writer
from tests.benchmarks.landing import Landing
from tests.benchmarks.shapes import Shape
from waypost.event import Verdict
from waypost.lake import records

SMALL = replace(shapes.S, events=12_000, days=40)
HOUR = "2026-11-25T20"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return Writer(SMALL, "t", tmp_path_factory.mktemp("lake")).write()


def landed(shape: Shape, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    paths = Landing(shape, "t", HOUR, objects=3, hours=2).write(folder)
    paths += landing.write_people(shape, "t", HOUR, folder)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    first, again = landed(SMALL, tmp_path / "1"), landed(SMALL, tmp_path / "2")
    other = landed(replace(SMALL, seed=2), tmp_path / "3")

    assert first == again
    assert not set(first.values()) & set(other.values())


def test_a_part_made_alone_is_the_part_of_the_whole() -> None:
    with duckdb.connect() as db:
        tenant.prepare(db, SMALL)
        whole = f"SELECT * FROM ({tenant.events(SMALL)}) WHERE i >= 700 AND i < 900"
        part = f"SELECT * FROM ({tenant.events(SMALL, 700, 900)})"

        assert (
            db.execute(f"{whole} ORDER BY i").fetchall()
            == db.execute(f"{part} ORDER BY i").fetchall()
        )


def test_the_events_are_as_many_and_as_mixed_as_the_shape_says() -> None:
    with duckdb.connect() as db:
        tenant.prepare(db, SMALL)
        db.execute(f"CREATE TABLE events AS {tenant.events(SMALL)}")
        ids, days, actions, modules, first, last = db.execute(
            """SELECT count(DISTINCT id), count(DISTINCT time // 86400000), count(DISTINCT action),
                count(DISTINCT module), min(make_timestamp(time * 1000))::DATE,
                max(make_timestamp(time * 1000))::DATE FROM events"""
        ).fetchall()[0]
        company, length = db.execute(
            "SELECT count(company_id) / count(*), avg(length(properties)) FROM events"
        ).fetchall()[0]

    assert (ids, days, first, last) == (SMALL.events, SMALL.days, SMALL.first, SMALL.last)
    assert (actions, modules) == (shapes.ACTIONS, shapes.MODULES)
    assert 0.4 < company < 0.6
    assert 80 < length < 95


@pytest.mark.parametrize("shape", [shapes.S, replace(shapes.M, days=14, events=1_200_000)])
def test_people_are_as_many_as_the_shape_says(shape: Shape) -> None:
    with duckdb.connect() as db:
        tenant.prepare(db, shape)
        users, alone, accounts = db.execute(
            """SELECT count(DISTINCT person), count(*) FILTER (account IS NULL) / count(*),
                count(DISTINCT account) FROM identities"""
        ).fetchall()[0]
        least, most = db.execute(
            """SELECT min(n), max(n) FROM (
                SELECT count(DISTINCT identity) AS n FROM active GROUP BY day_n)"""
        ).fetchall()[0]
        orgs = db.execute("SELECT count(DISTINCT account) FROM orgs").fetchall()[0][0]

    assert (users, accounts) == (shape.users, shape.accounts)
    assert orgs == shape.accounts + shape.idle_accounts
    assert 0.05 < alone < 0.15
    assert (least, most) == shape.active


def test_what_lands_is_what_the_names_say_and_holds_copies_and_rejects(tmp_path: Path) -> None:
    objects = landed(SMALL, tmp_path / "1")
    events = {key: data for key, data in objects.items() if key.startswith("landing/")}
    lines = {key: records.unpack(data) for key, data in events.items()}
    stored = [line for some in lines.values() for line in some if line.verdict == Verdict.STORED]

    for key, some in lines.items():
        counts = records.listed(key).counts
        assert counts[Verdict.STORED] + counts[Verdict.REJECTED] == len(some)
        assert counts[Verdict.REJECTED] == sum(line.verdict == Verdict.REJECTED for line in some)
    assert {records.listed(key).hour for key in events} == {HOUR, "2026-11-25T21"}
    assert len({line.id for line in stored}) == SMALL.events
    assert len({(line.receipt, line.n) for line in stored}) == len(stored) > SMALL.events
    people = [records.unpack_changes(data) for key, data in objects.items() if key not in events]
    assert sum(map(len, people)) == SMALL.identities + SMALL.accounts + SMALL.idle_accounts


def test_the_manifests_tell_what_lies_in_the_files(lake: Lake) -> None:
    by_table: dict[str, int] = {}
    for month in lake.months:
        for table, files in month.files.items():
            spans = sorted((file.first, file.last) for file in files)
            assert all(before[1] < after[0] for before, after in pairwise(spans))
            by_table[table] = by_table.get(table, 0) + sum(file.rows for file in files)

    assert by_table["events"] == by_table["path"] == by_table["context"] == by_table["props"]
    assert by_table["events"] == SMALL.events
    assert sum(month.totals()[Verdict.STORED] for month in lake.months) == SMALL.events
    assert lake.head.files["users"].rows == lake.head.files["who"].rows == SMALL.identities


@pytest.mark.parametrize("table", ["totals", "totals_day", "activity", "seen"])
def test_every_event_is_in_every_number(lake: Lake, table: str) -> None:
    head = lake.head.files.get(table)
    files = [head] if head else [file for month in lake.months for file in month.files[table]]
    paths = [str(lake.folder / file.key) for file in files]

    with duckdb.connect() as db:
        events = db.execute("SELECT sum(events) FROM read_parquet(?)", [paths]).fetchall()[0][0]

    assert events == SMALL.events
