"""Reader: the files that manifests name, as views of what a plan asks for."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.unit.lake.lakes import TENANT, Lake
from waypost.errors import Unavailable
from waypost.lake import database, derived, fetching
from waypost.lake.plans import Plan
from waypost.times import DAY_MS, HOUR_MS, start_of_day


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_a_table_is_the_rows_of_all_its_files(lake: Lake) -> None:
    lake.add("days", "2026-12-31", "2026-12-31", [day("2026-12-31", "u1")])
    lake.add("days", "2027-01-01", "2027-01-02", [day("2027-01-01", "u2"), day("2027-01-02", "u1")])

    users = ask(lake, Plan({"days": None}), "SELECT user_id, count(*) FROM days GROUP BY ALL")

    assert users == [("u1", 2), ("u2", 1)]


def test_only_the_days_of_a_span_are_there(lake: Lake) -> None:
    rows = [path(f"2027-01-0{number}", f"u{number}") for number in range(1, 6)]
    lake.add("path", "2027-01-01", "2027-01-05", rows)
    plan = Plan({"path": ("user_id",)}, "2027-01-02", "2027-01-04")

    assert ask(lake, plan, "SELECT * FROM path") == [("u2",), ("u3",), ("u4",)]


def test_a_span_ends_with_the_last_millisecond_of_its_day(lake: Lake) -> None:
    midnight = start_of_day("2027-01-03")
    rows = [{"time": midnight + ms, "user_id": f"{ms:+}"} for ms in (-1, 0, DAY_MS - 1, DAY_MS)]
    lake.add("path", "2027-01-02", "2027-01-04", rows)
    plan = Plan({"path": ("user_id",)}, "2027-01-03", "2027-01-03")

    assert ask(lake, plan, "SELECT * FROM path") == [("+0",), (f"+{DAY_MS - 1}",)]


@pytest.mark.parametrize("table", ["path", "days", "totals", "totals_day", "events"])
def test_a_day_that_was_written_anew_counts_once(lake: Lake, table: str) -> None:
    made = {"path": path, "events": path, "totals": total, "totals_day": total_day, "days": day}
    row = made[table]
    old = [row("2027-01-01"), row("2027-01-02"), row("2027-01-03")]
    lake.add(table, "2027-01-01", "2027-01-03", old, but=["2027-01-02"])
    lake.add(table, "2027-01-02", "2027-01-02", [row("2027-01-02")])

    assert ask(lake, Plan({table: None}), f"SELECT count(*) FROM {table}") == [(3,)]
    span = Plan({table: None}, "2027-01-02", "2027-01-03")
    assert ask(lake, span, f"SELECT count(*) FROM {table}") == [(2,)]


def test_a_table_without_files_is_empty_and_has_its_columns(lake: Lake) -> None:
    plan = Plan({"days": None, "path": ("time", "action"), "who": None}, "2027-01-01", "2027-01-31")

    with lake.reader().open(TENANT, plan) as opened:
        assert opened.rows("SELECT day, user_id, company_id FROM days") == []
        assert opened.rows("FROM path JOIN who ON action = person") == []
        described = opened.rows("DESCRIBE path")
    assert [(name, kind) for name, kind, *_ in described] == [
        ("time", "BIGINT"),
        ("action", "VARCHAR"),
    ]


def test_people_are_those_of_the_head_whatever_the_span(lake: Lake) -> None:
    lake.add("who", "", "", [{"user_id": "u1", "person": "p1", "account": "a1"}])
    plan = Plan({"who": ("user_id", "account")}, "2027-01-01", "2027-01-01")

    assert ask(lake, plan, "FROM who") == [("u1", "a1")]


@pytest.mark.parametrize("big", [False, True])
def test_a_property_that_is_no_column_of_a_day_is_asked_of_its_events(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, big: bool
) -> None:
    if big:
        monkeypatch.setattr(fetching, "BIG", 0)
    fold_properties(lake, "2027-01-01", ("plan", '"'), a={"plan": "x", '"': 1})
    fold_properties(lake, "2027-01-02", ("plan", "size"), b={"plan": "y", '"': [2]})
    fold_properties(lake, "2027-01-03", (), c={"plan": "z", '"': None}, d={})
    plan = Plan({"props": ("p:plan", 'p:"', "action")}, "2027-01-01", "2027-01-03")

    answer = ask(lake, plan, """SELECT action, "p:plan", "p:\"\"\" FROM props""")

    assert answer == [("a", "x", "1"), ("b", "y", "[2]"), ("c", "z", None), ("d", None, None)]
    fetched = {key.split(" ")[0] for key in lake.lake.fetched}
    assert [key.split("/")[3][:10] for key in sorted(fetched) if "props/" in key] == ["2027-01-01"]


def test_events_are_not_read_for_properties_that_are_columns(lake: Lake) -> None:
    fold_properties(lake, "2027-01-01", ("plan", "size"), a={"plan": "x", "size": 3})
    fold_properties(lake, "2027-01-02", ("plan",), b={"plan": "y", "size": 3})
    fold_properties(lake, "2027-01-03", ("at", "plan"), c={"plan": "z", "at": 3})

    answer = ask(lake, Plan({"props": ("p:plan",)}), 'SELECT "p:plan" FROM props')

    assert answer == [("x",), ("y",), ("z",)]
    assert [key for key in lake.lake.fetched if key.startswith("events/")] == []


def test_only_the_months_and_days_asked_for_are_fetched(lake: Lake) -> None:
    for name in ("2026-11-30", "2026-12-01", "2026-12-02", "2027-01-01"):
        lake.add("days", name, name, [day(name)])
    lake.add("path", "2026-12-01", "2026-12-01", [path("2026-12-01")])

    with lake.reader().open(TENANT, Plan({"days": None}, "2026-12-01", "2026-12-01")) as opened:
        assert opened.rows("SELECT count(*) FROM days") == [(1,)]

    (key,) = lake.lake.fetched
    assert key.startswith("days/tenant_id=t1/month=2026-12/2026-12-01.2026-12-01.")
    assert (opened.cost.gets, opened.cost.bytes) == (1, len(lake.lake.objects[key]))


def test_a_file_that_a_run_replaced_meanwhile_is_read_where_it_is_now(lake: Lake) -> None:
    file = lake.add("days", "2027-01-01", "2027-01-01", [day("2027-01-01", "old")])
    reader = lake.reader()
    manifests = reader.months(TENANT)
    lake.replace("days", file, [day("2027-01-01", "new")])
    stale(lake, manifests, times=1)

    with reader.open(TENANT, Plan({"days": ("user_id",)})) as opened:
        assert opened.rows("FROM days") == [("new",)]


def test_a_lake_that_is_replaced_without_end_is_unavailable(lake: Lake) -> None:
    file = lake.add("days", "2027-01-01", "2027-01-01", [day("2027-01-01")])
    manifests = lake.reader().months(TENANT)
    lake.replace("days", file, [day("2027-01-01")])
    stale(lake, manifests, times=99)

    with pytest.raises(Unavailable), lake.reader().open(TENANT, Plan({"days": None})):
        pass


def test_an_answer_is_complete_until_the_hour_that_may_hold_unread_objects(lake: Lake) -> None:
    lake.metrics.put_mark(TENANT, "2027-01-15T05", frozenset())

    with lake.reader().open(TENANT, Plan({"days": None}, fresh=False)) as opened:
        pass

    assert opened.complete_until == start_of_day("2027-01-15") + 5 * HOUR_MS
    assert not opened.provisional


def fold_properties(
    lake: Lake, day: str, keys: tuple[str, ...], **properties: dict[str, Any]
) -> None:
    """A day of events, one with each of these properties, of which some are columns."""
    for action, given in properties.items():
        row = path(day) | {"action": action, "properties": json.dumps(given)}
        name = f"{action}_events"
        lake.add("events", day, day, [row])
        lake.db.execute(f"CREATE OR REPLACE TABLE {name} AS FROM made")
    relation = "(" + " UNION ALL ".join(f"FROM {action}_events" for action in properties) + ")"
    lake.publish("props", day, day, f"({derived.select('props', relation, keys)})", keys=keys)


def ask(lake: Lake, plan: Plan, sql: str) -> list[tuple[Any, ...]]:
    with lake.reader().open(TENANT, plan) as opened:
        return sorted(opened.rows(sql), key=str)


def stale(lake: Lake, manifests: list[Any], times: int) -> None:
    """Lets a reader see manifests of before, that often."""
    current, left = lake.metrics.months, [manifests] * times
    lake.metrics.months = (  # type: ignore[method-assign]
        lambda *asked: left.pop() if left else current(*asked)
    )


def day(day: str, user: str = "u") -> dict[str, Any]:
    return {"day": day, "user_id": user}


def path(day: str, user: str = "u") -> dict[str, Any]:
    return {"time": start_of_day(day) + HOUR_MS, "user_id": user}


def total(day: str) -> dict[str, Any]:
    return {"hour": start_of_day(day) + HOUR_MS, "action": "a"}


def total_day(day: str) -> dict[str, Any]:
    return {"day": day, "action": "a"}


def test_questions_that_are_open_at_once_do_not_see_each_other(lake: Lake) -> None:
    lake.add("days", "2027-01-01", "2027-01-01", [day("2027-01-01")])
    reader = lake.reader()

    with (
        reader.open(TENANT, Plan({"days": None})) as one,
        reader.open("other", Plan({"days": None})) as other,
    ):
        assert one.rows("SELECT count(*) FROM days") == [(1,)]
        assert other.rows("SELECT count(*) FROM days") == [(0,)]


def test_a_question_that_fails_leaves_nothing_behind(lake: Lake) -> None:
    def databases() -> list[tuple[Any, ...]]:
        with database.opened() as db:
            return db.execute(
                "SELECT database_name FROM duckdb_databases() WHERE NOT internal "
                "AND database_name <> current_database()"
            ).fetchall()

    before = databases()

    with pytest.raises(duckdb.Error), lake.reader().open(TENANT, Plan({"days": None})) as opened:
        opened.rows("FROM nowhere")

    assert databases() == before == [("memory",)]


def test_when_duckdb_breaks_down_the_next_question_is_answered(lake: Lake) -> None:
    with pytest.raises(duckdb.FatalException), lake.reader().open(TENANT, Plan({"days": None})):
        raise duckdb.FatalException("broken")

    assert ask(lake, Plan({"days": None}), "SELECT count(*) FROM days") == [(0,)]
