"""What a query reads of the views, and they of the lake: enough, and where names tell no more."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from tests.unit.cli import sql_world
from waypost.insights import sql_reads
from waypost.insights.sql_plans import reads
from waypost.insights.sql_views import VIEWS
from waypost.lake import derived, tables


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables of the world, as the reader lays them out."""
    with duckdb.connect() as db:
        rows = {"events": sql_world.EVENTS, "seen": sql_world.SEEN, **sql_world.PEOPLE}
        for table, some in rows.items():
            tables.create(db, table)
            for row in some:
                if "gone" not in row:
                    marks = ", ".join(f"? AS {name}" for name in row)
                    db.execute(f"INSERT INTO {table} BY NAME SELECT {marks}", [*row.values()])
        for table in ("path", "context", "activity"):
            db.execute(f"CREATE TABLE {table} AS {derived.select(table, 'events')}")
        yield db


def ask(db: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    for statement in reads(query, "t1").statements:
        db.execute(statement)
    try:
        return db.execute(query).fetchall()
    finally:
        db.execute("USE memory; DETACH waypost; DROP SCHEMA memory.raw CASCADE")


@pytest.mark.parametrize("view", VIEWS)
def test_what_a_view_leaves_out_changes_nothing_of_the_rest(
    db: duckdb.DuckDBPyConnection, view: str
) -> None:
    columns = sql_reads.columns_of(view)
    whole = ask(db, f"SELECT * FROM {view}")

    for number, name in enumerate(columns):
        alone = ask(db, f'SELECT "{name}" FROM {view}')

        assert sorted(map(repr, alone)) == sorted(repr((row[number],)) for row in whole), name
    assert ask(db, f"SELECT count(*) FROM {view}") == [(len(whole),)]


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        ("SELECT count(*) FROM events", {"path": ()}),
        ("SELECT action FROM events", {"path": ("action",)}),
        ("SELECT module FROM events", {"context": ("count", "module")}),
        ("SELECT label FROM events", {"events": ("kind", "label")}),
        ("SELECT name FROM users", {"users": ("merged_into", "name")}),
        ("SELECT name FROM accounts", {"accounts": ("name",)}),
        ("SELECT 1", {}),
    ],
)
def test_only_what_a_query_names_is_fetched(query: str, tables: dict[str, Any]) -> None:
    plan = reads(query, "t1").plan

    assert plan.tables == tables


@pytest.mark.parametrize(
    "query",
    [
        "SELECT e FROM events e",
        "FROM events",
        "SELECT * EXCLUDE (id) FROM events",
        "SELECT e.* FROM (SELECT 1) AS x, events AS e",
        "SELECT COLUMNS('user_.*') FROM events",
        "SELECT count(*) FROM events NATURAL JOIN users",
        "SUMMARIZE events",
        "DESCRIBE events",
        "FROM query('FROM events')",
        "EXPLAIN FROM events",
    ],
)
def test_where_names_do_not_tell_everything_is_there(query: str) -> None:
    assert sql_reads.mentioned(query)["events"] == set(sql_reads.columns_of("events"))


def test_a_star_over_a_subquery_reads_what_the_subquery_names() -> None:
    query = "WITH e AS (SELECT action, properties ->> '$.plan' AS plan FROM events) SELECT * FROM e"

    assert sql_reads.mentioned(query) == {"events": {"action", "properties"}}
