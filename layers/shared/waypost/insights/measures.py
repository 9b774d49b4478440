"""
Measures: what a metric counts, and how it is added up, in SQL.

| metric                | its value                                                           |
|-----------------------|---------------------------------------------------------------------|
| events                | sum of counts                                                       |
| weight                | sum of weight times count                                           |
| users, accounts, sessions | how many different ones                                         |
| logins                | sum of counts of the events that are logins (`waypost.insights.logins`) |
| active_time, module_time | seconds active in sessions, and spent in modules                 |
| weight_per_user       | weight by active user; Planhat's guideline is 100 a month at most   |
| sum(info.x), avg, min, max, median | of a property's numbers; a count of n counts n times   |

Rows are first added up to `parts`, as small as can be while every coarser value still follows from
them: by group, by bucket, by the whole.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from waypost.errors import BadQuery
from waypost.insights import fields, logins
from waypost.insights.fields import Field

Value = float | None  # None where it is not known
Function = Literal["total", "distinct", "ratio", "sum", "avg", "min", "max", "median"]

# The columns of activity that each needs; of a ratio the second is told apart.
NAMED: dict[str, tuple[Function, tuple[str, ...]]] = {
    "events": ("total", ("count",)),
    "weight": ("total", ("weight",)),
    "users": ("distinct", ("person",)),
    "accounts": ("distinct", ("account",)),
    "sessions": ("distinct", ("session",)),
    "logins": ("total", ("count",)),
    "active_time": ("total", ("active_ms",)),
    "module_time": ("total", ("module_ms",)),
    "weight_per_user": ("ratio", ("weight", "person")),
}
_OF_PROPERTIES: tuple[Function, ...] = ("sum", "avg", "min", "max", "median")
_OF_PROPERTY = re.compile(r"(?P<function>[a-z]+)\((?P<field>.+)\)", re.DOTALL)
GUIDELINE = 100  # weight by active user and month
_MS_PER_SECOND = 1000
_DIGITS = 6

# How a row counts in `parts`, beside its group and bucket.
_PARTS: dict[Function, str] = {
    "total": "sum({0}) AS added",
    "distinct": "{0} AS thing",
    "ratio": "sum({0}) AS added, {1} AS thing",
    "sum": "sum(number * count) AS added",
    "avg": "sum(number * count) AS added, sum(count) AS counted",
    "min": "min(number) AS least",
    "max": "max(number) AS most",
    "median": "number, sum(count) AS counted",
}
_VALUES: dict[Function, str] = {
    "total": "coalesce(sum(added), 0)",
    "distinct": "count(DISTINCT thing)",
    # What nobody did is no part of it.
    "ratio": "sum(added) FILTER (thing IS NOT NULL) / nullif(count(DISTINCT thing), 0)",
    "sum": "coalesce(sum(added), 0)",
    "avg": "sum(added) / nullif(sum(counted), 0)",
    "min": "min(least)",
    "max": "max(most)",
}
# The number up to which half of all lie, and that from which on half of all lie: the mean of both.
_MEDIAN = """SELECT {keys}(min(number) FILTER (2 * upto >= whole)
        + min(number) FILTER (2 * upto > whole)) / 2 AS value FROM (
    SELECT *, sum(counted) OVER ({partition} ORDER BY number) AS upto,
        sum(counted) OVER ({partition}) AS whole FROM (
        SELECT {keys}number, sum(counted) AS counted FROM {parts} GROUP BY ALL))
{grouped}"""


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric by its `name`; `field` is the property that it is about, if any."""

    name: str
    function: Function
    columns: tuple[str, ...]
    field: Field | None = None

    @property
    def from_zero(self) -> bool:
        """Whether of nothing it is 0, and not unknown."""
        return self.function in {"total", "distinct", "sum"}

    def parts(self, rows: str, keys: Iterable[str]) -> str:
        """The rows as parts. What `rows` are grouped by are its columns `keys`, and its column
        `number` is the property.
        """
        parts = _PARTS[self.function].format(*self.columns)
        where = "WHERE isfinite(number)" if self.field else ""
        return f"SELECT {', '.join([*keys, parts])} FROM ({rows}) {where} GROUP BY ALL"

    @property
    def condition(self) -> tuple[str, tuple[str, ...]] | None:
        """Of which events alone it is, and the columns that tell."""
        return (logins.condition(), logins.COLUMNS) if self.name == "logins" else None

    @property
    def tells_apart(self) -> bool:
        """Whether it matters who or what is the same."""
        return self.function in {"distinct", "ratio"}

    @property
    def adds_up(self) -> bool:
        """Whether the values of buckets add up to that of the whole."""
        return self.function in {"total", "sum"}

    def value(self, parts: str, keys: Iterable[str] = (), *, told_apart: bool = False) -> str:
        """The value of parts, a relation, as `value`: by those of its columns, or of the whole.
        `told_apart`: no two of these parts are of one thing.
        """
        listed = ", ".join(keys)
        first = f"{listed}, " if listed else ""
        grouped = f"GROUP BY {listed}" if listed else ""
        if self.function == "median":
            partition = f"PARTITION BY {listed}" if listed else ""
            return _MEDIAN.format(keys=first, partition=partition, parts=parts, grouped=grouped)
        value = _VALUES[self.function]
        if told_apart:  # to count so takes a third of the time
            value = value.replace("DISTINCT ", "")
        return f"SELECT {first}{value} AS value FROM {parts} {grouped}"

    def plain(self, value: Value) -> Value:
        """A value as it is shown: seconds of times, whole numbers as such, and no
        0.30000000000000004. None where it is no number any more, being too large.
        """
        if value is None or not math.isfinite(value):
            return None
        if self.columns[0] in {"active_ms", "module_ms"}:
            value /= _MS_PER_SECOND
        return plain(value)


def plain(value: float) -> float:
    """A number without the last digits, that tell of the order in which parts were added."""
    if value == int(value):
        return int(value)
    return round(value, _DIGITS) if abs(value) >= 1 else float(f"{value:.12g}")


def change(value: Value, before: Value) -> Value:
    """What a value gained on the one before, as a share of that; None where that cannot be said."""
    if value is None or not before:
        return None
    return plain((value - before) / abs(before))


def measure(text: str) -> Measure:
    """The measure of that name. Raises `BadQuery`."""
    if text in NAMED:
        return Measure(text, *NAMED[text])
    match = _OF_PROPERTY.fullmatch(text)
    if match is None:
        raise BadQuery(f"there is no metric {text[:80]!r}{_meant(text)}", field="metric")
    field = fields.field(match["field"], "metric")
    function = next((name for name in _OF_PROPERTIES if name == match["function"]), None)
    if function is None or field.kind != "info":
        known = ", ".join(_OF_PROPERTIES)
        raise BadQuery(f"of a property, info.…, a metric is one of {known}", field="metric")
    return Measure(f"{function}({field.name})", function, ("count",), field)


def _meant(text: str) -> str:
    listed = f"{', '.join(NAMED)}, sum(info.…), avg, min, max and median"
    return fields.near(text, NAMED) or f"; it is one of {listed}"
