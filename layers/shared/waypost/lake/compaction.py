"""
Compaction: the files of settled days become one file of their month, so that a question about a
year asks S3 for a dozen files and not for hundreds.

Rows are moved, not made: what each day holds stays the same.
"""

from collections.abc import Iterable

from waypost.errors import Gone
from waypost.lake import commit
from waypost.lake.commit import LostError, Publication
from waypost.lake.fold import Made
from waypost.lake.month_run import Hold, Run, fetch
from waypost.lake.months import File, Month
from waypost.lake.units import MOST_ROWS, Unit

# So many files of settled days are worth a rewrite. A month is rewritten three or four times while
# it goes on, whatever its size.
_FILES = 8
# Once it is over, fewer are where the largest has not nearly all of it: late events of one day are
# not worth a rewrite of their month.
_SHARE = 10
# Where a file of a month has more rows, a question reads days of it apart anyway.
_MOST_ROWS = {"events": MOST_ROWS, "others": MOST_ROWS}
_DEFAULT_ROWS = 5_000_000


def compact(run: Run, names: Iterable[str]) -> None:
    """Compacts the months of these names, as far as there is time. A race that is lost is no
    matter: the next run looks again.
    """
    settled = run.settled()
    for month in run.stores.manifests.months_of(run.tenant, set(names)).values():
        todo = {table: files for table in month.files if (files := _worth(month, table, settled))}
        if not todo or run.budget.is_over():
            continue
        try:
            with run.budget.timed():
                _compact(run, month, todo)
        except (LostError, Gone):
            run.report.was_late()


def _worth(month: Month, table: str, settled: str) -> list[File]:
    """The files of a table that are to become one: of settled days alone, and small enough."""
    files = [file for file in month.files[table] if file.last < settled and file.parts == 1]
    if sum(file.rows for file in files) > _MOST_ROWS.get(table, _DEFAULT_ROWS):
        return []
    is_over = month.month < settled[:7]
    return files if len(files) >= _FILES or (is_over and _is_spread(files)) else []


def _is_spread(files: list[File]) -> bool:
    rows = [file.rows for file in files]
    return len(files) > 1 and sum(rows) - max(rows) >= max(rows) / _SHARE


def _compact(run: Run, month: Month, todo: dict[str, list[File]]) -> None:
    # Whatever becomes of this run, another one will look at the month.
    run.stores.manifests.put_todo(run.tenant, [month.month])
    hold = Hold(run, month)
    hold.claim()
    made: dict[str, list[File]] = {}
    days: dict[str, frozenset[str]] = {}
    for table, files in todo.items():
        # Only their own days: on others files may stand that are left as they are.
        unit = Unit(tuple(sorted({day for file in files for day in file.days()})), 0)
        made |= hold.put_files(unit, {table: [_whole(run, table, unit, files)]})
        days[table] = frozenset(unit.days)
    hold.put(commit.published(hold.month, Publication(days, made, {})))
    hold.release()
    if not hold.month.staged:
        run.stores.manifests.end_todo(run.tenant, [month.month])


def _whole(run: Run, table: str, unit: Unit, files: list[File]) -> Made:
    standing = fetch(run, table, files)
    # A column that one of the files lacks would read as empty for its days.
    keys = set.intersection(*(set(file.keys) for file in files))
    whole = run.fold.compact(table, standing, unit, sorted(keys))
    for file in standing:
        file.path.unlink()
    return whole
