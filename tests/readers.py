"""
In-memory stores as the doors and the API read them, over those of `tests.fakes`.

`tests/integration/test_store_contract_reading.py` holds them against the real ones.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from tests.fakes import FakeBatches, FakeOutbox, FakeTenants
from waypost.event import Reject
from waypost.ingest import batches
from waypost.ingest.messages import Message
from waypost.lake.runs import RunRecord
from waypost.tenants import Tenant
from waypost.tokens import Grant


class ChangingTenants(FakeTenants):
    """Tenants whose settings can be changed; nobody ever comes in between."""

    def change(self, tenant: str, update: Callable[[Tenant], Tenant]) -> Tenant | None:
        if tenant in self:
            self[tenant] = update(self[tenant])
        return self.get(tenant)


class FakeGrants(dict[str, Grant]):
    """What tokens allow, by token."""

    def grant(self, token: str) -> Grant | None:
        return self.get(token)


class FakeInboxQueue(FakeOutbox):
    """An outbox that also hands out URLs for uploads."""

    def presign(self, key: str, expires: int) -> str:
        return f"https://inbox.example/{key}?expires={expires}"


@dataclass
class LedgerReader:
    """A ledger in memory, as people page through it: an entry per message."""

    messages: dict[tuple[str, str], tuple[int, list[Reject]]] = field(default_factory=dict)

    def put(self, tenant: Tenant, message: Message, rejects: list[Reject]) -> None:
        cursor = f"{message.receipt}#{message.part:06d}-0000"
        self.messages[tenant.id, cursor] = message.received, deepcopy(rejects)

    def newest(
        self, tenant: str, before: str | None, limit: int
    ) -> Iterator[tuple[str, int, list[Reject]]]:
        mine = (
            (cursor, *kept) for (owner, cursor), kept in self.messages.items() if owner == tenant
        )
        older = (entry for entry in mine if before is None or entry[0] < before)
        yield from sorted(deepcopy(list(older)), key=lambda entry: entry[0], reverse=True)[:limit]


class BatchReader(FakeBatches):
    """Batches in memory, as people list them."""

    def newest(self, tenant: str, before: str | None, limit: int) -> list[dict[str, object]]:
        ids = [id for owner, id in self.records if owner == tenant and (not before or id < before)]
        chosen = sorted(ids, reverse=True)[:limit]
        return [self._progress(tenant, id) for id in chosen]

    def _progress(self, tenant: str, id: str) -> dict[str, object]:
        mine = [part for key, part in self.parts.items() if key[:2] == (tenant, id)]
        return batches.progress(self.records[tenant, id], mine)


@dataclass
class FakeRuns:
    records: dict[tuple[str, str], RunRecord] = field(default_factory=dict)

    def get(self, tenant: str, run: str) -> RunRecord | None:
        return deepcopy(self.records.get((tenant, run)))
