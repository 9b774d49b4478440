"""
What an SQL query reads of the views, so that no more of the lake is fetched.

Names decide. Where they cannot, all columns are read: too much is slow, too little is wrong.
"""

import logging
import re
from collections.abc import Iterator
from functools import cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from waypost.insights import sql_days
from waypost.insights.sql_views import VIEWS

DIALECT = "duckdb"
# What takes columns without naming them, or tells of all of them.
_NAMELESS = (exp.Pivot, exp.Columns, exp.Describe, exp.Summarize, exp.Show)
_EXPLAIN = re.compile(r"\s*EXPLAIN(\s+ANALY[SZ]E)?(\s*\([^)]*\))?\s", re.IGNORECASE)
_INDIRECT = re.compile(r"\bquery(_table)?\s*\(", re.IGNORECASE)
# It would tell of each statement that it cannot read, which is nothing to whoever asks.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

Mentioned = dict[str, set[str]]


def days_of(query: str) -> sql_days.Days:
    """The first and last day of which a query can see events; None where it may see all."""
    trees = _trees(explained(query))
    return (None, None) if trees is None or _INDIRECT.search(query) else sql_days.days(trees)


def mentioned(query: str) -> Mentioned:
    """The views that a query reads, and of each at least the columns that it needs."""
    trees = _trees(explained(query))
    if trees is None or _INDIRECT.search(query):
        # DuckDB may know better, or will say what is wrong.
        return {view: set(columns_of(view)) for view in VIEWS if view in query.lower()}
    tables = [table for tree in trees for table in tree.find_all(exp.Table)]
    views = {table.name.lower() for table in tables} & VIEWS.keys()
    if any(isinstance(tree, exp.Show) for tree in trees):
        views = set(VIEWS)
    aliases = {table.alias_or_name.lower() for table in tables}
    names = {name for tree in trees for name in _names(tree, aliases)}
    vague = any(_is_vague(tree, aliases) for tree in trees)
    return {
        view: {name for name in columns_of(view) if vague or name in names}
        for view in VIEWS
        if view in views
    }


def explained(query: str) -> str:
    """The statement that an EXPLAIN is about, or else the query itself."""
    return _EXPLAIN.sub("", query, count=1)


@cache
def columns_of(view: str) -> tuple[str, ...]:
    """The columns of a view, in their order."""
    return tuple(column.alias_or_name for column in tree_of(view).expressions)


def tree_of(view: str) -> exp.Select:
    """The query of a view, anew for each who asks."""
    return _parsed(view).copy()


@cache
def _parsed(view: str) -> exp.Select:
    return sqlglot.parse_one(VIEWS[view], read=DIALECT, into=exp.Select)


def _trees(query: str) -> list[exp.Expr] | None:
    """The statements; None where they cannot be read."""
    try:
        trees = [tree for tree in sqlglot.parse(query, read=DIALECT) if tree is not None]
    except (SqlglotError, RecursionError):
        return None
    return None if any(isinstance(tree, exp.Command) for tree in trees) else trees


def _names(tree: exp.Expr, aliases: set[str]) -> Iterator[str]:
    """Everything that may be the name of a column; what stands before a dot may be one, too."""
    for identifier in tree.find_all(exp.Identifier):
        if not isinstance(identifier.parent, exp.Table | exp.TableAlias):
            name = identifier.name.lower()
            if identifier.arg_key != "table" or name not in aliases:
                yield name


def _is_vague(tree: exp.Expr, aliases: set[str]) -> bool:
    if tree.find(*_NAMELESS) or any(join.method == "NATURAL" for join in tree.find_all(exp.Join)):
        return True
    if any(_takes_all(star) for star in tree.find_all(exp.Star)):
        return True
    # A whole row is a value, by the name of its table.
    columns = (column for column in tree.find_all(exp.Column) if not column.table)
    return any(column.name.lower() in aliases - _all_columns() for column in columns)


@cache
def _all_columns() -> frozenset[str]:
    return frozenset(name for view in VIEWS for name in columns_of(view))


def _takes_all(star: exp.Star) -> bool:
    """Whether a star stands for the columns of a view; those of a subquery are named there."""
    if isinstance(star.parent, exp.Count):
        return False
    select = star.find_ancestor(exp.Select)
    if select is None:
        return True
    sources = (select.args.get("from_"), *(select.args.get("joins") or ()))
    return any(source and source.this.name.lower() in VIEWS for source in sources)
