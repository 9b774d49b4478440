"""Athena's views: the same texts as those of `waypost sql`, and the same rows of the same files."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from tests.template import athena_views
from tests.template.stack import Stack
from tests.unit.cli import sql_world
from waypost.insights.sql_views import RAW, VIEWS
from waypost.lake import derived, tables

Row = dict[str, Any]


@pytest.fixture
def inputs(stack: Stack) -> dict[str, Row]:
    """What Glue keeps of the views, by name."""
    made = (table["TableInput"] for table in stack.of_type("AWS::Glue::Table").values())
    return {each["Name"]: deepcopy(each) for each in made if each["TableType"] == "VIRTUAL_VIEW"}


def test_the_views_in_the_template_are_those_of_waypost_sql(inputs: dict[str, Row]) -> None:
    assert inputs.keys() == VIEWS.keys()
    for view, given in inputs.items():
        assert given["Parameters"] == {"presto_view": "true", "comment": "Presto View"}
        assert given["ViewExpandedText"] == "/* Presto View */"
        assert given["StorageDescriptor"]["Columns"] == athena_views.hive_columns(view)
        assert original(given) == athena_views.original(view)


def test_another_text_would_be_noticed(inputs: dict[str, Row]) -> None:
    given = inputs["events"]
    parts = given["ViewOriginalText"]["Fn::Join"][1]
    parts[1]["Fn::Base64"]["Fn::Sub"] = original(given).replace("kind IS NULL", "true")

    assert original(given) != athena_views.original("events")


@pytest.mark.parametrize("view", VIEWS)
def test_athena_can_read_the_text_and_finds_its_tables(view: str, stack: Stack) -> None:
    tree = sqlglot.parse_one(athena_views.text(view), read="athena")

    known = {t["TableInput"]["Name"] for t in stack.of_type("AWS::Glue::Table").values()}
    assert {table.name for table in tree.find_all(exp.Table)} <= known


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables as Athena finds them: of two tenants, with who is gone, ids as bytes."""
    with duckdb.connect() as db:
        rows = {"events": sql_world.EVENTS, "seen": sql_world.SEEN, **sql_world.PEOPLE}
        for table, some in rows.items():
            tables.create(db, table, behind=True)
            for row in some:
                marks = ", ".join(f"? AS {name}" for name in row)
                db.execute(f"INSERT INTO {table} BY NAME SELECT {marks}", [*row.values()])
        db.execute(f"CREATE TABLE activity AS {derived.select('activity', 'events')}")
        for table in (*rows, "activity"):
            db.execute(f"CREATE TABLE {RAW}{table} AS {_of_files(table)}")
        yield db


def _of_files(table: str) -> str:
    month = f", strftime({tables.DAY[table]}, '%Y-%m') AS month" if table in tables.DAY else ""
    id = " REPLACE (unhex(replace(id::VARCHAR, '-', '')) AS id)" if table == "events" else ""
    tenants = "(VALUES ('t1'), ('t2')) AS tenants(tenant_id)"
    return f"SELECT *{id}, tenant_id{month} FROM {table}, {tenants}"


def rows_of(db: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return sorted(
        db.execute(f"SELECT * FROM ({query}) WHERE tenant_id = 't1'").fetchall(), key=repr
    )


@pytest.mark.parametrize("view", VIEWS)
def test_athenas_text_has_the_same_rows(db: duckdb.DuckDBPyConnection, view: str) -> None:
    (back,) = sqlglot.transpile(athena_views.text(view), read="athena", write="duckdb")

    rows = rows_of(db, VIEWS[view])

    assert rows
    assert rows_of(db, back) == rows


@pytest.mark.parametrize("view", VIEWS)
def test_a_row_of_another_tenant_changes_nothing(db: duckdb.DuckDBPyConnection, view: str) -> None:
    alone = VIEWS[view]
    for table in sorted(set(exp_tables(view))):
        alone = alone.replace(f"{table} AS", f"(FROM {table} WHERE tenant_id = 't1') AS")

    assert rows_of(db, alone) == rows_of(db, VIEWS[view])


def exp_tables(view: str) -> list[str]:
    return [
        table.name for table in sqlglot.parse_one(VIEWS[view], read="duckdb").find_all(exp.Table)
    ]


def original(given: Row) -> str:
    """The text of a view in the template, in front of and behind which stands what Athena wants."""
    before, encoded, after = given["ViewOriginalText"]["Fn::Join"][1]
    assert (before, after) == ("/* Presto View: ", " */")
    text: str = encoded["Fn::Base64"]["Fn::Sub"]
    return text
