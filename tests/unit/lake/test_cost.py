"""What a question costs of S3, to the byte, with files as large as they are for a big tenant."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.unit.lake.lakes import TENANT, Lake
from waypost.lake import fetching, footers, months, tables
from waypost.lake.months import File
from waypost.lake.plans import Plan

ROWS = 150_000
USERS = 3_000


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A month of events by users that lie one after the other, in eight row groups."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    lake.db.execute(f"""CREATE TABLE users AS SELECT
        1798761600000 + (hash(i) % 2678400000)::BIGINT AS time, md5(i::VARCHAR)::UUID AS id,
        format('u{{:06d}}', i % {USERS}) AS user_id, 'a' || (i % 60) AS action,
        md5((i * 7)::VARCHAR) AS properties FROM range({ROWS}) AS t(i)""")
    made = [
        f"{name if name in ('time', 'id', 'user_id', 'action', 'properties') else 'NULL'}"
        f"::{kind} AS {name}"
        for name, kind in tables.EVENTS.items()
    ]
    relation = f"(SELECT {', '.join(made)} FROM users)"
    lake.publish("events", "2027-01-01", "2027-01-31", relation)
    return lake


@pytest.fixture
def lake(big: Lake, tmp_path: Path) -> Lake:
    """The same with an empty cache."""
    big.folder = tmp_path
    big.lake.fetched.clear()
    return big


def test_the_file_is_big(lake: Lake) -> None:
    assert file_of(lake).size > fetching.BIG


def test_all_columns_are_one_get_of_the_whole_file(lake: Lake) -> None:
    assert cost(lake, Plan({"events": None})) == (1, file_of(lake).size)
    assert cost(lake, Plan({"events": None})) == (0, 0)
    assert cost(lake, Plan({"events": ("time",)})) == (0, 0)


def test_one_column_is_its_chunks_and_the_end_of_the_file(lake: Lake) -> None:
    sizes = chunks(lake, "time")

    # Between the chunks of two row groups lies more than is read for nothing.
    assert cost(lake, Plan({"events": ("time",)})) == (1 + len(sizes), footers.TAIL + sum(sizes))
    assert cost(lake, Plan({"events": ("time",)})) == (0, 0)


def test_a_further_column_costs_its_own_bytes_alone(lake: Lake) -> None:
    cost(lake, Plan({"events": ("time",)}))

    sizes = chunks(lake, "id")

    assert cost(lake, Plan({"events": ("time", "id")})) == (len(sizes), sum(sizes))


def test_a_page_of_one_user_is_the_end_of_the_file_and_one_row_group(lake: Lake) -> None:
    user = "u000007"
    plan = Plan({"events": ("time", "id", "properties")}, equal={"events": ("user_id", (user,))})

    with lake.reader().open(TENANT, plan) as opened:
        assert opened.rows("SELECT count(*) FROM events") == [(tables.ROW_GROUP["events"],)]

    # The columns in between are few bytes, and come along.
    assert opened.cost.gets == 2
    wanted = [chunks(lake, name)[0] for name in ("time", "id", "properties")]
    assert sum(wanted) <= opened.cost.bytes - footers.TAIL < sum(wanted) + 4 * fetching._GAP
    assert opened.cost.bytes < file_of(lake).size / 4


def test_of_a_day_in_parts_a_user_is_asked_of_one() -> None:
    day = "2027-01-01"
    files = [File(str(part), 1, 1, day, day, part=part, parts=4) for part in range(4)]
    with duckdb.connect() as db:
        told = {
            user: db.execute("SELECT md5_number_lower($user) % 4", {"user": user}).fetchall()[0][0]
            for user in ("u1", "u2", "ü")
        }

    for user, part in told.items():
        assert list(months.of_users(files, [user])) == [files[part]]
    assert list(months.of_users(files, told)) == [files[part] for part in sorted({*told.values()})]


def test_a_running_question_keeps_its_files_while_others_push_them_out(tmp_path: Path) -> None:
    lake = Lake(tmp_path, bound=200_000)
    for day in range(1, 29):
        date = f"2027-01-{day:02d}"
        user = f"DATE '{date}' AS day, md5(i::VARCHAR) AS user_id, NULL AS company_id"
        lake.publish("days", date, date, f"(SELECT {user} FROM range({day}, 1000) AS t(i))")
    reader = lake.reader()
    first = Plan({"days": None}, "2027-01-01", "2027-01-01")

    with reader.open(TENANT, first) as opened:
        with reader.open(TENANT, Plan({"days": None})) as other:
            assert other.cost.gets == 27
        assert opened.rows("SELECT count(DISTINCT user_id) FROM days") == [(999,)]

    with reader.open(TENANT, first) as again:
        assert again.cost.gets == 1, "it was pushed out"
    kept = sum(path.stat().st_blocks * 512 for path in (tmp_path / "cache").iterdir())
    assert kept <= lake.bound


def test_a_big_file_that_is_replaced_between_its_end_and_its_columns_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "BIG", 0)
    monkeypatch.setattr(footers, "TAIL", 8)
    lake = Lake(tmp_path)
    old = lake.add("days", "2027-01-01", "2027-01-01", [{"day": "2027-01-01", "user_id": "old"}])
    read = footers.read

    def replaced(*asked: Any) -> Any:
        if old.key in lake.lake.objects:
            lake.replace("days", old, [{"day": "2027-01-01", "user_id": "new"}])
        return read(*asked)

    monkeypatch.setattr(footers, "read", replaced)

    with lake.reader().open(TENANT, Plan({"days": ("user_id",)})) as opened:
        assert opened.rows("FROM days") == [("new",)]


def cost(lake: Lake, plan: Plan) -> tuple[int, int]:
    with lake.reader().open(TENANT, plan) as opened:
        columns = ", ".join(f"max({name})" for name in plan.tables["events"] or ("time",))
        assert opened.rows(f"SELECT count(*), {columns} FROM events")[0][0] == ROWS
    return opened.cost.gets, opened.cost.bytes


def file_of(lake: Lake) -> File:
    (file,) = lake.month("2027-01").files["events"]
    return file


def chunks(lake: Lake, column: str) -> list[int]:
    """The bytes of a column, row group by row group."""
    path = lake.folder / "whole.parquet"
    path.write_bytes(lake.lake.objects[file_of(lake).key])
    with duckdb.connect() as db:
        rows = db.execute(
            "SELECT total_compressed_size FROM parquet_metadata($path) "
            "WHERE path_in_schema = $column ORDER BY row_group_id",
            {"path": str(path), "column": column},
        ).fetchall()
    return [size for (size,) in rows]


def test_only_the_footers_that_were_used_last_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(footers, "_REMEMBERED", 2)
    asked: list[str] = []

    def read(_: object, paths: list[Path]) -> dict[str, None]:
        asked.extend(map(str, paths))
        return dict.fromkeys(map(str, paths))

    monkeypatch.setattr(footers, "read", read)
    known = footers.Footers()
    with duckdb.connect() as db:
        for name in ("a", "b", "a", "c", "a", "b"):
            known.of(db, {name: Path(name)})

    assert asked == ["a", "b", "c", "b"]
