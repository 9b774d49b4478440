"""
Staging: landed rows that a run has no time for are taken out of their landing objects.

One request may hold events of thousands of days. A run folds the newest of them and stages the
others, unit by unit; then the landing objects are done, and every later run goes on with what is
staged, newest first, from where the last one stopped.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from waypost.errors import Gone, Unavailable
from waypost.lake.fold import Landing
from waypost.lake.month_run import MONTHS_AT_ONCE, Rows, Run, fold_month, on_month, tidy
from waypost.lake.months import Month, Staged, following
from waypost.lake.units import Unit, by_month

_THREADS = 16
_ATTEMPTS = 8


def stage(run: Run, rows: Path, some: Iterable[Unit], landed: Mapping[str, Landing]) -> None:
    """Makes the landed rows of some units wait in files of their own, under their months.

    Raises `Unavailable` where other runs keep writing one of the months.
    """
    months, batch = list(by_month(some)), f"{run.name}-{next(run.numbers):06d}"
    # First which months to look at, then what is in them: the list may name too many.
    run.stores.manifests.put_todo(run.tenant, [units[0].month for units in months])

    def stage_month(units: list[Unit]) -> None:
        _append(run, units[0].month, [_put(run, rows, unit, landed, batch) for unit in units])

    with ThreadPoolExecutor(_THREADS) as pool:
        list(pool.map(stage_month, months))
    # Once more: a run that found nothing in a month in between has taken it off the list.
    run.stores.manifests.put_todo(run.tenant, [units[0].month for units in months])


def _put(run: Run, rows: Path, unit: Unit, landed: Mapping[str, Landing], batch: str) -> Staged:
    path = run.fold.stage([rows], unit)
    name = f"{unit.first}.{unit.last}.{unit.part}.{batch}"
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
        batch,
    )


def _append(run: Run, name: str, staged: list[Staged]) -> None:
    """Adds to a month whatever else happens to it. A run that holds it loses, and does it again."""
    for _ in range(_ATTEMPTS):
        month = run.stores.manifests.months_of(run.tenant, [name])[name]
        # A put whose answer was lost may have won, and another run been on top of it since.
        if any(known.key == staged[0].key for known in month.staged):
            return
        added = following(month, staged=[*month.staged, *staged])
        if run.stores.manifests.put_month(run.tenant, added):
            return
    raise Unavailable("other runs keep writing this month; the next run goes on")


def fold_staged(run: Run) -> None:
    """Goes on with what earlier runs staged, the newest months first."""
    listed = run.stores.manifests.todo(run.tenant)
    todo = sorted({*listed, *run.report.waiting}, reverse=True)
    with ThreadPoolExecutor(MONTHS_AT_ONCE) as pool:
        done = list(pool.map(lambda name: _fold_staged_month(run, name), todo))
    run.report.left += done.count(False)


def _fold_staged_month(run: Run, name: str) -> bool:
    """Folds what is staged of a month; False where there was no time for all of it."""
    if run.budget.is_over() and run.report.days:
        return False

    def fold(month: Month) -> bool:
        if len(fold_month(run, month, _staged(run, month))) < len(month.staged):
            return False
        is_done = tidy(run, name)
        listing = run.stores.manifests.end_todo if is_done else run.stores.manifests.put_todo
        listing(run.tenant, [name])
        return True

    return on_month(run, name, fold) or False


def _staged(run: Run, month: Month) -> Iterator[Rows]:
    """The staged rows of a month, fetched one after the other, the newest days first.

    Before all else the parts of days, batch by batch: what is made of one stands only with all of
    its parts, and would lack what another published in between. So a batch that is begun is first.
    """
    begun = {(pending.day, pending.batch) for pending in month.pending}
    newest_first = sorted(month.staged, key=lambda staged: staged.last, reverse=True)
    in_parts = [staged for staged in newest_first if staged.parts > 1]
    in_parts.sort(key=lambda one: ((one.first, one.batch) not in begun, one.batch, one.first))
    for staged in [*in_parts, *(staged for staged in newest_first if staged.parts == 1)]:
        path = _fetch_staged(run, staged)
        of_rows = sorted(run.fold.days([path])) if staged.parts == 1 else []
        days = tuple(of_rows) or (staged.first,)
        yield Rows(Unit(days, staged.rows, staged.part, staged.parts), path, staged)
        path.unlink()


def _fetch_staged(run: Run, staged: Staged) -> Path:
    name = f"{next(run.numbers)}-{staged.key.replace('/', '-')}"
    try:
        return run.stores.lake.fetch(staged.key, run.folder / name)
    except Gone:
        # Folded by another run, and then this one loses the month; or nobody folded it for months,
        # and it must not stop those that follow.
        return run.fold.nothing(name)
