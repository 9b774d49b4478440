"""
One aggregate run of one tenant: what landed → Parquet → published numbers.

The landing object is the mark: it holds the events, so mark and event cannot come apart. A run
reads the manifests, lists what landed since the watermark, leaves out what is known as read, and
does whole (event day, ingest hour) pairs again, day by day as `waypost.lake.commit` says. Hours
that a claim left in doubt are done again too. An object counts as read only after every day that
it touches is published.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from waypost import times
from waypost.lake import commit, last_seen, scratch
from waypost.lake.commit import Day
from waypost.lake.fold import ExistingFile, Fold, LandingFile
from waypost.lake.last_seen import Month, Presence
from waypost.lake.manifests import Manifest
from waypost.lake.ports import AggregateStores
from waypost.lake.records import LandingObject
from waypost.times import DAY_MS, HOUR_MS

OVERLAP_MS = 2 * HOUR_MS
_WHOLE_MS = 28 * DAY_MS  # the bucket keeps landing objects for 30 days
SETTLED_MS = 40 * DAY_MS  # and S3 may be some days late in removing them
_ATTEMPTS = 5
_THREADS = 8


@dataclass(slots=True)
class RunReport:
    """What a run did: landing objects read, days published, races lost (and tried again)."""

    objects: int = 0
    days: int = 0
    lost: int = 0
    complete: bool = True


@dataclass(slots=True)
class _Plan:
    """What one attempt works on.

    `objects` are all landing objects from the watermark `since` on, `fresh` those of them that no
    complete run has read, `hours` the ingest hours to do again because of them.

    `again` are hours redone although nothing new landed in them: an event there was overwritten.
    `earlier` are the landing objects of those hours. Hours before
    `whole_since` are never redone: their objects may be gone. Those before `settled` are redone
    by no later run either, unless this one does.
    """

    tenant: str
    since: str
    whole_since: str
    settled: str
    manifests: dict[str, Manifest]
    objects: list[LandingObject]
    fresh: list[LandingObject]
    hours: set[str]
    again: set[str] = field(default_factory=set)
    earlier: list[LandingObject] = field(default_factory=list)

    def landed(self) -> list[LandingObject]:
        """The touched hours whole, and the hour before each, where a redelivery may have begun."""
        wanted = self.hours | {times.hour_before(hour) for hour in self.hours}
        return [landing for landing in self.objects if landing.hour in wanted] + self.earlier


def run(tenant: str, *, stores: AggregateStores, clock: Callable[[], int], name: str) -> RunReport:
    """Brings the numbers of one tenant up to date. Run twice, or at once, it changes nothing."""
    report = RunReport()
    for attempt in range(_ATTEMPTS):
        started = clock()
        plan = _plan(tenant, stores, started)
        if not plan.hours:
            break
        lost = _fold(tenant, plan, stores, report, f"{started:015d}-{name}-{attempt}")
        if not lost:
            report.objects += len(plan.fresh)
            _advance(tenant, plan, stores, started)
            break
        report.lost += lost
        report.complete = attempt < _ATTEMPTS - 1
    _publish_presence(tenant, stores, f"{clock():015d}-{name}")
    return report


def _plan(tenant: str, stores: AggregateStores, started: int) -> _Plan:
    since, done = stores.metrics.watermark(tenant)
    manifests = {manifest.day: manifest for manifest in stores.metrics.manifests(tenant)}
    doubtful = {hour for manifest in manifests.values() for hour in manifest.rewriting}
    objects = stores.lake.landing(tenant, min([since, *map(times.hour_before, doubtful)]))
    # Names are known as read from the watermark's hour on only; what lies before it was read.
    fresh = [landing for landing in objects if landing.hour >= since and landing.name not in done]
    return _Plan(
        tenant,
        since,
        times.hour(started - _WHOLE_MS),
        # An hour that is not read to its end, however old, is done again.
        min(since, times.hour(started - SETTLED_MS)),
        manifests,
        objects,
        fresh,
        doubtful | {landing.hour for landing in fresh},
    )


def _fold(tenant: str, plan: _Plan, stores: AggregateStores, report: RunReport, name: str) -> int:
    """Folds what is fresh and publishes day by day; the number of days lost to another run."""
    with scratch.folder() as folder:
        fold = Fold(folder)
        try:
            fold.place({})
            touched = _land(fold, plan, stores, folder)
            days = _claim(tenant, touched, plan, stores, name)
            fold.decide(_staying(days, stores, folder))
            won = sum(
                commit.publish(day, fold, stores=stores, settled=plan.settled) for day in days
            )
            report.days += won
            return len(touched) - won
        finally:
            fold.close()


def _land(fold: Fold, plan: _Plan, stores: AggregateStores, folder: Path) -> dict[str, set[str]]:
    """Lands what the plan needs; answers the ingest hours to rewrite, by event day."""
    objects = plan.landed()
    touched = _read(fold, objects, stores, folder, "landing")
    days: dict[str, set[str]] = {}
    for hour in plan.hours:
        for day in touched.get(hour, ()):
            days.setdefault(day, set()).add(hour)
    again = fold.overwritten(plan.hours) & days.keys()
    _land_again(fold, plan, days, again, stores, folder)
    return days


def _read(
    fold: Fold, objects: list[LandingObject], stores: AggregateStores, folder: Path, name: str
) -> dict[str, set[str]]:
    paths = _fetch([landing.key for landing in objects], stores, folder, name, ".ndjson.zst")
    return fold.land(
        [LandingFile(path, landing.hour) for path, landing in zip(paths, objects, strict=True)]
    )


def _land_again(
    fold: Fold,
    plan: _Plan,
    days: dict[str, set[str]],
    again: set[str],
    stores: AggregateStores,
    folder: Path,
) -> None:
    """Some days are done again whole: the copy that an event overwrites, or the events that were
    held until their user had an account, may lie in any of their ingest hours. Hours that landed
    so long ago that objects may be gone stay as they were.
    """
    hours = {day: plan.manifests.get(day, Manifest(day)).counts.keys() for day in again}
    earlier = {
        hour
        for known in hours.values()
        for hour in known
        if hour not in plan.hours and hour >= plan.whole_since
    }
    if earlier:
        listed = stores.lake.landing(plan.tenant, min(map(times.hour_before, earlier)))
        held = {landing.key for landing in plan.landed()}
        plan.again = {landing.hour for landing in listed} & earlier
        # As for fresh hours: a redelivery that lies in one of them may have begun an hour before.
        wanted = plan.again | {times.hour_before(hour) for hour in plan.again}
        plan.earlier = [
            landing for landing in listed if landing.hour in wanted and landing.key not in held
        ]
        _read(fold, plan.earlier, stores, folder, "earlier")
    # An hour that is fresh because of other days belongs to the whole of this one too.
    for day, known in hours.items():
        if whole := (plan.again | plan.hours) & known:
            days.setdefault(day, set()).update(whole)


def _claim(
    tenant: str, touched: dict[str, set[str]], plan: _Plan, stores: AggregateStores, name: str
) -> list[Day]:
    landed, whole = plan.landed(), plan.whole_since

    def take(day: str) -> Day | None:
        manifest = plan.manifests.get(day, Manifest(day))
        return commit.claim(tenant, manifest, touched[day], landed, whole, stores=stores, run=name)

    with ThreadPoolExecutor(_THREADS) as pool:
        return [day for day in pool.map(take, sorted(touched)) if day is not None]


def _staying(days: list[Day], stores: AggregateStores, folder: Path) -> list[ExistingFile]:
    files = [file for day in days for file in day.staying()]
    paths = _fetch([file.key for file in files], stores, folder, "existing", ".parquet")
    return [
        ExistingFile(path, file.kind, file.day) for path, file in zip(paths, files, strict=True)
    ]


def _fetch(
    keys: list[str], stores: AggregateStores, folder: Path, name: str, suffix: str
) -> list[Path]:
    with ThreadPoolExecutor(_THREADS) as pool:
        targets = [folder / f"{name}-{number:06d}{suffix}" for number in range(len(keys))]
        return list(pool.map(stores.lake.fetch, keys, targets))


def _advance(tenant: str, plan: _Plan, stores: AggregateStores, started: int) -> None:
    """Moves the watermark to a safe overlap behind the listing, and remembers what is read."""
    # A function that took its hour before it wrote may still land an object behind the listing.
    hour = max(plan.since, times.hour(started - OVERLAP_MS))
    read = frozenset(landing.name for landing in plan.objects if landing.hour >= hour)
    stores.metrics.put_watermark(tenant, hour, read)


def _publish_presence(tenant: str, stores: AggregateStores, name: str) -> None:
    """Folds each month again whose days have newer versions than its presence was made from."""
    manifests = stores.metrics.manifests(tenant)
    standing = {month.month: month.fence for month in stores.metrics.months(tenant)}
    for month, fence in last_seen.fences(manifests).items():
        if standing.get(month) == fence:
            continue
        folded = Presence({}, {})
        for manifest in manifests:
            if manifest.day.startswith(month):
                folded.add(times.start_of_day(manifest.day), stores.metrics.cube(tenant, manifest))
        stores.metrics.publish_month(tenant, Month(month, fence), folded, name)
