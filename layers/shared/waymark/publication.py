"""
How one event day gets new files and numbers, whoever else is at it.

claim     a conditional put on the version that was read; refused where the published numbers
          include a landing object that this run has not read: its listing is then stale
files     each Parquet file is replaced only where the one seen after the claim still stands
publish   a conditional put on the claimed version

Any later claim makes an earlier claimer lose: its files meet a changed etag, its publication a
changed version. A claim whose run died leaves its hours in `rewriting`; the next claimer, which
finds the same landing objects unread, rewrites those hours too.
"""

from dataclasses import dataclass, field

from waymark import lake
from waymark.aggregates import Fold
from waymark.lake import LandingObject, ParquetObject
from waymark.manifests import Manifest
from waymark.ports import AggregateStores

_KINDS = (lake.STORED, lake.UNASSIGNED)


@dataclass(slots=True)
class Day:
    """One event day in the hands of a run: what it may rewrite and what stands there now."""

    tenant: str
    manifest: Manifest
    hours: set[str]
    parquet: list[ParquetObject] = field(default_factory=list)

    @property
    def day(self) -> str:
        return self.manifest.day

    def staying(self) -> list[ParquetObject]:
        """The files that this run leaves as they are."""
        return [one for one in self.parquet if one.hour not in self.hours]


def claim(
    tenant: str,
    manifest: Manifest,
    hours: set[str],
    landed: list[LandingObject],
    *,
    stores: AggregateStores,
    run: str,
) -> Day | None:
    """Takes the day for this run, or None where another run was faster or knows more.

    `landed` are the objects that this run has read, whole hours of them.
    """
    hours = hours | set(manifest.rewriting)
    known = {one.name.hex() for one in landed}
    if not hours <= {one.hour for one in landed}:
        return None
    if any(not known.issuperset(manifest.consumed.get(hour, ())) for hour in hours):
        return None
    claimed = stores.metrics.claim(tenant, manifest, run, hours)
    if claimed is None:
        return None
    return Day(tenant, claimed, hours, stores.lake.parquet(tenant, manifest.day))


def publish(
    day: Day, fold: Fold, landed: list[LandingObject], *, stores: AggregateStores, since: str
) -> bool:
    """Replaces the files of the day, then publishes its numbers; False where a fence held."""
    for hour in sorted(day.hours):
        for kind in _KINDS:
            if not _replace(day, hour, kind, fold, stores):
                return False
    result = fold.result(day.day, day.hours)
    manifest = day.manifest
    manifest.counts = manifest.counts | {
        hour: dict(counts) for hour, counts in result.counts.items()
    }
    consumed = {hour: names for hour, names in manifest.consumed.items() if hour >= since}
    for hour in day.hours:
        consumed[hour] = sorted(one.name.hex() for one in landed if one.hour == hour)
    manifest.consumed = consumed
    return stores.metrics.publish(day.tenant, manifest, result.rows)


def _replace(day: Day, hour: str, kind: str, fold: Fold, stores: AggregateStores) -> bool:
    standing = next((p for p in day.parquet if p.kind == kind and p.hour == hour), None)
    path = fold.write(day.day, hour, kind)
    if path is not None:
        seen = standing.etag if standing else None
        return stores.lake.put_parquet(day.tenant, kind, day.day, hour, path, seen)
    if standing is not None:
        stores.lake.delete(standing.key)
    return True
