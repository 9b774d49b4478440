"""Planhat's models over a store in memory, as their handlers use them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from tests.fakes import FakeDirectory, FakeLake, MemoryTable
from tests.fakes.seconds import no_wait
from waypost.insights.planhat_lists import PlanhatLists
from waypost.lake import people_run
from waypost.lake.cache import FileCache
from waypost.lake.plans import Plan
from waypost.lake.ports import FoldStores
from waypost.lake.reader import LakeReader, Opened
from waypost.profiles.planhat import upserts
from waypost.profiles.planhat.ports import RecordStores
from waypost.profiles.planhat.records import Model, Record
from waypost.profiles.view import Change, Lost
from waypost.storage.dynamo import Table
from waypost.storage.manifests_table import DynamoManifests
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

    `lake` is where their changes land, `manifests` name the files that runs make of them.
    """

    def __init__(self, races: int = 0) -> None:
        self.directory = FakeDirectory()
        self.lake = FakeLake()
        self.manifests = DynamoManifests(cast(Table, MemoryTable()))
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
    return RecordStores(nobody, nobody, store, store.lake, lists(store), lambda: NOW, no_wait())


class LandedLake:
    """The lake of what landed, read from a disk that each question finds empty."""

    def __init__(self, store: MemoryModels) -> None:
        self._lake, self._manifests = store.lake, store.manifests

    @contextmanager
    def open(self, tenant: str, plan: Plan) -> Iterator[Opened]:
        lake, manifests = self._lake, self._manifests
        with TemporaryDirectory() as folder:
            cache = FileCache(Path(folder))
            reader = LakeReader(lake=lake, manifests=manifests, cache=cache, clock=lambda: NOW)
            with reader.open(tenant, plan) as opened:
                yield opened


def lists(store: MemoryModels) -> PlanhatLists:
    return PlanhatLists(LandedLake(store))


def fold(store: MemoryModels) -> None:
    """Does what the hourly run does to the records that changed."""
    nobody: Any = None
    stores = FoldStores(store.lake, store.manifests, nobody, lambda: NOW)
    with TemporaryDirectory() as folder:
        people_run.fold_people(
            TENANT.id, stores=stores, folder=Path(folder), run=str(len(store.lake))
        )


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
