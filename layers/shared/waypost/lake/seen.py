"""When everybody was first and last active, and how much, of all time: `seen` out of `activity`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from waypost import times
from waypost.errors import Gone
from waypost.lake import downloads, head_files, head_work, heads, months, views
from waypost.lake.commit import LostError
from waypost.lake.head_files import Written
from waypost.lake.months import File, Head
from waypost.lake.ports import FoldStores, LakeFiles
from waypost.lake.views import Source
from waypost.times import DAY_MS

if TYPE_CHECKING:
    import duckdb

_ATTEMPTS = 5
_SETTLED_MS = 40 * DAY_MS
_READ = ("user_id", "company_id", "first", "last", "events", "weight", "rows")
_SEEN = """SELECT user_id, company_id, min(first) AS first, max(last) AS last,
    sum(events)::BIGINT AS events, sum(weight) AS weight, sum(rows)::BIGINT AS rows
    FROM ({activity}) WHERE rows > 0 GROUP BY ALL"""


def fold_seen(tenant: str, *, stores: FoldStores, folder: Path, run: str) -> bool:
    """Brings `seen` up to date with the activity that is published; without news nothing is
    written. False where other runs were faster, over and over.

    `run` names the run in its file; what it needs meanwhile lies in `folder`.
    """
    for attempt in range(_ATTEMPTS):
        # The head first: the months then hold everything that its file was made of.
        head = stores.manifests.head(tenant)
        every = stores.manifests.months(tenant)
        files = [file for month in every for file in month.of("activity")]
        if months.made_of(files) == head.seen_of:
            heads.tidy(tenant, head, stores.clock(), lake=stores.lake, manifests=stores.manifests)
            return True
        try:
            _fold(tenant, head, files, f"{run}-seen-{attempt}", stores, folder)
        except (LostError, Gone):
            continue
        return True
    return False


def make(
    db: "duckdb.DuckDBPyConnection", table: str, parts: Sequence[str], folder: Path
) -> Written:
    """The file of `seen` or `seen_before`, out of relations that have its columns."""
    rows = " UNION ALL ".join(parts) or f"SELECT * FROM ({views.select(table, _READ, [])})"
    return head_files.write(db, table, _SEEN.format(activity=rows), folder)


def _fold(
    tenant: str, head: Head, files: list[File], run: str, stores: FoldStores, folder: Path
) -> None:
    scratch, lake, manifests = folder / run, stores.lake, stores.manifests
    # Months that have settled stand in one file: an hour reads that, and not all of the years.
    month = times.day(stores.clock() - _SETTLED_MS)[:7]
    old = [file for file in files if file.first < month]
    recent = [file for file in files if file.first >= month]
    with head_work.database(scratch) as db:
        new = {} if head.seen_before_of == months.made_of(old) else _before(db, old, scratch, lake)
        before = _standing(head, new, scratch, lake)
        parts = [*before, *_activity(recent, "recent", scratch, lake)]
        new["seen"] = make(db, "seen", parts, scratch)
        claimed = heads.claim(tenant, head, run, manifests=manifests)
        published = heads.publish(
            tenant,
            claimed,
            new,
            lake=lake,
            manifests=manifests,
            seen_of=months.made_of(files),
            seen_before_of=months.made_of(old),
        )
    heads.tidy(tenant, published, stores.clock(), lake=lake, manifests=manifests)


def _before(
    db: "duckdb.DuckDBPyConnection", old: list[File], folder: Path, lake: LakeFiles
) -> dict[str, Written]:
    return {"seen_before": make(db, "seen_before", _activity(old, "old", folder, lake), folder)}


def _standing(head: Head, new: Mapping[str, Written], folder: Path, lake: LakeFiles) -> list[str]:
    """The relation of `seen_before`, the new one or the one that stands, if there is one."""
    if "seen_before" in new:
        path = new["seen_before"].path
    elif "seen_before" in head.files:
        (path,) = downloads.fetch([head.files["seen_before"].key], folder, "before", lake=lake)
    else:
        return []
    return [views.select("seen_before", _READ, [Source(path)])]


def _activity(files: list[File], name: str, folder: Path, lake: LakeFiles) -> list[str]:
    if not files:
        return []
    sources = downloads.own_days("activity", files, folder, name, lake=lake)
    return [views.select("activity", _READ, sources)]
