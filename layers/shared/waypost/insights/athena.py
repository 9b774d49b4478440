"""
The rows of a question as one statement of Athena, over the files that a manifest names.

The tables are Glue's (`raw_` and the lake's own name). Athena lists files and knows no manifests,
so each file is named by its path, with the days that are its own: what is being replaced is not
counted double. What DuckDB says in a way that Athena has no word for is said in another first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlglot
from sqlglot import exp

from waypost.errors import TooLong
from waypost.insights.sql_reads import DIALECT
from waypost.lake import views
from waypost.lake.months import File
from waypost.lake.plans import Plan
from waypost.lake.sql import named, quoted
from waypost.lake.tables import MONTHLY, PROPERTY

ATHENA = "athena"
MOST_BYTES = 262_144  # of a statement
_EPOCH = "1970-01-01"


def statement(
    sql: str,
    parameters: Mapping[str, Any],
    plan: Plan,
    *,
    tenant: str,
    files: Mapping[str, Sequence[File]],
    bucket: str,
) -> str:
    """A SELECT over the tables of a plan, with its parameters, as Athena reads it.

    Raises `TooLong` where that is more than Athena takes.
    """
    tree: exp.Expr = sqlglot.parse_one(sql, read=DIALECT, into=exp.Select)
    for rewrite in _REWRITES:
        tree = tree.transform(rewrite)
    tree = tree.transform(_bound(parameters))
    for table in list(tree.find_all(exp.Table)):
        if table.name in plan.tables:
            rows = _rows(table.name, plan, tenant, files.get(_raw(table.name), ()), bucket)
            source = sqlglot.parse_one(rows, read=ATHENA)
            alias = exp.TableAlias(this=exp.to_identifier(table.alias_or_name))
            table.replace(exp.Subquery(this=source, alias=alias))
    # What is written to files needs names.
    columns = [
        column if column.alias_or_name else exp.alias_(column, f"column{place}")
        for place, column in enumerate(tree.expressions)
    ]
    tree.set("expressions", columns)
    text = tree.sql(ATHENA)
    if len(text.encode()) > MOST_BYTES:
        raise TooLong("this question reads more files than one statement of Athena names")
    return text


def _rows(table: str, plan: Plan, tenant: str, files: Sequence[File], bucket: str) -> str:
    """The asked columns of a table, in Athena's dialect."""
    columns = ", ".join(_columns(table, plan)) or "1 AS nothing"
    where = [f"tenant_id = {quoted(tenant)}"]
    if table in MONTHLY:
        # The month finds the files, the path tells which of them stand.
        months = sorted(file.key.partition("/month=")[2][:7] for file in files)
        where += [f"month BETWEEN {quoted(months[0])} AND {quoted(months[-1])}"] if months else []
        where.append(f"({' OR '.join(_of_files(table, plan, files, bucket)) or 'FALSE'})")
    else:
        where.append("gone IS NULL")
    if table == "props":
        where.append("kind IS NULL")
    return f"SELECT {columns} FROM raw_{_raw(table)} WHERE {' AND '.join(where)}"


def _raw(table: str) -> str:
    """The table whose files tell of it: properties have no columns of their own in Glue."""
    return "events" if table == "props" else table


def _columns(table: str, plan: Plan) -> Iterator[str]:
    for name in plan.tables[table] or views.columns_of(table, None):
        if table == "props" and name.startswith(PROPERTY):
            value = _extracted("properties", f"/{name.removeprefix(PROPERTY)}")
            yield f"{value.sql(ATHENA)} AS {named(name)}"
        else:
            yield named(name)


def _of_files(table: str, plan: Plan, files: Sequence[File], bucket: str) -> Iterator[str]:
    """The conditions of files with the same days in common."""
    together: dict[str, list[str]] = {}
    for file in files:
        days = views.days_of(table, file, plan.first, plan.last).removeprefix(" WHERE ")
        together.setdefault(days, []).append(quoted(f"s3://{bucket}/{file.key}"))
    for days, paths in together.items():
        own = f" AND {sqlglot.parse_one(days, read=DIALECT).sql(ATHENA)}" if days else ""
        yield f'("$path" IN ({", ".join(paths)}){own})'


def _bound(parameters: Mapping[str, Any]) -> Callable[[exp.Expr], exp.Expr]:
    def bound(node: exp.Expr) -> exp.Expr:
        return exp.convert(parameters[node.name]) if isinstance(node, exp.Placeholder) else node

    return bound


def _grouped(node: exp.Expr) -> exp.Expr:
    """GROUP BY ALL: by everything that is no sum of a group."""
    if isinstance(node, exp.Select) and (group := node.args.get("group")) and group.args.get("all"):
        places = [
            exp.Literal.number(place)
            for place, column in enumerate(node.expressions, 1)
            if not column.find(exp.AggFunc)
        ]
        node.set("group", exp.Group(expressions=places))
    return node


def _rounded(node: exp.Expr) -> exp.Expr:
    """`x // n * n`: dialects differ in what they divide whole numbers to."""
    if isinstance(node, exp.Mul) and isinstance(node.this, exp.IntDiv):
        moment, grain = node.this.this, node.this.expression
        return exp.paren(exp.Sub(this=moment, expression=exp.Mod(this=moment, expression=grain)))
    return node


def _days(node: exp.Expr) -> exp.Expr:
    """The difference of two dates, which is a span of time in Athena."""
    if isinstance(node, exp.Sub) and isinstance(node.expression, exp.Cast):
        date = node.expression
        if date.to.is_type("date") and date.this.name == _EPOCH:
            return exp.DateDiff(this=node.this, expression=date, unit=exp.Var(this="DAY"))
    return node


def _joined(node: exp.Expr) -> exp.Expr:
    """USING: in Athena a column of both is of neither."""
    for join in (node.args.get("joins") or []) if isinstance(node, exp.Select) else []:
        if columns := join.args.get("using"):
            left, right = node.args["from_"].this.alias_or_name, join.this.alias_or_name
            equal = [exp.column(key.name, left).eq(exp.column(key.name, right)) for key in columns]
            join.set("using", None)
            join.set("on", exp.and_(*equal))
    return node


def _listed(node: exp.Expr) -> exp.Expr:
    """Rows out of a list."""
    if isinstance(node, exp.Select) and len(node.expressions) == 1:
        (column,) = node.expressions
        if isinstance(column, exp.Explode | exp.Unnest):
            values = (column.find(exp.Array) or exp.Array()).expressions
            rows = [exp.select(value.copy()) for value in values]
            return rows[0] if len(rows) == 1 else exp.union(*rows, distinct=False)
    return node


def _json(node: exp.Expr) -> exp.Expr:
    """Several places of a JSON text at once, each by its pointer."""
    if isinstance(node, exp.JSONExtractScalar) and isinstance(node.expression, exp.Array):
        of = node.this.sql(DIALECT)
        values = [_extracted(of, pointer.name) for pointer in node.expression.expressions]
        return exp.Array(expressions=values)
    return node


def _within(node: exp.Expr) -> exp.Expr:
    """A text within a text: `contains` is of lists in Athena."""
    if isinstance(node, exp.Contains):
        return exp.GT(
            this=exp.StrPosition(this=node.this, substr=node.expression),
            expression=exp.Literal.number(0),
        )
    return node


def _finite(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite":
        return exp.Anonymous(this="is_finite", expressions=node.expressions)
    return node


def _extracted(column: str, pointer: str) -> exp.Expr:
    """A value of a JSON text as text; of an object or a list its JSON."""
    keys = [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]
    # A number is a place of a list, or else a key: which one, the JSON tells.
    path = quoted("$" + "".join(f"[{key}]" if key.isdigit() else f'["{key}"]' for key in keys))
    both = f"json_extract_scalar({column}, {path}), json_format(json_extract({column}, {path}))"
    return sqlglot.parse_one(f"coalesce({both})", read=ATHENA)


_REWRITES = (_grouped, _rounded, _days, _joined, _listed, _json, _within, _finite)
