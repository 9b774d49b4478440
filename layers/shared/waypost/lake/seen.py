"""When everybody was first and last active, and how much, of all time: `seen` out of `activity`."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from waypost.errors import Gone
from waypost.lake import head_files, head_work, heads, months, views
from waypost.lake.commit import LostError
from waypost.lake.head_files import Written
from waypost.lake.months import File, Head
from waypost.lake.ports import FoldStores
from waypost.lake.views import Source

if TYPE_CHECKING:
    import duckdb

_ATTEMPTS = 5
_READ = ("user_id", "company_id", "first", "last", "events", "weight", "rows")
_SEEN = """SELECT user_id, company_id, min(first) AS first, max(last) AS last,
    sum(events)::BIGINT AS events, sum(weight) AS weight, sum(rows)::BIGINT AS rows
    FROM ({activity}) GROUP BY ALL"""


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


def make(db: "duckdb.DuckDBPyConnection", activity: Iterable[Source], folder: Path) -> Written:
    """The file of `seen` out of local files of activity."""
    rows = views.select("activity", _READ, activity)
    return head_files.write(db, "seen", _SEEN.format(activity=rows), folder)


def _fold(
    tenant: str, head: Head, files: list[File], run: str, stores: FoldStores, folder: Path
) -> None:
    scratch, lake, manifests = folder / run, stores.lake, stores.manifests
    with head_work.database(scratch) as db:
        paths = head_work.fetch([file.key for file in files], scratch, "activity", lake=lake)
        activity = [
            Source(path, views.days_of("activity", file, None, None))
            for path, file in zip(paths, files, strict=True)
        ]
        new = {"seen": make(db, activity, scratch)}
        claimed = heads.claim(tenant, head, run, manifests=manifests)
        published = heads.publish(
            tenant, claimed, new, lake=lake, manifests=manifests, seen_of=months.made_of(files)
        )
    heads.tidy(tenant, published, stores.clock(), lake=lake, manifests=manifests)
