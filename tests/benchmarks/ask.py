"""
One question in a process of its own: `python -m tests.benchmarks.ask lake|bare SHAPE QUESTION`.

At one thread, with nothing in the cache. The small tenant was asked the same before: DuckDB runs
and modules are loaded, as in a function that is warm.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from tests.benchmarks import apart, question_lakes, shapes
from tests.benchmarks.folder_lake import FolderLake, manifests
from tests.benchmarks.question import Question
from tests.benchmarks.question_lakes import SHAPES, TENANT, Made
from tests.benchmarks.questions import QUESTIONS
from tests.fakes import FixedClock
from waypost import times
from waypost.lake.cache import FileCache
from waypost.lake.months import Month
from waypost.lake.plans import Cost, Plan
from waypost.lake.reader import LakeReader, Opened
from waypost.times import DAY_MS


class _Counting:
    """A reader whose questions run at one thread, and what all of them took."""

    def __init__(self, reader: LakeReader) -> None:
        self._reader = reader
        self.cost = Cost()

    def months(self, tenant: str) -> list[Month]:
        return self._reader.months(tenant)

    @contextmanager
    def open(self, tenant: str, plan: Plan) -> Iterator[Opened]:
        with self._reader.open(tenant, plan) as opened:
            opened.db.execute("SET threads = 1")
            yield opened
            self.cost.gets += opened.cost.gets
            self.cost.bytes += opened.cost.bytes


def through_lake(question: Question, of: Made, last: str, cache: str = "cache") -> dict[str, Any]:
    clock = FixedClock(times.start_of_day(last) + DAY_MS)
    reader = _Counting(
        LakeReader(
            lake=FolderLake(of.lake.folder, clock),
            manifests=manifests(TENANT, of.lake),
            cache=FileCache(Path(tempfile.gettempdir()) / cache),
            clock=clock,
        )
    )
    rows = question.ask(reader, of)
    return {"rows": rows, "gets": reader.cost.gets, "bytes": reader.cost.bytes}


def bare(db: duckdb.DuckDBPyConnection, question: Question, of: Made) -> dict[str, Any]:
    db.execute(f"CREATE VIEW events AS FROM read_parquet('{of.one_file}')")
    db.execute(f"CREATE VIEW props AS FROM read_parquet('{of.properties}')")
    for table in ("who", "alias", "accounts"):
        db.execute(f"CREATE VIEW {table} AS FROM read_parquet('{of.path(table)}')")
    whom = {question.about: getattr(of, question.about)} if question.about else {}
    return {"rows": db.execute(question.bare, whom).fetchall()}


def _main(way: str, shape: str, name: str) -> None:
    (question,) = (question for question in QUESTIONS if question.name == name)
    of, last = question_lakes.of(SHAPES[shape]), str(SHAPES[shape].last)
    if way == "bare":
        with duckdb.connect() as db:
            db.execute("SET threads = 1; SET memory_limit = '512MB'")
            db.execute(f"SET temp_directory = '{tempfile.gettempdir()}'")
            apart.told(lambda: bare(db, question, of))
    else:
        through_lake(question, question_lakes.of(shapes.S), str(shapes.S.last), cache="warm")
        apart.told(lambda: through_lake(question, of, last))


if __name__ == "__main__":
    _main(*sys.argv[1:])
