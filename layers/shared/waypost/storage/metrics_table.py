"""Manifests, cubes, presence and the landing watermark: the metrics table."""

import time
from collections.abc import Iterator
from functools import partial
from itertools import chain

import msgspec

from waypost.errors import Unavailable
from waypost.ingest.messages import slices
from waypost.lake import last_seen, manifests, rollups
from waypost.lake.last_seen import Month, Presence
from waypost.lake.manifests import Manifest
from waypost.lake.rollups import RollupRow
from waypost.storage import keys, packing
from waypost.storage.dynamo import Table
from waypost.storage.items import Item, version
from waypost.times import HOUR_MS

_FIRST_DAY, _LAST_DAY = "0000-01-01", "9999-12-31"
# Younger chunks may belong to a run that has claimed since and has not named them yet.
_KEEP_MS = HOUR_MS
# Records in a pack, before its size is known; see `packing`.
_ROWS_IN_CHUNK = 40_000
_SEEN_IN_CHUNK = 8_000
_NAME = 12  # bytes of the name of a landing object
_NAMES_IN_ITEM = 25_000
_LANDING = "landing"


class DynamoMetrics:
    """The hourly numbers. Packed chunks are written first, under the name of their run; then one
    conditional put of the head publishes them. No reader sees chunks that no head names.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def manifests(
        self, tenant: str, first: str | None = None, last: str | None = None
    ) -> list[Manifest]:
        """The manifests of a tenant, by day; `first` and `last` are inclusive days."""
        days = (first or _FIRST_DAY, last or _LAST_DAY)
        items = self._table.query(keys.scoped(tenant, "day"), between=days)
        return [manifests.decode(item["head"]) for item in items]

    def claim(self, tenant: str, manifest: Manifest, run: str, hours: set[str]) -> Manifest | None:
        """Takes a day for `run`, on top of the version that was read; None for a lost race."""
        claimed = msgspec.structs.replace(
            manifest, version=manifest.version + 1, claim=run, rewriting=sorted(hours)
        )
        won = self._put_head(tenant, claimed) or self._head(tenant, manifest.day) == claimed
        return claimed if won else None

    def publish(self, tenant: str, manifest: Manifest, rows: list[RollupRow]) -> bool:
        """Publishes a claimed day; False where another run has claimed it since."""
        run = manifest.claim
        chunks = list(packing.packed(rows, rollups.encode, _ROWS_IN_CHUNK))
        self._put_chunks(tenant, manifest.day, run, chunks)
        final = msgspec.structs.replace(
            manifest,
            version=manifest.version + 1,
            run=run,
            chunks=len(chunks),
            claim="",
            rewriting=[],
        )
        won = self._put_head(tenant, final) or self._head(tenant, manifest.day).run == run
        self._sweep(tenant, manifest.day, run, won)
        return won

    def _head(self, tenant: str, day: str) -> Manifest:
        """The manifest that stands. A put whose answer was lost, and that was then sent again,
        is refused by its own first try: who finds its own name here has won.
        """
        item = self._table.get(keys.scoped(tenant, "day"), day)
        return manifests.decode(item["head"]) if item else Manifest(day)

    def _put_head(self, tenant: str, manifest: Manifest) -> bool:
        head: Item = {
            "pk": keys.scoped(tenant, "day"),
            "sk": manifest.day,
            "head": manifests.encode(manifest),
            "version": manifest.version,
        }
        return self._table.put_over(head, version(manifest.version - 1))

    def cube(self, tenant: str, manifest: Manifest) -> Iterator[RollupRow]:
        """The hourly rows of a published day."""
        chunks = self._chunks(tenant, manifest.day, manifest.run, manifest.chunks)
        return chain.from_iterable(map(rollups.decode, chunks))

    def months(self, tenant: str) -> list[Month]:
        items = self._table.query(keys.scoped(tenant, "month"))
        return [msgspec.json.decode(item["head"], type=Month) for item in items]

    def publish_month(self, tenant: str, month: Month, folded: Presence, run: str) -> None:
        """Publishes a month's presence unless one from newer cubes stands there already."""
        chunks = [
            chunk
            for kind in last_seen.KINDS
            for chunk in packing.packed(
                list(folded.of(kind).items()), partial(last_seen.encode, kind), _SEEN_IN_CHUNK
            )
        ]
        final = msgspec.structs.replace(month, run=run, chunks=len(chunks))
        head: Item = {
            "pk": keys.scoped(tenant, "month"),
            "sk": month.month,
            "head": msgspec.json.encode(final).decode(),
            "version": month.fence,
        }
        self._put_chunks(tenant, month.month, run, chunks)
        condition = "attribute_not_exists(pk) OR version < :fence"
        won = self._table.put_if(head, condition, {":fence": month.fence})
        if not won:
            # As `_head` says: a put that was sent again is refused by its own first try.
            won = any(head.month == month.month and head.run == run for head in self.months(tenant))
        self._sweep(tenant, month.month, run, won)

    def presence(self, tenant: str) -> Presence:
        """First and last seen of every user and account, over all months."""
        presence = Presence({}, {})
        for month in self.months(tenant):
            for chunk in self._chunks(tenant, month.month, month.run, month.chunks):
                last_seen.decode(chunk, presence)
        return presence

    def watermark(self, tenant: str) -> tuple[str, frozenset[bytes]]:
        """The first landing hour that may hold unread objects, and which of them are read."""
        pk = keys.scoped(tenant, "watermark")
        head = self._table.get(pk, _LANDING)
        if head is None:
            return "", frozenset()
        further = [(pk, f"{_LANDING}#{n:04d}") for n in range(1, head["items"])]
        names = set[bytes]()
        for item in (head, *self._table.get_many(further)):
            done = bytes(item["done"])
            names.update(done[n : n + _NAME] for n in range(0, len(done), _NAME))
        return head["hour"], frozenset(names)

    def put_watermark(self, tenant: str, hour: str, done: frozenset[bytes]) -> None:
        """Remembers what is read. A lost update only means reading an object once more.

        However items of two runs mix: every name in any of them is of an object that is read.
        """
        pk, names = keys.scoped(tenant, "watermark"), sorted(done)
        first, *more = list(slices(names, _NAMES_IN_ITEM)) or [[]]
        items: list[Item] = [
            {"pk": pk, "sk": f"{_LANDING}#{n:04d}", "done": b"".join(some)}
            for n, some in enumerate(more, start=1)
        ]
        head = {"hour": hour, "done": b"".join(first), "items": 1 + len(more)}
        self._table.put_many([{"pk": pk, "sk": _LANDING, **head}, *items])
        # A busier hour took more of them.
        last = f"{_LANDING}#{len(more):04d}"
        self._table.delete_many([(pk, item["sk"]) for item in self._table.query(pk, after=last)])

    def _put_chunks(self, tenant: str, name: str, run: str, chunks: list[bytes]) -> None:
        pk = keys.scoped(tenant, "cube")
        self._table.put_many(
            [
                {"pk": pk, "sk": f"{name}#{run}#{n:04d}", "packed": chunk}
                for n, chunk in enumerate(chunks)
            ]
        )

    def _chunks(self, tenant: str, name: str, run: str, count: int) -> Iterator[bytes]:
        pk = keys.scoped(tenant, "cube")
        wanted = [(pk, f"{name}#{run}#{n:04d}") for n in range(count)]
        read = 0
        for item in self._table.get_many(wanted):
            read += 1
            yield packing.unpacked(item["packed"])
        if read < count:
            raise Unavailable("the numbers were republished while being read; ask again")

    def _sweep(self, tenant: str, name: str, run: str, won: bool) -> None:
        """Deletes a loser's chunks, or for a winner those of earlier runs.

        Who still holds an earlier head is told to ask again.
        """
        pk = keys.scoped(tenant, "cube")
        # The name of a run begins with the moment that it started at, so keys sort by age.
        limit = f"{name}#{int(time.time() * 1000) - _KEEP_MS:015d}"
        mine = f"{name}#{run}#"
        written = [item["sk"] for item in self._table.query(pk, prefix=f"{name}#")]
        if won:
            gone = [sk for sk in written if sk < limit and not sk.startswith(mine)]
        else:
            gone = [sk for sk in written if sk.startswith(mine)]
        self._table.delete_many([(pk, sk) for sk in gone])
