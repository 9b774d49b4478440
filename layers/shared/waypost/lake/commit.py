"""
How one event day gets new files and numbers, whoever else is at it.

read      the manifest first, then the landing objects: a run knows all that its version includes
claim     the standing files are listed, then a conditional put on the version that was read
files     each Parquet file is replaced only where the one listed before the claim still stands
publish   a conditional put on the claimed version

Any later claim makes an earlier claimer lose: its files meet a changed etag, its publication a
changed version. No two runs write the same bytes, so an etag names one writing. Nothing is
deleted: a file without rows replaces one that has none left. A claim that nobody published
leaves its hours in `rewriting`; the next run rewrites them too, and every file of them, even an
empty one, so that whatever the earlier claimer still has in hand meets a changed etag.
"""

from dataclasses import dataclass, field

from waypost.event import Verdict
from waypost.lake import manifests
from waypost.lake.fold import Fold
from waypost.lake.manifests import Manifest
from waypost.lake.ports import AggregateStores
from waypost.lake.records import LandingObject, ParquetObject

_KINDS = (Verdict.STORED,)


@dataclass(slots=True)
class Day:
    """One event day in the hands of a run: what it may rewrite and what stands there now."""

    tenant: str
    manifest: Manifest
    hours: set[str]
    doubtful: frozenset[str] = frozenset()
    parquet: list[ParquetObject] = field(default_factory=list)

    @property
    def day(self) -> str:
        return self.manifest.day

    def staying(self) -> list[ParquetObject]:
        """The files that this run leaves as they are."""
        return [file for file in self.parquet if file.hour not in self.hours]


def claim(
    tenant: str,
    manifest: Manifest,
    hours: set[str],
    landed: list[LandingObject],
    whole_since: str,
    *,
    stores: AggregateStores,
    run: str,
) -> Day | None:
    """Takes the day for this run, or None where another run was faster.

    `landed` are the objects that this run has read, whole hours of them, listed after `manifest`
    was read. Those of an hour before `whole_since` may be gone: then its doubt can never be
    resolved, and what stands of it stays, lest the day is never published again.
    """
    read = {landing.hour for landing in landed}
    doubtful = frozenset(hour for hour in manifest.rewriting if hour in read or hour >= whole_since)
    hours = hours | doubtful
    if not hours <= read:
        # An hour is in doubt that this run has not read, so it cannot be done again here.
        return None
    # Listed before the claim: what an earlier claimer writes from here on has another etag, so
    # `_replace` meets a fence instead of building on it.
    standing = stores.lake.parquet(tenant, manifest.day)
    claimed = stores.metrics.claim(tenant, manifest, run, hours)
    return None if claimed is None else Day(tenant, claimed, hours, doubtful, standing)


def publish(day: Day, fold: Fold, *, stores: AggregateStores, settled: str = "") -> bool:
    """Replaces the files of the day, then publishes its numbers; False where a fence held.

    No run will ever do hours before `settled` again, but for those in hand.
    """
    for hour in sorted(day.hours):
        for kind in _KINDS:
            if not _replace(day, hour, kind, fold, stores):
                return False
    result = fold.result(day.day, day.hours)
    # The numbers come last: a crash before them leaves the claim, whose hours the next run does
    # again.
    manifest = day.manifest
    known = manifests.summed(manifest.counts, settled, day.hours)
    manifest.counts = known | {hour: dict(counts) for hour, counts in result.counts.items()}
    return stores.metrics.publish(day.tenant, manifest, result.rows)


def _replace(day: Day, hour: str, kind: str, fold: Fold, stores: AggregateStores) -> bool:
    standing = next((p for p in day.parquet if p.kind == kind and p.hour == hour), None)
    # Nothing is deleted: a file whose events moved elsewhere becomes an empty one. In an hour in
    # doubt an earlier claimer may still be about to create a file where none stands.
    even_empty = standing is not None or hour in day.doubtful
    path = fold.write(day.day, hour, kind, run=day.manifest.claim, even_empty=even_empty)
    if path is None:
        return True
    seen = standing.etag if standing else None
    return stores.lake.put_parquet(day.tenant, kind, day.day, hour, path, seen)
