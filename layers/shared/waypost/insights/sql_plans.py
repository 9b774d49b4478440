"""The views of an SQL query over the tables of the lake, with no more in them than it reads."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from waypost.insights.sql_days import Days
from waypost.insights.sql_reads import DIALECT, days_of, mentioned, tree_of
from waypost.insights.sql_views import RAW
from waypost.lake.plans import Columns, Plan
from waypost.lake.sql import named, quoted
from waypost.lake.tables import DAY, MONTHLY, TABLES

# What files tell by where they lie, and the reader by what it leaves out.
_MADE = {"tenant_id", "month", "gone"}
# Smaller tables that hold the same activity, with what tells its kind there: a report of time has
# no count.
_SMALLER = {"path": "NULL", "context": "CASE WHEN count = 0 THEN 'time' END"}
_ID = "unhex(replace(CAST(id AS VARCHAR), '-', ''))"


# Apart from the views, so that whoever asks which tables there are meets those alone.
_SCHEMA = "memory.raw"
_APART = (f"CREATE SCHEMA {_SCHEMA}", "ATTACH ':memory:' AS waypost", "USE waypost")


@dataclass(frozen=True, slots=True)
class Reads:
    """What to open, and the statements that then make the views, in this order."""

    plan: Plan
    statements: tuple[str, ...]


def reads(query: str, tenant: str, first: str | None = None, last: str | None = None) -> Reads:
    """What a query about the days from `first` to `last` takes of a tenant's lake, whose tables
    stand in a database in memory.
    """
    views = {view: _view(view, columns) for view, columns in mentioned(query).items()}
    raw: dict[str, set[str]] = {}
    for tree in views.values():
        for table, column in _read(tree):
            raw.setdefault(table, set()).add(column)
    tables: dict[str, Columns] = {}
    statements = [*_APART]
    for name, columns in sorted(raw.items()):
        table = _smallest(name.removeprefix(RAW), columns)
        tables[table] = _kept(table, columns)
        made = ", ".join(_made(table, columns, tenant))
        statements.append(f"CREATE VIEW {_SCHEMA}.{name} AS SELECT {made} FROM memory.main.{table}")
    statements += [f"CREATE VIEW {view} AS {tree.sql(DIALECT)}" for view, tree in views.items()]
    return Reads(Plan(tables, *_within(days_of(query), first, last)), tuple(statements))


def _within(asked: Days, first: str | None, last: str | None) -> Days:
    """The days that are asked for twice over; one day where there is none."""
    start = max((day for day in (asked[0], first) if day), default=None)
    end = min((day for day in (asked[1], last) if day), default=None)
    return start, max(start, end) if start and end else end


def _view(view: str, columns: Collection[str]) -> exp.Select:
    """A view with these columns alone, and without all that they do not need."""
    tree = tree_of(view)
    # All files here are of one tenant.
    for equal in list(tree.find_all(exp.EQ)):
        if equal.left.name == equal.right.name == "tenant_id":
            equal.replace(exp.true())
    _prune(tree, columns)
    for table in tree.find_all(exp.Table):
        table.set("db", exp.to_identifier("raw"))
        table.set("catalog", exp.to_identifier("memory"))
    return tree


def _prune(tree: exp.Select, columns: Collection[str]) -> None:
    _prune_keys(tree, columns)
    keys = {key.sql() for key in _keys(tree)}
    kept = [
        column
        for column in tree.expressions
        if column.alias_or_name in columns or column.unalias().sql() in keys
    ]
    tree.set("expressions", kept or [exp.alias_(exp.true(), "nothing")])
    joins = tree.args.get("joins") or []
    # From the last one on: what it needed of another may then be needed no more.
    for join in reversed(joins):
        if not _columns_from(tree, join.alias_or_name, but=join):
            joins.remove(join)
    for source in (tree.args["from_"], *joins):
        if isinstance(source.this, exp.Subquery):
            _prune(source.this.this, _columns_from(tree, source.alias_or_name))


def _prune_keys(tree: exp.Select, columns: Collection[str]) -> None:
    """Drops the keys of a grouping that say nothing: all is one tenant's, a day is of one month."""
    keys = _keys(tree)
    told = {"tenant_id"} | ({"month"} if any(key.name == "day" for key in keys) else set())
    for key in [key for key in keys if key.name in told - set(columns)]:
        keys.remove(key)


def _keys(tree: exp.Select) -> list[exp.Expr]:
    group = tree.args.get("group")
    return group.expressions if group else []


def _columns_from(tree: exp.Select, alias: str, but: exp.Expr | None = None) -> set[str]:
    """What a query takes of one of its sources; not counting what joins that source."""
    named_so = (column for column in tree.find_all(exp.Column) if column.table == alias)
    return {
        column.name
        for column in named_so
        if but is None or column.find_ancestor(exp.Join) is not but
    }


def _read(tree: exp.Select) -> Iterator[tuple[str, str]]:
    """The tables that a view reads, each with every column that it reads of it."""
    for scope in traverse_scope(tree):
        for column in scope.columns:
            source = scope.sources.get(column.table)
            if isinstance(source, exp.Table):
                yield source.name, column.name


def _smallest(table: str, columns: set[str]) -> str:
    if table != "events":
        return table
    known = _MADE | {"kind"}
    fitting = (name for name in _SMALLER if columns <= MONTHLY[name].keys() | known)
    return next(fitting, table)


def _kept(table: str, columns: set[str]) -> tuple[str, ...]:
    """What is read of the files."""
    moment = "day" if "day" in TABLES[table] else "time"
    kept = columns & TABLES[table].keys()
    kept |= {moment} if "month" in columns else set()
    kept |= {"count"} if table == "context" else set()
    return tuple(sorted(kept))


def _made(table: str, columns: set[str], tenant: str) -> Iterator[str]:
    """The columns as Athena has them."""
    for name in sorted(columns) or ["tenant_id"]:
        if name == "tenant_id":
            yield f"{quoted(tenant)} AS tenant_id"
        elif name == "month":
            yield f"strftime({DAY[table]}, '%Y-%m') AS month"
        elif name not in TABLES[table]:
            yield f"{_SMALLER.get(table, 'NULL')} AS {name}"
        else:
            yield f"{_ID} AS id" if (table, name) == ("events", "id") else named(name)
