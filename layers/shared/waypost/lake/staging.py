"""
Staging: landed rows that a run has no time for are taken out of their landing objects.

One request may hold events of thousands of days. A run folds the newest of them and stages the
others, unit by unit; then the landing objects are done, and every later run goes on with what is
staged, newest first, from where the last one stopped.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from waypost.errors import Unavailable
from waypost.lake.fold import Landing
from waypost.lake.month_run import Run
from waypost.lake.months import Month, Staged
from waypost.lake.units import Unit, by_month

_THREADS = 16
_ATTEMPTS = 8


def stage(run: Run, rows: Path, some: Iterable[Unit], landed: Mapping[str, Landing]) -> None:
    """Makes the landed rows of some units wait in files of their own, under their months.

    Raises `Unavailable` where other runs keep writing one of the months.
    """
    months = list(by_month(some))
    # First which months to look at, then what is in them: the list may name too many.
    run.stores.manifests.put_todo(run.tenant, [units[0].month for units in months])

    def stage_month(units: list[Unit]) -> None:
        _append(run, units[0].month, [_put(run, rows, unit, landed) for unit in units])

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(stage_month, months))
    # Once more: a run that found nothing in a month in between has taken it off the list.
    run.stores.manifests.put_todo(run.tenant, [units[0].month for units in months])


def _put(run: Run, rows: Path, unit: Unit, landed: Mapping[str, Landing]) -> Staged:
    path = run.fold.stage([rows], unit)
    name = f"{unit.first}.{unit.last}.{unit.part}-{next(run.numbers)}.{run.name}"
    key = f"staged/{run.tenant}/{unit.month}/{name}.parquet"
    run.stores.lake.put_file(key, path)
    path.unlink()
    days = [landed[day] for day in unit.days]
    # Of a day in parts nobody knows yet which of them a verdict is in, and it is counted once.
    counts = [Counter(day.counts) for day in days] if unit.part == 0 else []
    since = min(day.since for day in days)
    return Staged(
        key,
        unit.rows,
        unit.first,
        unit.last,
        since,
        dict(sum(counts, Counter[str]())),
        unit.part,
        unit.parts,
        run.name,
    )


def _append(run: Run, name: str, staged: list[Staged]) -> None:
    """Adds to a month whatever else happens to it. A run that holds it loses, and does it again."""
    for _ in range(_ATTEMPTS):
        month = run.stores.manifests.months_of(run.tenant, [name])[name]
        if run.stores.manifests.put_month(run.tenant, _added(month, staged)):
            return
    raise Unavailable("other runs keep writing this month; the next run goes on")


def _added(month: Month, new: list[Staged]) -> Month:
    return msgspec.structs.replace(month, version=month.version + 1, staged=[*month.staged, *new])
