"""Which days a query asks of the views that are kept by month, as far as its conditions tell."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from sqlglot import exp

# What of a view tells the day of a row. A session is cut at months, and not at days.
_TELLING = {
    "events": {"month", "day", "time"},
    "activity": {"month", "day"},
    "sessions": {"month"},
}
# No zone: what is earlier there may be another day here.
_TEXT = re.compile(r"(\d{4}-\d\d)(-\d\d)?(?:[ T][\d:.]*)?")
_FLIPPED = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE, exp.EQ: exp.EQ}
# The rows that these pick for a row depend on rows that a condition leaves out afterwards.
_PICKING = {"ASOF", "POSITIONAL"}
_FIRST, _LAST = "0001-01-01", "9999-12-31"

Days = tuple[str | None, str | None]


def days(trees: list[exp.Expr]) -> Days:
    """The first and the last day that any part of a query can see; None where it may see all."""
    spans = [
        _span(table)
        for tree in trees
        for table in tree.find_all(exp.Table)
        if table.name.lower() in _TELLING
    ]
    first = min((first for first, _ in spans), default=_FIRST)
    last = max((last for _, last in spans), default=_LAST)
    return (None if first == _FIRST else first, None if last == _LAST else last)


def _span(table: exp.Table) -> tuple[str, str]:
    select, first, last = table.find_ancestor(exp.Select), _FIRST, _LAST
    where = select.args.get("where") if select else None
    if select is None or where is None or not _is_plain(select, table):
        return first, last
    conditions = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    for condition in conditions:
        for start, end in _bounds(condition, table):
            first, last = max(first, start), min(last, end)
    return first, last


def _is_plain(select: exp.Select, table: exp.Table) -> bool:
    """Whether a table is one of those that the conditions of a query are about."""
    joins = select.args.get("joins") or []
    sources = [select.args["from_"].this, *(join.this for join in joins)]
    if any(join.method in _PICKING for join in joins) or any(map(_is_more, sources)):
        return False
    return any(source is table for source in sources)


def _is_more(source: exp.Expr) -> bool:
    """Whether a source is a table that something else is made of, before the conditions."""
    return bool(source.args.get("joins") or source.args.get("pivots"))


def _bounds(condition: exp.Expr, table: exp.Table) -> Iterator[tuple[str, str]]:
    if isinstance(condition, exp.Between):
        low, high = condition.args["low"], condition.args["high"]
        yield from _bounds(exp.GTE(this=condition.this, expression=low), table)
        yield from _bounds(exp.LTE(this=condition.this, expression=high), table)
        return
    kind = type(condition)
    if kind not in _FLIPPED:
        return
    left, right = condition.this, condition.expression
    if not isinstance(left, exp.Column):
        kind, left, right = _FLIPPED[kind], right, left
    span = _days_of(right, whole=left.name.lower() == "month")
    if span is not None and _tells(left, table):
        # Of a moment the day is in, whatever the hour.
        yield (
            span[0] if kind in {exp.GT, exp.GTE, exp.EQ} else _FIRST,
            span[1] if kind in {exp.LT, exp.LTE, exp.EQ} else _LAST,
        )


def _tells(column: exp.Expr, table: exp.Table) -> bool:
    if not isinstance(column, exp.Column):
        return False
    own = not column.table or column.table.lower() == table.alias_or_name.lower()
    return own and column.name.lower() in _TELLING[table.name.lower()]


def _days_of(value: exp.Expr, *, whole: bool) -> tuple[str, str] | None:
    """The first and last day of a day or moment, or of the `whole` month that it is in."""
    if isinstance(value, exp.Cast) and value.is_type("date", "timestamp", "timestampntz"):
        value = value.this
    match = _TEXT.fullmatch(value.name) if value.is_string else None
    if match is None or not (whole or match[2]):
        return None
    try:
        first = date.fromisoformat(match[1] + ("-01" if whole else match[2]))
        last = (first.replace(day=28) + timedelta(4)).replace(day=1) - timedelta(1)
    except (ValueError, OverflowError):
        return None
    return first.isoformat(), (last if whole else first).isoformat()
