"""Athena's statement of a question's rows finds the rows that DuckDB finds.

There is no Athena here. That its parser would take the statement, sqlglot's reader of its dialect
tells; what it means is told by DuckDB, to whose dialect the statement is translated back.
"""

import json
from datetime import date
from typing import Any

import duckdb
import pytest
import sqlglot

from tests.unit.insights import activity_world
from tests.unit.insights.activity_world import DAY
from waypost.errors import TooLong
from waypost.insights import activity, athena, fields, filters
from waypost.insights.needs import Asked
from waypost.lake.months import File
from waypost.lake.tables import MONTHLY
from waypost.times import DAY_MS, HOUR_MS

TENANT, BUCKET = "t", "lake"
DUCKDB = ("GROUP BY ALL", "USING", " // ", "::", "ISFINITE", "CONTAINS(", "$v", ":v", "p:plan IN")
EVENTS: list[dict[str, Any]] = [
    {"time": DAY + 1, "action": "a", "properties": '{"plan":"pro","deep":{"x":[1,{"y":2}]}}'},
    {"time": DAY + HOUR_MS, "action": "b", "properties": '{"plan":"it\'s","seats":5}'},
    {"time": DAY + DAY_MS, "action": "a", "company_id": "acme", "properties": '{"seats":"12"}'},
    {"time": DAY, "user_id": "u2", "action": None, "weight": 2.5, "count": 3, "properties": "{}"},
    {"time": DAY, "kind": "time", "active_ms": 5, "properties": '{"plan":"pro"}'},
]


def text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


_ACTIVE = [
    {"user_id": "u1", "count": 1, "weight": 1.0, **event} for event in EVENTS if "kind" not in event
]
TABLES: dict[str, list[dict[str, Any]]] = {
    "props": [
        {
            **{name: event[name] for name in event if name in MONTHLY["props"]},
            **{f"p:{key}": text(value) for key, value in json.loads(event["properties"]).items()},
        }
        for event in _ACTIVE
    ],
    "totals": [
        {"hour": DAY, "action": "a", "events": 2, "weight": 2.0},
        {"hour": DAY + 5 * HOUR_MS, "action": None, "events": 1, "weight": 0.5},
        {"hour": DAY + HOUR_MS, "action": "b", "events": 0, "weight": 0.0},
    ],
    "totals_day": [
        {"day": date(2024, 10, 4), "action": "a", "events": 2, "weight": 2.0},
        {"day": date(2024, 10, 5), "action": "b", "events": 3, "weight": 1.0},
    ],
    "activity": [
        {"day": date(2024, 10, 4), "user_id": "u1", "company_id": "acme", "events": 2},
        {"day": date(2024, 10, 5), "user_id": "u2", "events": 3},
    ],
}
QUESTIONS: list[tuple[tuple[str, ...], tuple[str, ...], dict[str, Any]]] = [
    (("action",), (), {"columns": {"time", "count", "weight"}, "grain": HOUR_MS}),
    (("action",), (), {"columns": {"time", "count"}, "grain": DAY_MS}),
    (("account",), (), {"columns": {"time", "count"}, "grain": DAY_MS}),
    ((), (), {"columns": {"count"}, "grain": DAY_MS, "start": DAY, "end": DAY + DAY_MS}),
    (("action",), (), {"columns": {"time", "count"}, "start": DAY, "end": DAY + DAY_MS}),
    (("account",), ("trait.role exists",), {"columns": {"time", "person"}, "grain": DAY_MS}),
    (("user",), ("user=ann@acme.com",), {"columns": {"count"}, "grain": HOUR_MS}),
    (("user",), ('user in ["u1","x2"]',), {"columns": {"count"}}),
    (("info.deep.x.1.y", "info.plan"), (), {"columns": {"time"}}),
    (("info.deep",), ("info.plan=pro",), {"columns": {"count"}}),
    (("info.plan",), ("info.seats>=5",), {"columns": {"count"}}),
    (("info.plan",), ("info.plan=it's",), {"columns": {"count"}}),
    (("info.plan",), ("info.plan contains IT'",), {"columns": {"count"}}),
    (("account.trait.tier",), ("action!=b",), {"columns": {"weight"}, "grain": DAY_MS}),
    (("trait.deep.er",), ("account contains acme",), {"columns": {"count"}}),
]


def asked(of: tuple[str, ...], given: tuple[str, ...], more: dict[str, Any]) -> activity.Rows:
    return activity.rows(
        Asked(
            fields=tuple(fields.field(name, "group_by") for name in of),
            filters=tuple(map(filters.read, given)),
            **{**more, "columns": frozenset(more["columns"])},
        )
    )


def files_of(rows: activity.Rows) -> dict[str, list[File]]:
    """One file of each table, of which the last day is another's by now."""
    days = ("2024-10-01", "2024-10-31", ("2024-10-31",))
    return {
        table: [File(f"{table}/tenant_id=t/month=2024-10/f.parquet", 1, 1, *days)]
        for table in {*rows.plan.tables, "events"}
        if table in MONTHLY
    }


def translated(rows: activity.Rows, **more: Any) -> str:
    given = {"tenant": TENANT, "files": files_of(rows), "bucket": BUCKET, **more}
    return athena.statement(rows.sql, rows.parameters, rows.plan, **given)


def glue(db: duckdb.DuckDBPyConnection, tables: list[str]) -> None:
    """Tables as Glue has them: with everybody's rows, and those of files that were replaced."""
    db.execute("CREATE MACRO is_finite(x) AS isfinite(x)")
    for table in tables:
        here = f"s3://lake/{table}/tenant_id=t/month=2024-10/f.parquet"
        others = [("t", here), ("stranger", here)]
        if table in MONTHLY:
            others.append(("t", "s3://lake/replaced.parquet"))
        rows = " UNION ALL ".join(
            f"SELECT *, '{tenant}' AS tenant_id, '{path}' AS \"$path\", '2024-10' AS month, "
            f"NULL::BIGINT AS gone FROM {table}"
            for tenant, path in others
        )
        db.execute(f"CREATE TABLE raw_{table} AS {rows}")


@pytest.mark.parametrize(("of", "given", "more"), QUESTIONS)
def test_the_rows_are_those_of_duckdb(
    of: tuple[str, ...], given: tuple[str, ...], more: dict[str, Any]
) -> None:
    rows = asked(of, given, more)
    text = translated(rows)
    back = sqlglot.parse_one(text, read="athena").sql("duckdb")
    plan = rows.plan.reading({"events": None})

    with activity_world.reader(*EVENTS, **TABLES).open(TENANT, plan) as opened:
        glue(opened.db, [table for table in plan.tables if table != "props"])
        expected = opened.rows(rows.sql, rows.parameters)
        found = opened.rows(back)

    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    assert expected, "a question that finds nothing tells nothing"


@pytest.mark.parametrize(("of", "given", "more"), QUESTIONS)
def test_nothing_is_left_of_what_only_duckdb_says(
    of: tuple[str, ...], given: tuple[str, ...], more: dict[str, Any]
) -> None:
    text = translated(asked(of, given, more))

    assert [word for word in DUCKDB if word in text] == []
    assert sqlglot.parse_one(text, read="athena").sql("athena") == text


@pytest.mark.parametrize(("of", "given", "more"), QUESTIONS)
def test_every_table_is_asked_for_one_tenant(
    of: tuple[str, ...], given: tuple[str, ...], more: dict[str, Any]
) -> None:
    """Athena finds no files of a table without: the partition is injected."""
    text = translated(asked(of, given, more))

    assert text.count("FROM raw_") == text.count(f"tenant_id = '{TENANT}'") > 0


def test_a_table_without_files_has_no_rows() -> None:
    rows = asked(*QUESTIONS[0])

    text = translated(rows, files={})

    assert "(FALSE)" in text
    assert "month" not in text


def test_more_files_than_a_statement_can_name_are_too_much() -> None:
    rows = asked(*QUESTIONS[0])
    (file,) = files_of(rows)[rows.table]

    translated(rows, files={rows.table: [file] * 2_000})
    with pytest.raises(TooLong):
        translated(rows, files={rows.table: [file] * 5_000})
