"""What the records door writes of users and accounts lands, in one object per request."""

import json
from typing import Any

import pytest

from tests.faults.landed_people import differing, folded
from tests.unit.profiles.planhat.modelstore import (
    NOW,
    TENANT,
    MemoryModels,
    patch,
    post,
    put,
    stores,
)
from waypost.errors import NotFound, Unavailable
from waypost.event import Event
from waypost.profiles import resolution
from waypost.profiles.planhat import upserts
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.records import Model
from waypost.profiles.view import Change, Lost

ACME = {"externalId": "acme", "name": "Acme"}


@pytest.fixture
def store() -> MemoryModels:
    return MemoryModels()


def objects(store: MemoryModels) -> list[dict[str, int]]:
    return [entry.counts for entry in store.lake.changes(TENANT.id, "")]


def apart(store: MemoryModels) -> list[str]:
    """Who is another in the lake than in the directory."""
    return differing(store.lake, store.directory, TENANT.id)


def visit(store: MemoryModels, **who: Any) -> None:
    """An event, as `match` resolves, writes and lands it."""
    event = Event(time=NOW, action="Did", **who)
    view = store.directory.view(TENANT, [event])
    resolution.resolve(event, view, TENANT, NOW)
    lost = store.directory.commit(TENANT.id, view.change)
    store.lake.put_changes(TENANT.id, list(view.written(lost).values()), NOW)


def test_every_write_lands_what_it_wrote(store: MemoryModels) -> None:
    acme = post(store, COMPANIES, **ACME)
    ann = post(store, ENDUSERS, externalId="ann", companyId="extid-acme")
    patch(store, ENDUSERS, ann["_id"], email="ann@acme.com", phone="1")
    patch(store, COMPANIES, acme["_id"], phase="Live")

    assert apart(store) == []
    assert folded(store.lake, TENANT.id).keys() == {
        ("account", "acme"),
        ("user", f"u_{ann['_id']}"),
    }


def test_a_body_of_many_records_is_one_object(store: MemoryModels) -> None:
    put(store, COMPANIES, *({"externalId": f"c{n}", "name": "C"} for n in range(1200)))

    assert objects(store) == [{"user": 0, "account": 1200}]
    assert apart(store) == []


def test_a_body_without_a_good_record_is_none(store: MemoryModels) -> None:
    put(store, COMPANIES, {"externalId": "nameless"})

    assert objects(store) == []


def test_what_is_sent_again_lands_again_though_nothing_changes(store: MemoryModels) -> None:
    put(store, COMPANIES, ACME)
    store.lake.objects.clear()

    answer, _ = put(store, COMPANIES, ACME)

    assert (answer["nonupdates"], apart(store)) == (1, [])


def test_a_body_that_fails_half_way_lands_what_it_wrote(store: MemoryModels) -> None:
    commit, calls = store.commit, iter(range(99))

    def at_first(tenant: str, change: Change) -> Lost:
        if next(calls):
            raise Unavailable("DynamoDB is away")
        return commit(tenant, change)

    store.commit = at_first  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        put(store, COMPANIES, *({"externalId": f"c{n}", "name": "C"} for n in range(600)))

    assert (objects(store), apart(store)) == ([{"user": 0, "account": 500}], [])


def test_who_loses_a_race_lands_what_stands_in_the_end() -> None:
    store = MemoryModels(races=2)

    put(store, ENDUSERS, {"externalId": "u", "name": "U", "sourceId": "s"})

    assert apart(store) == []


@pytest.mark.parametrize(("model", "name"), [(ENDUSERS, "extid-ann"), (COMPANIES, "extid-acme")])
def test_what_is_deleted_is_gone_from_the_lake_with_the_browsers_it_was(
    store: MemoryModels, model: Model, name: str
) -> None:
    post(store, COMPANIES, **ACME)
    visit(store, external_id="ann")
    visit(store, anonymous_id="before")
    for browser in ("before", "a1"):
        visit(store, external_id="ann", anonymous_id=browser)
    assert len(folded(store.lake, TENANT.id)) == 3

    upserts.delete(model, name, TENANT.id, stores(store))

    assert apart(store) == []
    assert len(folded(store.lake, TENANT.id)) == (1 if model is ENDUSERS else 2)


def test_whoever_comes_after_a_deletion_stands_in_the_lake(store: MemoryModels) -> None:
    post(store, ENDUSERS, externalId="ann")
    upserts.delete(ENDUSERS, "extid-ann", TENANT.id, stores(store))
    assert apart(store) == []
    later = stores(store)
    object.__setattr__(later, "clock", lambda: NOW + 1)

    upserts.create(ENDUSERS, json.dumps({"externalId": "ann"}).encode(), TENANT, later)

    assert apart(store) == []
    assert len(folded(store.lake, TENANT.id)) == 1


def test_a_deletion_that_died_in_the_middle_can_be_asked_for_again(store: MemoryModels) -> None:
    post(store, COMPANIES, **ACME)
    put_changes = store.lake.put_changes

    def away(*args: Any, **named: Any) -> None:
        raise Unavailable("S3 is away")

    store.lake.put_changes = away  # type: ignore[method-assign]
    with pytest.raises(Unavailable):
        upserts.delete(COMPANIES, "extid-acme", TENANT.id, stores(store))
    store.lake.put_changes = put_changes  # type: ignore[method-assign]

    upserts.delete(COMPANIES, "extid-acme", TENANT.id, stores(store))

    assert folded(store.lake, TENANT.id) == {}
    with pytest.raises(NotFound):
        upserts.delete(COMPANIES, "extid-acme", TENANT.id, stores(store))
