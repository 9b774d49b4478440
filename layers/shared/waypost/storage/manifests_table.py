"""The manifests of the lake and the marks of what was read: the metrics table."""

from collections.abc import Iterable
from typing import Literal

from waypost.ingest.messages import slices
from waypost.lake import months
from waypost.lake.months import Head, Month
from waypost.storage import keys, packing
from waypost.storage.dynamo import Table
from waypost.storage.items import Item, version

Landed = Literal["landing", "changes"]

_NAME = 12  # bytes of the name of a landing object
_NAMES_IN_ITEM = 25_000
_HEAD = "head"


class DynamoManifests:
    """Months, heads and marks. A manifest is one item, put over the version that was read."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def months(self, tenant: str, first: str | None = None, last: str | None = None) -> list[Month]:
        """The months of a tenant, by month; `first` and `last` are inclusive."""
        between = (first or "0000-00", last or "9999-99")
        items = self._table.query(keys.scoped(tenant, "month"), between=between)
        return [months.decode_month(packing.unpacked(item["packed"])) for item in items]

    def months_of(self, tenant: str, names: Iterable[str]) -> dict[str, Month]:
        """These months; one that nobody has put yet is an empty one."""
        pk = keys.scoped(tenant, "month")
        wanted = {name: Month(name) for name in names}
        for item in self._table.get_many([(pk, name) for name in wanted]):
            wanted[item["sk"]] = months.decode_month(packing.unpacked(item["packed"]))
        return wanted

    def put_month(self, tenant: str, month: Month) -> bool:
        """Puts a month over the version before its own; False where another stands there now."""
        pk = keys.scoped(tenant, "month")
        return self._put(pk, month.month, months.encode(month), month.version)

    def head(self, tenant: str) -> Head:
        item = self._table.get(keys.scoped(tenant, "head"), _HEAD)
        return months.decode_head(packing.unpacked(item["packed"])) if item else Head()

    def put_head(self, tenant: str, head: Head) -> bool:
        """Puts the head over the version before its own; False where another stands there now."""
        return self._put(keys.scoped(tenant, "head"), _HEAD, months.encode(head), head.version)

    def _put(self, pk: str, sk: str, data: bytes, number: int) -> bool:
        item: Item = {"pk": pk, "sk": sk, "packed": packing.compressed(data), "version": number}
        # True also where exactly this item stands: a put that was sent again after its answer was
        # lost has won.
        return self._table.put_over(item, version(number - 1))

    def todo(self, tenant: str) -> list[str]:
        """The months that may hold staged rows, or files that a killed run left; by month."""
        return [item["sk"] for item in self._table.query(keys.scoped(tenant, "todo"))]

    def put_todo(self, tenant: str, names: Iterable[str]) -> None:
        pk = keys.scoped(tenant, "todo")
        self._table.put_many([{"pk": pk, "sk": name} for name in names])

    def end_todo(self, tenant: str, names: Iterable[str]) -> None:
        self._table.delete_many([(keys.scoped(tenant, "todo"), name) for name in names])

    def mark(self, tenant: str, landed: Landed = "landing") -> tuple[str, frozenset[bytes]]:
        """The first hour that may hold unread objects, and which of them are read."""
        pk = keys.scoped(tenant, "watermark")
        head = self._table.get(pk, landed)
        if head is None:
            return "", frozenset()
        further = [(pk, f"{landed}#{n:04d}") for n in range(1, head["items"])]
        names = set[bytes]()
        for item in (head, *self._table.get_many(further)):
            done = bytes(item["done"])
            names.update(done[n : n + _NAME] for n in range(0, len(done), _NAME))
        return head["hour"], frozenset(names)

    def put_mark(
        self, tenant: str, hour: str, done: frozenset[bytes], landed: Landed = "landing"
    ) -> None:
        """Remembers what is read. A lost update only means reading an object once more.

        However items of two runs mix: every name in any of them is of an object that is read.
        """
        pk, names = keys.scoped(tenant, "watermark"), sorted(done)
        first, *more = list(slices(names, _NAMES_IN_ITEM)) or [[]]
        items: list[Item] = [
            {"pk": pk, "sk": f"{landed}#{n:04d}", "done": b"".join(some)}
            for n, some in enumerate(more, start=1)
        ]
        head = {"hour": hour, "done": b"".join(first), "items": 1 + len(more)}
        self._table.put_many([{"pk": pk, "sk": landed, **head}, *items])
        # A busier hour took more of them.
        last = f"{landed}#{len(more):04d}"
        after = self._table.query(pk, between=(f"{last}\0", f"{landed}#\U0010ffff"))
        self._table.delete_many([(pk, item["sk"]) for item in after])
