"""What a question needs of the lake: which tables, days and columns."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Columns = tuple[str, ...] | None  # None: all of them


@dataclass(frozen=True, slots=True)
class Bulk:
    """A SELECT, with its parameters, through which a question reads tables kept by month."""

    sql: str
    parameters: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """`tables` by name with the columns that are read. `first` and `last` are inclusive UTC days
    (`YYYY-MM-DD`), None for no bound; they hold for the tables kept by month.

    `days`: of the span only these days are wanted, so a file that holds none of them need not be
    fetched. `fresh`: what landed since the last run is laid over, so far as that is quick.
    `equal`: of a table only rows with one of these values in a column are wanted, so what is known
    to hold none of them need not be fetched; the question still filters by itself. `bulk`: all
    that reads tables kept by month, so that it can be asked elsewhere where they do not fit in.
    """

    tables: Mapping[str, Columns]
    first: str | None = None
    last: str | None = None
    days: tuple[str, ...] | None = None
    fresh: bool = True
    equal: Mapping[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    bulk: tuple[Bulk, ...] = field(default=(), compare=False)

    def reading(self, more: Mapping[str, Columns]) -> "Plan":
        """The plan with more tables, or more columns of its own."""
        tables = dict(self.tables)
        for name, columns in more.items():
            known = tables.get(name, ())
            both = None if known is None or columns is None else (*known, *columns)
            tables[name] = both and tuple(dict.fromkeys(both))
        return replace(self, tables=tables)


@dataclass(slots=True)
class Cost:
    """What answering took of S3: objects and parts of them that were asked for, and the bytes that
    came back, and how many files it looked at by table. Listings of what landed are not among
    them.
    """

    gets: int = 0
    bytes: int = 0
    files: dict[str, int] = field(default_factory=dict)
