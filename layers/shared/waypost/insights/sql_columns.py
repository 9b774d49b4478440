"""What columns the views of SQL have: as DuckDB finds them, over a lake without a row."""

from functools import cache

from waypost.insights.sql_plans import reads
from waypost.insights.sql_views import VIEWS
from waypost.lake import tables


@cache
def described() -> tuple[tuple[str, str, str], ...]:
    """(view, column, type of DuckDB), in the order of the columns."""
    import duckdb

    everything = reads(f"SELECT * FROM {', '.join(VIEWS)}", "")
    with duckdb.connect() as db:
        for table in everything.plan.tables:
            tables.create(db, table)
        for statement in everything.statements:
            db.execute(statement)
        return tuple(
            (view, name, kind)
            for view in VIEWS
            for name, kind, *_ in db.execute(f"DESCRIBE {view}").fetchall()
        )
