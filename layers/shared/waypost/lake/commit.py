"""
How the files of a month are replaced, whoever else is at it.

read      the month's manifest, then the standing files of the days in hand
claim     a conditional put on the version that was read
files     each under a name that only this run uses
publish   a conditional put on the claimed version: the new files stand, and what they replace is
          gone from the manifest
delete    what was replaced, and what runs left that lost their claim

Any later claim or publication makes an earlier claimer lose: its publication meets another
version. A file that no manifest names is nobody's, so a run may end anywhere. What a reader has in
hand may be deleted under it; it reads the manifest again.
"""

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

import msgspec

from waypost.lake import months
from waypost.lake.months import File, Month, Pending, Staged
from waypost.lake.ports import LakeFiles, Manifests
from waypost.lake.tables import MONTHLY

# How long a run that lost its claim may still be writing: longer than a function lives.
DEAD_MS = 3_600_000


class LostError(Exception):
    """Another run was faster: what this one knows of the month is stale."""


@dataclass(frozen=True, slots=True)
class Publication:
    """By table the days that are written anew and their files; by day the counts; and the staged
    objects whose rows are among them.
    """

    days: Mapping[str, Set[str]]
    files: Mapping[str, list[File]]
    counts: Mapping[str, dict[str, int]]
    staged: Set[str] = frozenset()


def part(month: Month, staged: Staged, new: Publication) -> Month:
    """The month with one more part of a day done; with the last of them all of the day stands."""
    pending = _pending(month, staged)
    done = Pending(
        pending.day,
        pending.batch,
        pending.done + 1,
        {table: [*pending.files.get(table, ()), *new.files.get(table, ())] for table in MONTHLY},
        dict(Counter(pending.counts) + Counter(new.counts.get(pending.day, {}))),
        dict(Counter(pending.landed) + Counter(staged.counts)),
    )
    others = [one for one in month.pending if one is not pending]
    if done.done < staged.parts:
        kept = [one for one in month.staged if one.key not in new.staged]
        gone = [*month.gone, *new.staged]
        return months.following(month, staged=kept, pending=[*others, done], gone=gone)
    days = dict.fromkeys(MONTHLY, frozenset({pending.day}))
    whole = Publication(days, done.files, {pending.day: done.counts}, new.staged)
    return msgspec.structs.replace(published(month, whole), pending=others)


def _pending(month: Month, staged: Staged) -> Pending:
    place = staged.first, staged.batch
    known = (one for one in month.pending if (one.day, one.batch) == place)
    return next(known, Pending(*place))


def claim(tenant: str, month: Month, run: str, *, manifests: Manifests) -> Month:
    """Takes a month for a run, on top of the version that was read. Raises `LostError`."""
    if month.claim == run:
        return month
    dead = [*month.dead, month.claim] if month.claim else month.dead
    return put(tenant, months.following(month, claim=run, dead=dead), manifests=manifests)


def put(tenant: str, month: Month, *, manifests: Manifests) -> Month:
    """Puts a version of a claimed month. Raises `LostError`."""
    if not manifests.put_month(tenant, month):
        raise LostError
    return month


def release(tenant: str, month: Month, *, manifests: Manifests, lake: LakeFiles, now: int) -> None:
    """Deletes what is nobody's, and lets go of a claimed month. `now` is epoch ms.

    Where another run has taken it in between, that one lets go of it.
    """
    lake.delete([*month.gone, *_left_by_dead(tenant, month, lake)])
    dead = [run for run in month.dead if may_write(run, now)]
    manifests.put_month(tenant, months.following(month, claim="", dead=dead, gone=[]))


def published(month: Month, new: Publication) -> Month:
    """The month with days written anew."""
    files = _replaced(month, new)
    kept = {file.key for some in files.values() for file in some}
    gone = [file.key for some in month.files.values() for file in some if file.key not in kept]
    return months.following(
        month,
        files={table: some for table, some in files.items() if some},
        counts={**month.counts, **new.counts},
        staged=[staged for staged in month.staged if staged.key not in new.staged],
        gone=[*month.gone, *gone, *new.staged],
    )


def _replaced(month: Month, new: Publication) -> dict[str, list[File]]:
    files: dict[str, list[File]] = {}
    for table in sorted(month.files.keys() | new.files.keys()):
        days, made = new.days.get(table, frozenset()), new.files.get(table, ())
        files[table] = months.replace(month.files.get(table, ()), days, made)
    return files


def _left_by_dead(tenant: str, month: Month, lake: LakeFiles) -> list[str]:
    """The files of runs that lost the month, but for those that they published before."""
    if not month.dead:
        return []
    named = {file.key for some in month.files.values() for file in some}
    named |= {
        file.key for pending in month.pending for some in pending.files.values() for file in some
    }
    listed = lake.of_month(tenant, month.month)
    return [key for key in listed if key not in named and run_of(key) in month.dead]


def run_of(key: str) -> str:
    """The run that wrote a file."""
    return key.rsplit("/", 1)[-1].split(".")[-2]


def began(run: str) -> int:
    """When a run began, in epoch ms: its name tells."""
    return int(run[:15])


def may_write(run: str, now: int) -> bool:
    """Whether a run that lost its claim may still be writing at `now` (epoch ms)."""
    return began(run) > now - DEAD_MS
