"""What is remembered: for a minute, so that a change needs no deploy."""

from uuid import uuid4

import pytest

from waypost import tenants
from waypost.errors import Unavailable
from waypost.storage.lean_stores import DoorTenants
from waypost.storage.remembered import Remembered
from waypost.storage.schema_table import DynamoSchemas
from waypost.tenants import Rule, Tenant
from waypost.web import script


class Directory:
    """A directory table with one tenant in it, or none; counts how often it is asked."""

    def __init__(self, tenant: Tenant | None) -> None:
        self.tenant = tenant
        self.asked = 0

    def json(self, _action: str, _request: object, _tries: int | None = None) -> dict[str, object]:
        self.asked += 1
        if self.tenant is None:
            return {}
        return {"Item": {"settings": {"S": tenants.encode(self.tenant)}}}


class Seconds:
    """Seconds that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Numbers:
    """A store that answers every key with the number of times that it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, _key: str) -> int:
        self.asked += 1
        return self.asked


def test_a_changed_list_reaches_pages_within_a_minute() -> None:
    tenant, clock = str(uuid4()), Seconds()
    directory = Directory(Tenant(tenant))
    known = DoorTenants(directory, "directory", clock)  # type: ignore[arg-type]
    before = script.lists(known.get(tenant).rules)  # type: ignore[union-attr]
    directory.tenant = Tenant(tenant, rules=(Rule(deny=("page.*",)),))

    clock.now += 59
    meanwhile = script.lists(known.get(tenant).rules)  # type: ignore[union-attr]
    clock.now += 2
    after = script.lists(known.get(tenant).rules)  # type: ignore[union-attr]

    assert (before["deny"], meanwhile["deny"], after["deny"]) == ([], [], ["page.*"])
    assert directory.asked == 2


def test_a_tenant_that_was_just_made_is_known_after_five_seconds() -> None:
    tenant, clock = str(uuid4()), Seconds()
    directory = Directory(None)
    known = DoorTenants(directory, "directory", clock)  # type: ignore[arg-type]
    assert known.get(tenant) is None
    directory.tenant = Tenant(tenant)

    clock.now += 4
    meanwhile = known.get(tenant)
    clock.now += 2

    assert meanwhile is None
    assert known.get(tenant) == directory.tenant


def test_each_key_is_asked_for_once_a_minute() -> None:
    clock = Seconds()
    known = Remembered(Numbers(), most=10, clock=clock)

    first = [known.get(key) for key in ("a", "b", "a", "b")]
    clock.now += 60

    assert (first, known.get("a")) == ([1, 2, 1, 2], 3)


def test_what_is_asked_for_fresh_is_remembered_too() -> None:
    known = Remembered(Numbers(), most=10, clock=Seconds())

    assert [known.get("a"), known.get("a", fresh=True), known.get("a")] == [1, 2, 2]


def test_what_was_written_is_remembered_without_asking() -> None:
    store = Numbers()
    known = Remembered(store, most=10, clock=Seconds())

    known.put("a", 7)

    assert (known.get("a"), store.asked) == (7, 0)


def test_a_memory_holds_no_more_than_it_may() -> None:
    store = Numbers()
    known = Remembered(store, most=3, clock=Seconds())

    for n in range(100):
        known.get(f"key {n}")
        assert len(known) <= 3

    assert known.get("key 99") == 100
    assert store.asked == 100


class Busy:
    """A store that may be too busy to answer; counts the questions."""

    def __init__(self) -> None:
        self.busy = False
        self.asked = 0

    def __call__(self, key: str) -> str | None:
        self.asked += 1
        if self.busy:
            raise Unavailable("busy")
        return f"{key} as of {self.asked}" if key else None


def test_what_cannot_be_read_again_serves_on_and_is_asked_for_every_five_seconds() -> None:
    store, clock = Busy(), Seconds()
    known = Remembered(store, most=10, clock=clock)
    known.get("a")
    store.busy = True
    clock.now += 60

    while_busy = []
    for _ in range(10):
        while_busy.append(known.get("a"))
        clock.now += 1
    asked = store.asked
    store.busy = False
    clock.now += 5

    assert while_busy == ["a as of 1"] * 10
    assert asked == 3
    assert known.get("a") == "a as of 4"


def test_what_was_never_read_and_what_was_nothing_has_nothing_to_serve() -> None:
    store, clock = Busy(), Seconds()
    known = Remembered(store, most=10, clock=clock)
    assert known.get("") is None
    store.busy = True
    clock.now += 60

    for key in ("a", ""):
        with pytest.raises(Unavailable):
            known.get(key)


def test_what_is_asked_for_fresh_is_never_stale() -> None:
    store = Busy()
    known = Remembered(store, most=10, clock=Seconds())
    known.get("a")
    store.busy = True

    with pytest.raises(Unavailable):
        known.get("a", fresh=True)
    assert known.get("a") == "a as of 1"


def test_a_schema_that_cannot_be_read_again_serves_on() -> None:
    class Table:
        def __init__(self) -> None:
            self.busy = False

        def get(self, _pk: str, _sk: str) -> None:
            if self.busy:
                raise Unavailable("busy")

    table, clock = Table(), Seconds()
    schemas = DynamoSchemas(table, clock)  # type: ignore[arg-type]
    before = schemas.get("t1")
    table.busy = True
    clock.now += 61

    assert schemas.get("t1") == before
    with pytest.raises(Unavailable):
        schemas.get("t2")
