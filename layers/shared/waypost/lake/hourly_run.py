"""
One run of one tenant: what landed → files → published manifests, newest days first.

The landing object is the mark: it holds the events, so mark and event cannot come apart. A run
lists what landed, leaves out what is known as read, and folds the units of days that it touches.
An object counts as read once all of its rows are published, or staged for the runs that follow.
Whatever a run did not come to, or was killed in, the next one does; what was done is not news.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from waypost import times
from waypost.errors import Gone
from waypost.lake import compaction, people_run, rebuild, runs, scratch, seen, staging
from waypost.lake.budget import Budget
from waypost.lake.commit import LostError
from waypost.lake.fold import Fold, Landing
from waypost.lake.month_run import Report, Rows, Run, fold_month
from waypost.lake.months import Month
from waypost.lake.ports import FoldStores
from waypost.lake.records import LandingObject
from waypost.lake.units import Unit, by_month, in_parts, units
from waypost.times import DAY_MS, HOUR_MS

OVERLAP_MS = 2 * HOUR_MS
# A day that ended so long ago is seldom written again.
SETTLED_MS = 3 * DAY_MS
# Compressed bytes that are landed in one go: about sixteen million events.
_SLICE_BYTES = 1 << 30
_SLICE_OBJECTS = 50_000
# What is more than this is staged before it is folded, but for the newest unit.
_UNITS, _ROWS = 12, 3_000_000
_ATTEMPTS = 5
_THREADS = 16
_MONTHS_AT_ONCE = 3


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
            _fold_staged(work)
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
        _mark(run, since, started, objects, read)
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
    is_done = _fold_units(run, now, rows)
    if later:
        staging.stage(run, rows, later if is_done else [*now, *later], landed)
        is_done = True
    rows.unlink()
    return is_done


def _land(run: Run, some: list[LandingObject], number: int) -> Path:
    targets = [run.folder / f"{number}-{n:06d}.ndjson.zst" for n in range(len(some))]
    with ThreadPoolExecutor(_THREADS) as pool:
        keys = [landing.key for landing in some]
        paths = list(pool.map(run.stores.lake.fetch, keys, targets))
    rows = run.fold.land(paths, str(number))
    for path in paths:
        path.unlink()
    return rows


def _units(run: Run, landed: dict[str, Landing]) -> tuple[list[Unit], list[Unit]]:
    """What landed, newest first, in two: what is folded at once, and what is staged before."""
    months = run.stores.manifests.months_of(run.tenant, {day[:7] for day in landed}).values()
    standing = {
        day: sum(counts.values()) for month in months for day, counts in month.counts.items()
    }
    locked = {day for month in months for day in month.in_parts()}
    rows = {day: one.rows for day, one in landed.items()}
    now: list[Unit] = []
    later: list[Unit] = []
    for unit in units(rows, standing, settled(run)):
        parts = in_parts(unit, sum(standing.get(day, 0) for day in unit.days))
        waits = len(parts) > 1 or not locked.isdisjoint(unit.days)
        (later if waits else now).extend(parts)
    if len(now) > _UNITS or sum(unit.rows for unit in now) > _ROWS:
        return now[:1], [*now[1:], *later]
    return now, later


def settled(run: Run) -> str:
    """The first day that may still be written often."""
    return times.day(run.now() - SETTLED_MS)


def _fold_units(run: Run, some: list[Unit], rows: Path) -> bool:
    """Folds units out of landed rows, a few months side by side."""
    groups = [[Rows(unit, rows) for unit in units] for units in by_month(some)]
    with ThreadPoolExecutor(_MONTHS_AT_ONCE) as pool:
        return all(list(pool.map(lambda group: _fold_group(run, group), groups)))


def _fold_group(run: Run, group: list[Rows]) -> bool:
    """Folds units of one month, again from its manifest where another run was faster."""
    name = group[0].unit.month
    for _ in range(_ATTEMPTS):
        month = run.stores.manifests.months_of(run.tenant, [name])[name]
        try:
            return fold_month(run, month, group)
        except (LostError, Gone):
            run.report.lost += 1
    return False


def _mark(
    run: Run, since: str, started: int, objects: list[LandingObject], read: set[bytes]
) -> None:
    """Moves the mark to a safe overlap behind the listing, or to the first hour not read yet."""
    # A function that took its hour before it wrote may still land an object behind the listing.
    unread = [landing.hour for landing in objects if landing.name not in read]
    hour = max(since, min([times.hour(started - OVERLAP_MS), *unread]))
    names = frozenset(
        landing.name for landing in objects if landing.hour >= hour and landing.name in read
    )
    run.stores.manifests.put_mark(run.tenant, hour, names)


def _fold_staged(run: Run) -> None:
    """Goes on with what earlier runs staged, the newest months first."""
    todo = sorted(run.stores.manifests.todo(run.tenant), reverse=True)
    with ThreadPoolExecutor(_MONTHS_AT_ONCE) as pool:
        done = list(pool.map(lambda name: _fold_staged_month(run, name), todo))
    run.report.left += done.count(False)


def _fold_staged_month(run: Run, name: str) -> bool:
    """Folds what is staged of a month; False where there was no time for all of it."""
    for number in range(_ATTEMPTS):
        if run.budget.is_over() and run.report.days:
            return False
        month = run.stores.manifests.months_of(run.tenant, [name])[name]
        try:
            if not fold_month(run, month, _staged(run, month, number)):
                return False
            run.stores.manifests.end_todo(run.tenant, [name])
            return True
        except (LostError, Gone):
            run.report.lost += 1
    return False


def _staged(run: Run, month: Month, number: int) -> Iterator[Rows]:
    """The staged rows of a month, fetched one after the other, the newest days first.

    Before all else the parts of days, together those that one run staged.
    """
    newest_first = sorted(month.staged, key=lambda staged: staged.last, reverse=True)
    in_parts = [staged for staged in newest_first if staged.parts > 1]
    in_parts.sort(key=lambda staged: (staged.run, staged.first))
    for staged in [*in_parts, *(staged for staged in newest_first if staged.parts == 1)]:
        target = run.folder / f"{number}-{staged.key.replace('/', '-')}"
        path = run.stores.lake.fetch(staged.key, target)
        is_whole = staged.parts == 1
        days = tuple(sorted(run.fold.days([path]))) if is_whole else (staged.first,)
        yield Rows(Unit(days, staged.rows, staged.part, staged.parts), path, staged)
        path.unlink()


def _months_to_compact(run: Run) -> set[str]:
    """The months that this run wrote, and the last one of which all days are settled by now."""
    return run.report.months | {times.day(run.now() - SETTLED_MS - DAY_MS)[:7]}
