"""What a person costs: items that one event writes in the directory, each below 1 KB."""

from typing import Any

import pytest

from tests.fakes import FakeDirectory, MemoryTable
from waypost.event import Event
from waypost.profiles import resolution
from waypost.storage.items import Item
from waypost.storage.statements import Write
from waypost.tenants import Tenant

TENANT = Tenant("t-1")
NOW = 1_800_000_000_000
ANN = {"external_id": "ann", "email": "ann@acme.com", "anonymous_id": "a0", "company_id": "acme"}


class CountingTable(MemoryTable):
    """Counts write units; a write of a transaction costs two."""

    def __init__(self) -> None:
        super().__init__()
        self.units = 0

    def put(self, item: Item) -> None:
        super().put(item)
        self.units += 1

    def put_together(self, writes: list[Write]) -> bool:
        before = self.units
        done = super().put_together(writes)
        self.units += self.units - before
        return done

    def delete_many(self, keys: list[tuple[str, str]]) -> None:
        super().delete_many(keys)
        self.units += len(keys)


def units(directory: FakeDirectory, **who: Any) -> int:
    """What one event costs, matched in a run of its own."""
    table = directory.table
    assert isinstance(table, CountingTable)
    event = Event(time=NOW, action="Did", **who)
    before = table.units
    view = directory.view(TENANT, [event])
    resolution.resolve(event, view, TENANT, NOW)
    assert not directory.commit(TENANT.id, view.change)
    return table.units - before


@pytest.fixture
def directory() -> FakeDirectory:
    """Acme, and Ann who is in it."""
    known = FakeDirectory(CountingTable())
    units(known, **ANN)
    return known


@pytest.mark.parametrize(
    ("who", "most"),
    [
        ({"external_id": "ben", "company_id": "acme"}, 1),
        ({"external_id": "ben", "email": "ben@acme.com", "company_id": "acme"}, 2),
        ({**ANN, "external_id": "ben", "email": "ben@acme.com", "anonymous_id": "b0"}, 3),
        ({"external_id": "ben"}, 1),
        ({"external_id": "ben", "company_id": "bolt"}, 3),
        (ANN, 0),
        ({"external_id": "ann"}, 0),
        ({"anonymous_id": "a0"}, 0),
        ({"external_id": "ann", "anonymous_id": "a1"}, 2),
    ],
    ids=[
        *("new, an id", "and an e-mail", "and a browser", "without account", "a new company"),
        *("known by all keys", "known by id", "known by browser", "a known user's new browser"),
    ],
)
def test_what_an_event_writes_of_a_person(
    directory: FakeDirectory, who: dict[str, str], most: int
) -> None:
    assert units(directory, **who) == most
    assert units(directory, **who) == 0
