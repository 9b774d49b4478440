"""What a door remembers of its tenants: for a minute, so that a change needs no deploy."""

from uuid import uuid4

import pytest

from waypost import tenants
from waypost.storage import lean_stores
from waypost.storage.lean_stores import DoorTenants
from waypost.tenants import Rule, Tenant
from waypost.web import script


class Directory:
    """A directory table with one tenant in it, or none; counts how often it is asked."""

    def __init__(self, tenant: Tenant | None) -> None:
        self.tenant = tenant
        self.asked = 0

    def json(self, _action: str, _request: object) -> dict[str, object]:
        self.asked += 1
        if self.tenant is None:
            return {}
        return {"Item": {"settings": {"S": tenants.encode(self.tenant)}}}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time it is, in seconds: its only item."""
    now = [1000.0]
    monkeypatch.setattr(lean_stores.time, "monotonic", lambda: now[0])
    return now


def test_a_changed_list_reaches_pages_within_a_minute(clock: list[float]) -> None:
    tenant = str(uuid4())
    directory = Directory(Tenant(tenant))
    found = DoorTenants(directory, "directory")  # type: ignore[arg-type]
    before = script.lists(found.get(tenant).rules)  # type: ignore[union-attr]
    directory.tenant = Tenant(tenant, rules=(Rule(deny=("page.*",)),))

    clock[0] += 59
    meanwhile = script.lists(found.get(tenant).rules)  # type: ignore[union-attr]
    clock[0] += 2
    after = script.lists(found.get(tenant).rules)  # type: ignore[union-attr]

    assert (before["deny"], meanwhile["deny"], after["deny"]) == ([], [], ["page.*"])
    assert directory.asked == 2


def test_a_tenant_that_was_just_made_is_known_after_five_seconds(clock: list[float]) -> None:
    tenant = str(uuid4())
    directory = Directory(None)
    found = DoorTenants(directory, "directory")  # type: ignore[arg-type]
    assert found.get(tenant) is None
    directory.tenant = Tenant(tenant)

    clock[0] += 6

    assert found.get(tenant) == directory.tenant
