"""Planhat's models over a store in memory, as their handlers use them."""

import json
from typing import Any, cast

from tests.fakes import FakeDirectory, FakeLake
from tests.fakes.seconds import no_wait
from waypost.profiles.planhat import upserts
from waypost.profiles.planhat.ports import RecordStores
from waypost.profiles.planhat.records import Model, Record
from waypost.profiles.view import Change, Lost
from waypost.storage.dynamo import Table
from waypost.storage.models_table import DynamoModels
from waypost.tenants import Tenant

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
TENANT = Tenant("t-1")
KEYS = {
    "created", "createdErrors", "insertsKeys", "updated", "updatedErrors", "updatesKeys",
    "nonupdates", "modified", "upsertedIds", "permissionErrors",
}  # fmt: skip


class MemoryModels(DynamoModels):
    """Models over a table in memory. `races` is how many commits lose a race, half written.

    `lake` is where their changes land.
    """

    def __init__(self, races: int = 0) -> None:
        self.directory = FakeDirectory()
        self.lake = FakeLake()
        self.races = races
        super().__init__(cast(Table, self.directory.table), self.directory)

    def commit(self, tenant: str, change: Change) -> Lost:
        lost = super().commit(tenant, change)
        if self.races:
            self.races -= 1
            return Lost(users={"u_faster"})
        return lost

    def forget_sources(self) -> None:
        items = self.directory.table.items
        for place in [place for place in items if "|source:" in place[0]]:
            del items[place]

    @property
    def sources(self) -> dict[str, str]:
        """Where each sourceId leads."""
        items = self.directory.table.items.items()
        return {
            sk: item.get("user") or item["account"] for (pk, sk), item in items if "|source:" in pk
        }


def stores(store: MemoryModels) -> RecordStores:
    nobody: Any = None
    return RecordStores(nobody, nobody, store, store.lake, lambda: NOW, no_wait())


def put(store: MemoryModels, model: Model, *items: Any) -> tuple[Any, int]:
    answer, status = upserts.upsert(model, json.dumps(items).encode(), TENANT, stores(store))
    assert answer.keys() == KEYS
    return answer, status


def post(store: MemoryModels, model: Model, **item: Any) -> Record:
    return upserts.create(model, json.dumps(item).encode(), TENANT, stores(store))


def patch(store: MemoryModels, model: Model, reference: str, **item: Any) -> Record:
    return upserts.change(model, reference, json.dumps(item).encode(), TENANT, stores(store))


def read(store: MemoryModels, model: Model, name: str) -> Record:
    return upserts.read(model, name, TENANT.id, store)


def errors(answer: Any, name: str = "createdErrors") -> list[tuple[int, str, str | None]]:
    return [(one["index"], one["code"], one["field"]) for one in answer[name]]
