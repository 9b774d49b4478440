"""
One run of one tenant: what landed → files → published manifests, newest days first.

The landing object is the mark: it holds the events, so mark and event cannot come apart. A run
lists what landed, leaves out what is known as read, and folds the units of days that it touches.
An object counts as read once all of its rows are published, or staged for the runs that follow.
Whatever a run did not come to, or was killed in, the next one does; what was done is not news.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from waypost import times
from waypost.lake import (
    compaction,
    downloads,
    marks,
    people_run,
    rebuild,
    runs,
    scratch,
    seen,
    staging,
)
from waypost.lake.budget import Budget
from waypost.lake.fold import Fold, Landing
from waypost.lake.month_run import (
    MONTHS_AT_ONCE,
    SETTLED_MS,
    Report,
    Rows,
    Run,
    fold_month,
    on_month,
)
from waypost.lake.ports import FoldStores
from waypost.lake.records import LandingObject
from waypost.lake.units import Unit, by_month, in_parts, units
from waypost.times import DAY_MS

# Compressed bytes that are landed in one go: about sixteen million events.
_SLICE_BYTES = 1 << 30
_SLICE_OBJECTS = 50_000
# What is more than this is staged before it is folded, but for the newest unit.
_UNITS, _ROWS = 12, 3_000_000


def run(
    tenant: str,
    *,
    stores: FoldStores,
    name: str,
    remaining_ms: Callable[[], int],
    anew: Sequence[str] = (),
) -> Report:
    """Brings the lake of one tenant up to date, as far as the time goes. Run twice, or at once, it
    changes nothing. `Report.left` tells how much is left for the next run.

    `anew` are months whose tables are made anew of their events, or `runs.EVERYTHING`.
    """
    report = Report(anew=list(anew))
    if runs.EVERYTHING in anew:
        report.anew = rebuild.begin(tenant, stores.manifests)
    with scratch.folder() as folder:
        fold = Fold(folder)
        try:
            full_name = f"{stores.clock():015d}-{name}"
            types = stores.schemas.get(tenant).types
            budget = Budget(remaining_ms)
            work = Run(tenant, full_name, stores, fold, folder, budget, types, report)
            _fold_people(work)
            _fold_landed(work)
            staging.fold_staged(work)
            if not report.left:
                report.anew = rebuild.make_anew(work, report.anew)
                compaction.compact(work, _months_to_compact(work))
            _fold_seen(work)
        finally:
            fold.close()
    return report


def _fold_people(run: Run) -> None:
    people = people_run.fold_people(run.tenant, stores=run.stores, folder=run.folder, run=run.name)
    run.report.lost += people.lost
    run.report.left += people.left


def _fold_seen(run: Run) -> None:
    """Last of all, out of everything that is published by now."""
    late = run.budget.is_over() and run.report.days
    if late or not seen.fold_seen(run.tenant, stores=run.stores, folder=run.folder, run=run.name):
        run.report.left += 1


def _fold_landed(run: Run) -> None:
    manifests, started = run.stores.manifests, run.now()
    since, done = manifests.mark(run.tenant)
    objects = run.stores.lake.landing(run.tenant, since)
    fresh = [landing for landing in objects if landing.name not in done]
    read = {landing.name for landing in objects if landing.name in done}
    for number, some in enumerate(_slices(fresh)):
        if run.budget.is_over() and number:
            break
        if not _fold_slice(run, some, number):
            break
        read.update(landing.name for landing in some)
        run.report.objects += len(some)
        manifests.put_mark(run.tenant, *marks.moved(since, started, objects, read))
    run.report.left += len(fresh) - run.report.objects


def _slices(fresh: list[LandingObject]) -> Iterator[list[LandingObject]]:
    """What is fresh in parts that a disk holds, the newest first."""
    some: list[LandingObject] = []
    size = 0
    for landing in sorted(fresh, key=lambda landing: landing.hour, reverse=True):
        if some and (size + landing.size > _SLICE_BYTES or len(some) == _SLICE_OBJECTS):
            yield some
            some, size = [], 0
        some.append(landing)
        size += landing.size
    if some:
        yield some


def _fold_slice(run: Run, some: list[LandingObject], number: int) -> bool:
    """Folds or stages all rows of some landing objects; False where there was no time for it."""
    rows = _land(run, some, number)
    landed = run.fold.days([rows])
    now, later = _units(run, landed)
    left = _fold_units(run, now, rows)
    if later:
        staging.stage(run, rows, [*left, *later], landed)
        left = []
    rows.unlink()
    return not left


def _land(run: Run, some: list[LandingObject], number: int) -> Path:
    keys, name = [landing.key for landing in some], f"landing-{number}"
    paths = downloads.fetch(keys, run.folder, name, lake=run.stores.lake)
    rows = run.fold.land(paths, str(number))
    for path in paths:
        path.unlink()
    return rows


def _units(run: Run, landed: dict[str, Landing]) -> tuple[list[Unit], list[Unit]]:
    """What landed, newest first, in two: what is folded at once, and what is staged before."""
    months = run.stores.manifests.months_of(run.tenant, {day[:7] for day in landed}).values()
    # A run that was killed may have left files, or have staged rows without a word of it.
    run.report.waiting.update(
        month.month for month in months if month.staged or not month.is_tidy()
    )
    standing = {
        day: sum(counts.values()) for month in months for day, counts in month.counts.items()
    }
    locked = {day for month in months for day in month.in_parts()}
    rows = {day: one.rows for day, one in landed.items()}
    now: list[Unit] = []
    later: list[Unit] = []
    for unit in units(rows, standing, run.settled()):
        parts = in_parts(unit, sum(standing.get(day, 0) for day in unit.days))
        waits = len(parts) > 1 or not locked.isdisjoint(unit.days)
        (later if waits else now).extend(parts)
    if len(now) > _UNITS or sum(unit.rows for unit in now) > _ROWS:
        return now[:1], [*now[1:], *later]
    return now, later


def _fold_units(run: Run, some: list[Unit], rows: Path) -> list[Unit]:
    """Folds units out of landed rows, a few months side by side; those there was no time for."""
    groups = [[Rows(unit, rows) for unit in units] for units in by_month(some)]
    with ThreadPoolExecutor(MONTHS_AT_ONCE) as pool:
        return list(chain(*pool.map(lambda group: _fold_group(run, group), groups)))


def _fold_group(run: Run, group: list[Rows]) -> list[Unit]:
    """Folds units of one month; those of them that are left."""
    done = on_month(run, group[0].unit.month, lambda month: fold_month(run, month, group)) or []
    return [rows.unit for rows in group if rows.unit not in done]


def _months_to_compact(run: Run) -> set[str]:
    """The months that this run wrote, and the last one of which all days are settled by now."""
    return run.report.months | {times.day(run.now() - SETTLED_MS - DAY_MS)[:7]}
