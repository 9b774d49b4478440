"""
The way of an earlier commit: packed hourly numbers of each day, walked row by row in Python.

Its code is taken out of the history and asked about the last seven days of a tenant; a question
about all of them takes as much more as they have events. `python -m tests.benchmarks.earlier_way
SHAPE FOLDER` asks, with the commit's layer in the folder.
"""

import importlib
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import duckdb

from tests.benchmarks import apart, question_lakes
from tests.benchmarks.question_lakes import SHAPES

COMMIT = "5953950"
_DAYS = 7
_ASKED = {
    "totals by week and action": ("events", "action"),
    "users by week": ("users", None),
    "accounts by week": ("accounts", None),
}
# Whoever has no account was not in these numbers.
_ROWS = """
SELECT make_timestamp(time * 1000)::DATE AS day, (time // 3600000 % 24)::INTEGER AS hour, action,
    coalesce(alias.account, who.account) AS account, user_id, sum(count)::BIGINT,
    sum(weight * count), module, session, sum(active_ms)::BIGINT, sum(module_ms)::BIGINT
FROM events LEFT JOIN who USING (user_id) LEFT JOIN alias USING (company_id)
WHERE time >= epoch_ms(TIMESTAMP '{first}') AND coalesce(alias.account, who.account) IS NOT NULL
GROUP BY ALL ORDER BY ALL"""


@cache
def cpu(shape: str) -> dict[str, float]:
    """CPU seconds by question; nothing where the commit is not in this copy of the history."""
    with TemporaryDirectory() as folder:
        archive = ["git", "archive", COMMIT, "layers/shared"]
        packed = subprocess.run(archive, cwd=apart.ROOT, capture_output=True, check=False)
        if packed.returncode:
            return {}
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        answer = apart.run("tests.benchmarks.earlier_way", shape, folder).answer
        return {question: float(seconds) for question, seconds in answer.items()}


def _ask(shape: str, folder: Path) -> dict[str, float]:
    (home,) = (path.parent for path in folder.glob("layers/shared/*/cubes.py"))
    sys.path.insert(0, str(home.parent))
    metrics, cubes = (
        importlib.import_module(f"{home.name}.{name}") for name in ("metrics", "cubes")
    )
    of, whole = question_lakes.of(SHAPES[shape]), SHAPES[shape]
    first = whole.last - timedelta(days=_DAYS - 1)
    packed, events = _packed(of, f"{first}", cubes)
    start = datetime.combine(first, datetime.min.time(), UTC)
    taken = {}
    for question, (metric, group_by) in _ASKED.items():
        query = metrics.Query(metric, "week", start, start + timedelta(days=_DAYS), group_by)
        begun = process_time()
        metrics.answer(query, [(day, cubes.unpack(chunks)) for day, chunks in packed])
        taken[question] = (process_time() - begun) * whole.events / events
    return taken


def _packed(
    of: question_lakes.Made, first: str, cubes: Any
) -> tuple[list[tuple[datetime, list[bytes]]], int]:
    """The cube of each day, and how many events there were, with those that are in no cube."""
    with duckdb.connect() as db:
        db.execute(f"CREATE VIEW events AS FROM read_parquet('{of.one_file}')")
        for table in ("who", "alias"):
            db.execute(f"CREATE VIEW {table} AS FROM read_parquet('{of.path(table)}')")
        rows = db.execute(_ROWS.format(first=first)).fetchall()
        since = f"SELECT count(*) FROM events WHERE time >= epoch_ms(TIMESTAMP '{first}')"
        ((events,),) = db.execute(since).fetchall()
    packed = [
        (
            datetime.combine(day, datetime.min.time(), UTC),
            cubes.pack([cubes.Row(*row[1:]) for row in some]),
        )
        for day, some in groupby(rows, lambda row: row[0])
    ]
    return packed, events


if __name__ == "__main__":
    apart.told(lambda: _ask(sys.argv[1], Path(sys.argv[2])))
