"""
How the files that span all time of a tenant are replaced, whoever else is at it.

claim     a conditional put on the head that was read: this run writes files now
files     each under a name that only this run uses
publish   a conditional put on the claimed version, which lets go of the claim
tidy      deletes what was replaced, and what runs left that lost their claim

As for months, any later claim makes an earlier claimer lose. What that one may have left is deleted
by every run of the hour to come, since it may still be writing.
"""

from collections.abc import Mapping

from waypost.lake import months
from waypost.lake.commit import LostError, may_write
from waypost.lake.head_files import Written
from waypost.lake.months import File, Head
from waypost.lake.ports import LakeFiles, Manifests
from waypost.lake.tables import HEAD


def key(table: str, tenant: str, run: str) -> str:
    return f"{table}/tenant_id={tenant}/{run}.parquet"


def claim(tenant: str, head: Head, run: str, *, manifests: Manifests) -> Head:
    """Takes the head for a run, on top of the version that was read. Raises `LostError`."""
    claimed = months.following(head, claim=run, dead=[*head.dead, *_claims(head)])
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
    **made_of: str,
) -> Head:
    """Makes local files, by table, those of the tenant. Raises `LostError`.

    `made_of` are the fields of the head that say which activity a new file was made of.
    """
    new = {}
    for table, file in files.items():
        name = key(table, tenant, claimed.claim)
        new[table] = File(name, file.rows, lake.put_file(name, file.path))
    replaced = [claimed.files[table].key for table in new if table in claimed.files]
    published = months.following(
        claimed,
        files=claimed.files | new,
        claim="",
        gone=[*claimed.gone, *replaced],
        **made_of,
    )
    if not manifests.put_head(tenant, published):
        raise LostError
    return published


def tidy(tenant: str, head: Head, now: int, *, lake: LakeFiles, manifests: Manifests) -> None:
    """Deletes what is nobody's, if there is anything; `now` is epoch ms.

    Where another run has taken the head in between, that one goes on.
    """
    stale = [run for run in _claims(head) if not may_write(run, now)]
    if not (head.gone or head.dead or stale):
        return
    named = {file.key for file in head.files.values()}
    left = {key(table, tenant, run) for run in head.dead for table in HEAD}
    lake.delete(sorted({*head.gone, *left} - named))
    # A claim that nobody let go of is fenced first; its files are for the next one to delete.
    dead = [run for run in head.dead if may_write(run, now)] + stale
    manifests.put_head(
        tenant, months.following(head, claim="" if stale else head.claim, dead=dead, gone=[])
    )


def _claims(head: Head) -> list[str]:
    return [head.claim] if head.claim else []
