"""Books: the ledger, the live feeds, batches, and the types of property keys."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

import msgspec

from waypost.event import Reject
from waypost.ingest import batches
from waypost.ingest.batches import BatchRecord, PartRecord
from waypost.ingest.messages import Message
from waypost.ingest.schema import Schema
from waypost.lake import records as lake
from waypost.lake.records import FeedPage, Landed
from waypost.tenants import Tenant


@dataclass
class FakeLedger:
    """Rejects by (tenant, receipt, part): a message's entry is written whole."""

    entries: dict[tuple[str, str, int], list[Reject]] = field(default_factory=dict)

    def put(self, tenant: Tenant, message: Message, rejects: list[Reject]) -> None:
        self.entries[tenant.id, message.receipt, message.part] = deepcopy(rejects)

    def of_receipt(self, tenant: str, receipt: str) -> Iterator[Reject]:
        for owner, name, part in sorted(self.entries):
            if (owner, name) == (tenant, receipt):
                yield from deepcopy(self.entries[owner, name, part])


class FakeFeed:
    """The live feed, an item per `put`."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, list[Landed]]] = {}

    def put(self, tenant: Tenant, records: list[Landed], now: int, names: list[str]) -> None:
        cursor = f"{now:015d}#{lake.digest(names)}"
        if records:
            items = self._items.setdefault(tenant.id, {})
            items[cursor] = sorted(deepcopy(records), key=lambda record: record.time)

    def older(self, tenant: str, before: str | None) -> Iterator[FeedPage]:
        for cursor, records in sorted(self._items.get(tenant, {}).items(), reverse=True):
            if before is None or cursor < before:
                yield FeedPage(cursor, deepcopy(records))

    def newer(self, tenant: str, after: str | None) -> Iterator[FeedPage]:
        for cursor, records in sorted(self._items.get(tenant, {}).items()):
            if after is None or cursor > after:
                yield FeedPage(cursor, deepcopy(records))


@dataclass
class FakeBatches:
    """Batches and what `match` did with each part."""

    records: dict[tuple[str, str], BatchRecord] = field(default_factory=dict)
    parts: dict[tuple[str, str, int], PartRecord] = field(default_factory=dict)

    def put(self, tenant: str, record: BatchRecord) -> None:
        self.records[tenant, record.id] = deepcopy(record)

    def open(self, tenant: str, record: BatchRecord) -> BatchRecord:
        known = self.records.setdefault((tenant, record.id), deepcopy(record))
        if known.object is None:
            known = self.records[tenant, record.id] = batches.taken(known, record)
        return deepcopy(known)

    def get(self, tenant: str, batch: str) -> BatchRecord | None:
        return deepcopy(self.records.get((tenant, batch)))

    def put_part(self, tenant: str, message: Message, part: PartRecord) -> None:
        self.parts[tenant, message.receipt, message.part] = deepcopy(part)

    def progress(self, tenant: str, batch: str) -> dict[str, object] | None:
        record = self.records.get((tenant, batch))
        mine = [part for key, part in self.parts.items() if key[:2] == (tenant, batch)]
        return batches.progress(record, mine) if record else None


@dataclass
class FakeSchemas:
    """The types of property keys, by tenant; what was read once is read again only `fresh`."""

    known: dict[str, Schema] = field(default_factory=dict)
    remembered: dict[str, Schema] = field(default_factory=dict)

    def get(self, tenant: str, *, fresh: bool = False) -> Schema:
        if fresh or tenant not in self.remembered:
            self.remembered[tenant] = self.known.get(tenant, Schema())
        return deepcopy(self.remembered[tenant])

    def put(self, tenant: str, schema: Schema) -> bool:
        if self.known.get(tenant, Schema()).version != schema.version:
            return False
        grown = msgspec.structs.replace(schema, version=schema.version + 1)
        self.known[tenant] = self.remembered[tenant] = deepcopy(grown)
        return True
