"""Planhat's models over a store in memory, as their handlers use them."""

import json
from collections.abc import Iterator
from typing import Any

from tests.fakes import FakeDirectory
from tests.fakes.seconds import no_wait
from waypost.event import Event
from waypost.profiles.directory import Change, User, View, user_keys
from waypost.profiles.planhat import records, upserts
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.ports import RecordStores
from waypost.profiles.planhat.records import Model, Record
from waypost.profiles.ports import DirectoryConflict
from waypost.tenants import Tenant

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
TENANT = Tenant("t-1")
KEYS = {
    "created", "createdErrors", "insertsKeys", "updated", "updatedErrors", "updatesKeys",
    "nonupdates", "modified", "upsertedIds", "permissionErrors",
}  # fmt: skip


class MemoryModels:
    """A `ModelStore` in memory. `races` is how many commits lose a race, half written."""

    def __init__(self, races: int = 0) -> None:
        self.directory = FakeDirectory()
        self.keys: dict[str, str] = {}
        self.races = races

    def targets(self, tenant: str, pointers: set[str]) -> dict[str, str]:
        ids = [key[1] for key in self.directory.accounts]
        found = {records.company_pointer(tenant, id): id for id in ids} | self.keys
        found |= {key: id for (_, key), id in self.directory.pointers.items()}
        return {key: found[key] for key in pointers if key in found}

    def view(
        self, model: Model, tenant: Tenant, events: list[Event], named: set[str]
    ) -> tuple[View, dict[str, User]]:
        users = self.some(model, tenant.id, named) if model is ENDUSERS else []
        probes = [Event(external_id=one.external_id, email=one.email) for one in users]
        probes += [Event(anonymous_id=one.anonymous_id) for one in users]
        view = self.directory.view(tenant, [*events, *probes])
        known = [view.user_at(key) for one in users for key in user_keys(one)]
        return view, {one.id: one for one in known if one}

    def commit(self, tenant: str, change: Change) -> None:
        self.directory.commit(tenant, change)
        if self.races:
            self.races -= 1
            raise DirectoryConflict

    def point(self, _: str, pointers: dict[str, str], gone: dict[str, str]) -> None:
        self.keys = {key: id for key, id in self.keys.items() if gone.get(key) != id} | pointers

    def some(self, model: Model, tenant: str, ids: set[str]) -> list[Any]:
        held: dict[Any, Any] = self.directory.accounts
        if model is ENDUSERS:
            held = self.directory.users
        return [held[tenant, id] for id in ids if (tenant, id) in held]

    def every(self, model: Model, tenant: str, descending: bool) -> Iterator[Any]:
        held: Any = self.directory.accounts if model is COMPANIES else self.directory.users
        order = sorted(held.values(), key=lambda one: model.record(tenant, one)["_id"])
        return iter(order[::-1] if descending else order)

    def remove(self, model: Model, tenant: str, thing: Any) -> None:
        held: Any = self.directory.accounts if model is COMPANIES else self.directory.users
        del held[tenant, thing.id]


def stores(store: MemoryModels) -> RecordStores:
    nobody: Any = None
    return RecordStores(nobody, nobody, store, lambda: NOW, no_wait())


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
