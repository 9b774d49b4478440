"""
Questions about more than a function's disk holds: Athena reads the large tables, DuckDB the rest.

A question reads what is kept by month in few SELECTs (`waypost.lake.plans.Bulk`). Where the files
of these are too many, Athena answers them, and their rows stand where they stood. What landed
since the last run of the hourly job is not in them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp

from waypost.insights import athena
from waypost.insights.needs import SUMS
from waypost.insights.ports import LakeFiles, SqlEngine
from waypost.insights.sql_reads import DIALECT
from waypost.lake import scratch
from waypost.lake.months import File, Month
from waypost.lake.plans import Bulk, Plan
from waypost.lake.reader import Opened
from waypost.lake.sql import nothing, parquet
from waypost.lake.tables import MONTHLY

_CASE = re.compile(r"c\d+")
_NUMBERS = {"time", *SUMS}


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeLakes:
    """A lake whose questions about more than `most` bytes of files an engine reads."""

    reader: LakeFiles
    engine: SqlEngine
    bucket: str
    most: int

    def months(self, tenant: str) -> list[Month]:
        return self.reader.months(tenant)

    def files(self, tenant: str, plan: Plan) -> dict[str, list[File]]:
        return self.reader.files(tenant, plan)

    @contextmanager
    def open(self, tenant: str, plan: Plan) -> Iterator[Opened]:
        """A database for one question, as `waypost.lake.reader`."""
        # What is read of properties lies in the files of events.
        asked = plan.reading({"events": ()}) if "props" in plan.tables else plan
        files = self.reader.files(tenant, replace(asked, fresh=False)) if plan.bulk else {}
        if not plan.bulk or _bytes(plan, files) <= self.most:
            with self.reader.open(tenant, plan) as opened:
                yield opened
            return
        with scratch.folder() as folder, self.reader.open(tenant, _without_bulk(plan)) as opened:

            def read(bulk: Bulk) -> str:
                own = folder / str(len(list(folder.iterdir())))
                own.mkdir()
                paths = self.engine.rows(tenant, self._statement(bulk, tenant, plan, files), own)
                return parquet(*paths) if paths else _no_rows(bulk)

            yield _Answered(
                opened.db,
                opened.complete_until,
                opened.provisional,
                opened.cost,
                opened.asked,
                bulk=plan.bulk,
                read=cache(read),
            )

    def _statement(
        self, bulk: Bulk, tenant: str, plan: Plan, files: Mapping[str, list[File]]
    ) -> str:
        return athena.statement(
            bulk.sql, bulk.parameters, plan, tenant=tenant, files=files, bucket=self.bucket
        )


@dataclass(slots=True, kw_only=True)
class _Answered(Opened):
    """A question whose large SELECTs are answered elsewhere, each when it is first met: its rows
    are a relation here.
    """

    bulk: tuple[Bulk, ...]
    read: Callable[[Bulk], str]

    def rows(self, sql: str, parameters: Any = None) -> list[tuple[Any, ...]]:
        for bulk in self.bulk:
            if bulk.sql in sql:
                sql = sql.replace(bulk.sql, f"SELECT * FROM {self.read(bulk)}")
                # DuckDB refuses values that nothing asks for.
                others = (parameters or {}).keys() - bulk.parameters.keys()
                parameters = {name: parameters[name] for name in others}
        return Opened.rows(self, sql, parameters)


def _no_rows(bulk: Bulk) -> str:
    """What stands for a SELECT that found nothing: Athena writes no file then."""
    names = sqlglot.parse_one(bulk.sql, read=DIALECT, into=exp.Select).named_selects
    return f"({nothing({name: _type(name) for name in names})})"


def _type(name: str) -> str:
    """The type of a column of activity, by its name; see `waypost.insights.needs`."""
    if name == "weight":
        return "DOUBLE"
    if _CASE.fullmatch(name):
        return "BOOLEAN"
    return "BIGINT" if name in _NUMBERS else "VARCHAR"


def _bytes(plan: Plan, files: Mapping[str, list[File]]) -> int:
    return sum(file.size for table in plan.tables for file in files.get(table, ()))


def _without_bulk(plan: Plan) -> Plan:
    """Of the tables kept by month only that it is they who are not looked at: empty, and with it
    the moment up to which a run has read.
    """
    small = {table: columns for table, columns in plan.tables.items() if table not in MONTHLY}
    large = next(table for table in plan.tables if table in MONTHLY)
    return replace(plan, tables={**small, large: ()}, days=(), fresh=False, bulk=())
