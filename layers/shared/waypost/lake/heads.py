"""
How the files that span all time of a tenant are replaced, whoever else is at it.

claim     a conditional put on the head that was read: this run writes files now
files     each under a name that only this run uses
publish   a conditional put on the claimed version, which lets go of the claim
delete    what was replaced; if that is not to be, the next claim does it

As for months, any later claim makes an earlier claimer lose. What that one may have left is deleted
by every claim of the hour to come, since it may still be writing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from waypost.lake.commit import DEAD_MS, LostError, began
from waypost.lake.months import File, Head
from waypost.lake.ports import LakeFiles, Manifests
from waypost.lake.tables import HEAD


class Written(NamedTuple):
    """A local file that is to be the one of its table."""

    path: Path
    rows: int


def key(table: str, tenant: str, run: str) -> str:
    return f"{table}/tenant_id={tenant}/{run}.parquet"


def claim(tenant: str, head: Head, run: str, *, lake: LakeFiles, manifests: Manifests) -> Head:
    """Takes the head for a run, on top of the version that was read. Raises `LostError`."""
    dead = [*head.dead, *([head.claim] if head.claim else [])]
    named = {file.key for file in head.files.values()}
    left = {key(table, tenant, lost) for lost in dead for table in HEAD} - named
    if nobodys := sorted({*head.gone, *left}):
        lake.delete(nobodys)
    dead = [lost for lost in dead if began(lost) > began(run) - DEAD_MS]
    claimed = _next(head, claim=run, dead=dead, gone=[])
    if not manifests.put_head(tenant, claimed):
        raise LostError
    return claimed


def publish(
    tenant: str,
    claimed: Head,
    files: Mapping[str, Written],
    *,
    lake: LakeFiles,
    manifests: Manifests,
) -> None:
    """Makes local files, by table, those of the tenant. Raises `LostError`."""
    new = {}
    for table, file in files.items():
        name = key(table, tenant, claimed.claim)
        new[table] = File(name, file.rows, lake.put_file(name, file.path))
    replaced = [claimed.files[table].key for table in new if table in claimed.files]
    published = _next(claimed, files=claimed.files | new, claim="", gone=replaced)
    if not manifests.put_head(tenant, published):
        _give_up(tenant, new, lake, manifests)
    lake.delete(replaced)


def _give_up(tenant: str, new: Mapping[str, File], lake: LakeFiles, manifests: Manifests) -> None:
    """Raises `LostError`, unless the head was taken and the next claim came before its answer."""
    standing = {file.key for file in manifests.head(tenant).files.values()}
    keys = [file.key for file in new.values()]
    if standing.isdisjoint(keys):
        lake.delete(keys)
        raise LostError


def _next(head: Head, **fields: object) -> Head:
    return msgspec.structs.replace(head, version=head.version + 1, **fields)
