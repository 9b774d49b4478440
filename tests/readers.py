"""
In-memory stores as the doors and the API read them, over those of `tests.fakes`.

`tests/integration/test_store_contract_reading.py` holds them against the real ones.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from tests.fakes import FakeBatches, FakeDirectory, FakeOutbox, FakeTenants
from waypost.event import Reject
from waypost.ingest import batches
from waypost.ingest.messages import Message
from waypost.lake.runs import RunRecord
from waypost.profiles.directory import Account, User
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


class DirectoryReader:
    """A directory in memory, as people look it up."""

    def __init__(self, directory: FakeDirectory) -> None:
        self._directory = directory

    def account(self, tenant: str, id: str) -> Account | None:
        return deepcopy(self._directory.accounts.get((tenant, id)))

    def accounts(self, tenant: str, after: str | None, limit: int) -> list[Account]:
        ids = (id for owner, id in self._directory.accounts if owner == tenant)
        return self.accounts_by_id(tenant, _page(ids, after, limit))

    def accounts_by_id(self, tenant: str, ids: set[str] | list[str]) -> list[Account]:
        return [account for id in ids if (account := self.account(tenant, id))]

    def user(self, tenant: str, id: str) -> User | None:
        return deepcopy(self._directory.users.get((tenant, id)))

    def user_at(self, tenant: str, identity: str) -> User | None:
        return self.user(tenant, self._directory.pointers.get((tenant, identity), ""))

    def users(self, tenant: str, after: str | None, limit: int) -> list[User]:
        ids = (id for owner, id in self._directory.users if owner == tenant)
        return self.users_by_id(tenant, _page(ids, after, limit))

    def users_by_id(self, tenant: str, ids: set[str] | list[str]) -> list[User]:
        return [user for id in ids if (user := self.user(tenant, id))]

    def unassigned(self, tenant: str, after: str | None, limit: int) -> list[User]:
        ids = (
            id
            for (owner, id), user in self._directory.users.items()
            if owner == tenant and user.account_id is None and user.merged_into is None
        )
        return self.users_by_id(tenant, _page(ids, after, limit))

    def merges(self, tenant: str) -> dict[str, str]:
        return {
            id: user.merged_into
            for (owner, id), user in self._directory.users.items()
            if owner == tenant and user.merged_into is not None
        }


def _page(ids: Iterator[str], after: str | None, limit: int) -> list[str]:
    return [id for id in sorted(ids) if after is None or id > after][:limit]


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
