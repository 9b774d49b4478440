"""
Manifests: which files are the lake of a tenant, month by month, and what they count.

A file is written once and never changed, and is part of the lake only while a manifest names it.
Of the days that a file spans, those in `but` are not in it, or have been written anew elsewhere. So
of any day the rows of one table are: the rows of that day in every file that spans it and does not
except it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Set
from hashlib import blake2b, md5
from typing import TypeVar

import msgspec
from msgspec import Struct

from waypost.lake.records import VERDICTS


class File(Struct, omit_defaults=True, array_like=True):
    """One Parquet file: its key, how many rows and bytes it has, and the days that it spans.

    Days are `YYYY-MM-DD`, both inclusive; a file of a head table spans none. `keys` are the
    properties that a file of `props` has as columns. Of a day too large for one file each has the
    users of one `part` of `parts`, a power of two.
    """

    key: str
    rows: int
    size: int
    first: str = ""
    last: str = ""
    but: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    part: int = 0
    parts: int = 1

    def spans(self, day: str) -> bool:
        return self.first <= day <= self.last and day not in self.but

    def days(self) -> Iterator[str]:
        """The days that are its own."""
        return (day for day in span(self.first, self.last) if day not in self.but)

    def meets(self, part: int, parts: int) -> bool:
        """Whether the file may hold users of that part."""
        fewer = min(self.parts, parts)
        return self.part % fewer == part % fewer


class Staged(Struct, omit_defaults=True, array_like=True):
    """Landed rows of some days, taken out of their landing objects and not folded yet.

    `since` is when the first of them was received, in epoch ms; `counts` are by the verdict that
    `match` gave. The parts of a day (see `File`) with the same `batch` belong together.
    """

    key: str
    rows: int
    first: str
    last: str
    since: int
    counts: dict[str, int] = {}
    part: int = 0
    parts: int = 1
    batch: str = ""


class Pending(Struct, omit_defaults=True, array_like=True):
    """What is done of a day in parts of one batch: it stands only when all of them are.

    `landed` are the counts of all that is staged of it, by the verdict that `match` gave.
    """

    day: str
    batch: str
    done: int = 0
    files: dict[str, list[File]] = {}
    counts: dict[str, int] = {}
    landed: dict[str, int] = {}


class Month(Struct, omit_defaults=True):
    """One month (`YYYY-MM`) of a tenant: its files by table, and by day the received by verdict.

    A run holds the month by `claim` while it writes files. `dead` are runs that lost such a claim:
    what they wrote is nobody's. `gone` are keys of files that were replaced and may still exist.
    """

    month: str
    version: int = 0
    files: dict[str, list[File]] = {}
    counts: dict[str, dict[str, int]] = {}
    staged: list[Staged] = []
    pending: list[Pending] = []
    claim: str = ""
    dead: list[str] = []
    gone: list[str] = []

    def of(self, table: str, first: str | None = None, last: str | None = None) -> list[File]:
        """The files of a table that span any day from `first` to `last`."""
        return [
            file
            for file in self.files.get(table, ())
            if file.last >= (first or "") and (last is None or file.first <= last)
        ]

    def in_parts(self) -> set[str]:
        """The days of which parts are staged or done: nothing else may be done to them before."""
        return {staged.first for staged in self.staged if staged.parts > 1}

    def is_tidy(self) -> bool:
        """Whether nobody holds the month, and no run left anything that is nobody's."""
        return not (self.claim or self.dead or self.gone)

    def totals(self) -> Counter[str]:
        total: Counter[str] = Counter()
        for counts in self.counts.values():
            total.update(counts)
        return total


class Head(Struct, omit_defaults=True):
    """The files of a tenant that span all time: by table (`seen`, `users`, …) one file at most.

    `seen_of` names the activity that `seen` was made of, `seen_before_of` that of
    `seen_before`; the rest is as in a `Month`.
    """

    version: int = 0
    files: dict[str, File] = {}
    seen_of: str = ""
    seen_before_of: str = ""
    claim: str = ""
    dead: list[str] = []
    gone: list[str] = []


Manifest = TypeVar("Manifest", Month, Head)


def following(manifest: Manifest, **fields: object) -> Manifest:
    """The next version of a manifest, with some fields set."""
    return msgspec.structs.replace(manifest, version=manifest.version + 1, **fields)


def replace(files: Iterable[File], days: Set[str], new: Iterable[File]) -> list[File]:
    """The files of a table once `days` have been written anew: the new ones, and of the others
    those that still hold a day.
    """
    kept = []
    for file in files:
        but = {*file.but, *(day for day in days if file.first <= day <= file.last)}
        if len(but) == len(file.but):
            kept.append(file)
        elif any(day not in but for day in span(file.first, file.last)):
            kept.append(msgspec.structs.replace(file, but=tuple(sorted(but))))
    return sorted([*kept, *new], key=lambda file: (file.first, file.key))


def of_users(files: Iterable[File], users: Iterable[str]) -> Iterator[File]:
    """The files that may hold one of some users."""
    hashes = [_hash(user) for user in users]
    for file in files:
        if file.parts == 1 or any(hash % file.parts == file.part for hash in hashes):
            yield file


def _hash(user: str) -> int:
    """What tells the part of a day that a user is in: DuckDB's `md5_number_lower`."""
    return int.from_bytes(md5(user.encode(), usedforsecurity=False).digest()[8:], "little")


def made_of(files: Iterable[File]) -> str:
    """A name for the rows of some files: the same rows, the same name."""
    listed = sorted((file.key, file.but) for file in files)
    return blake2b(repr(listed).encode(), digest_size=12).hexdigest() if listed else ""


def span(first: str, last: str) -> Iterator[str]:
    """The days from `first` to `last`, which lie in one month."""
    for number in range(int(first[8:]), int(last[8:]) + 1):
        yield f"{first[:8]}{number:02d}"


def ledger_totals(months: Iterable[Month], open_counts: Iterable[dict[str, int]]) -> dict[str, int]:
    """The accounting identity: received, and the four that it is the sum of.

    `open_counts` are those of landing objects that no run has read yet.
    """
    total: Counter[str] = Counter()
    for month in months:
        total.update(month.totals())
        for waiting in month.staged:
            total.update(waiting.counts)
        for begun in month.pending:
            total.update(begun.landed)
    for counts in open_counts:
        total.update(counts)
    verdicts = {verdict.value: total[verdict] for verdict in VERDICTS}
    return {"received": sum(verdicts.values()), **verdicts}


def encode(manifest: Month | Head) -> bytes:
    return msgspec.msgpack.encode(manifest)


def decode_month(data: bytes) -> Month:
    return msgspec.msgpack.decode(data, type=Month)


def decode_head(data: bytes) -> Head:
    return msgspec.msgpack.decode(data, type=Head)
