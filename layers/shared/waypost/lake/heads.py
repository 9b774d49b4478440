"""
How the files that span all time of a tenant are replaced, whoever else is at it.

claim     a conditional put on the head that was read: this run writes files now
files     uploaded under names that carry the run's, so that no two runs write one object
publish   a conditional put on the claimed version; then what was replaced is deleted

A later claim makes an earlier claimer lose, whose name goes to `dead`: what it may have uploaded
is nobody's, and is deleted by each claim of the next day, since it may still be uploading.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from waypost.lake.months import File, Head
from waypost.lake.ports import HeadLake, HeadStore
from waypost.lake.tables import HEAD
from waypost.times import DAY_MS

_DIGITS = 15


class Written(NamedTuple):
    """A local file that is to be the one of its table."""

    path: Path
    rows: int


def run_name(now: int, run: str) -> str:
    """A run's name in the names of its files: it tells when the run began, in epoch ms."""
    return f"{now:0{_DIGITS}d}-{run}"


def key(table: str, tenant: str, run: str) -> str:
    return f"{table}/tenant_id={tenant}/{run}.parquet"


def claim(
    tenant: str, head: Head, run: str, *, lake: HeadLake, manifests: HeadStore
) -> Head | None:
    """Takes the head, as it was read, for a run named by `run_name`; None where another was
    faster.
    """
    dead = [*head.dead, *([head.claim] if head.claim else [])]
    lake.delete([*head.gone, *(key(table, tenant, lost) for lost in dead for table in HEAD)])
    # A day is longer than any run and its retries last.
    lately = [lost for lost in dead if began(lost) > began(run) - DAY_MS]
    claimed = msgspec.structs.replace(
        head, version=head.version + 1, claim=run, dead=lately, gone=[]
    )
    return claimed if manifests.put_head(tenant, claimed) else None


def began(run: str) -> int:
    return int(run[:_DIGITS])


def publish(
    tenant: str,
    claimed: Head,
    files: Mapping[str, Written],
    *,
    lake: HeadLake,
    manifests: HeadStore,
) -> bool:
    """Makes local files, by table, those of the tenant; False where it was lost."""
    new = {}
    for table, file in files.items():
        name = key(table, tenant, claimed.claim)
        new[table] = File(name, file.rows, lake.put_file(name, file.path))
    replaced = [claimed.files[table].key for table in new if table in claimed.files]
    final = msgspec.structs.replace(
        claimed, version=claimed.version + 1, files=claimed.files | new, claim="", gone=replaced
    )
    if manifests.put_head(tenant, final):
        lake.delete(replaced)
        return True
    return _was_published(tenant, [file.key for file in new.values()], lake, manifests)


def _was_published(tenant: str, keys: list[str], lake: HeadLake, manifests: HeadStore) -> bool:
    """Whether a refused publication had been taken before its answer got lost and the next claim
    came; if not, its files are nobody's.
    """
    standing = {file.key for file in manifests.head(tenant).files.values()}
    if standing.isdisjoint(keys):
        lake.delete(keys)
    return not standing.isdisjoint(keys)
