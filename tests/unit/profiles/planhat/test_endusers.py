"""Planhat's endusers: whom an item is about, and which company it belongs to."""

from typing import Any

import pytest

from tests.unit.profiles.planhat.modelstore import (
    NOW,
    TENANT,
    MemoryModels,
    errors,
    patch,
    post,
    put,
    read,
    stores,
)
from waypost.errors import Malformed
from waypost.event import Event
from waypost.profiles import resolution, traits
from waypost.profiles.directory import User, user_keys
from waypost.profiles.planhat import upserts
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.records import Record


@pytest.fixture
def store() -> MemoryModels:
    return MemoryModels()


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        ({"name": "Nobody"}, "identity_missing", "externalId"),
        ({"email": "ann"}, "invalid_email", "email"),
        ({"email": "ann@acme.com", "companyId": "acme"}, "invalid_id", "companyId"),
        ({"email": "ann@acme.com", "companyId": "extid-no"}, "unknown_company", "companyId"),
        ({"email": "ann@acme.com", "companyId": "f" * 24}, "unknown_company", "companyId"),
        ({"email": "ann@acme.com", "phone": "1" * 513}, "too_long", "phone"),
        ({"_id": "0" * 24, "name": "x"}, "unknown_enduser", "_id"),
    ],
)
def test_what_an_enduser_cannot_be_is_named(
    store: MemoryModels, item: Record, code: str, field: str
) -> None:
    answer, status = put(store, ENDUSERS, item)

    assert status == 400
    assert errors(answer) + errors(answer, "updatedErrors") == [(0, code, field)]


def test_an_enduser_names_its_company_in_three_ways(store: MemoryModels) -> None:
    acme = post(store, COMPANIES, externalId="acme", sourceId="0015", name="Acme")["_id"]

    found = [
        post(store, ENDUSERS, externalId=name, companyId=name)["companyId"]
        for name in ("extid-acme", "srcid-0015", acme)
    ]

    assert found == [acme] * 3


def test_an_enduser_answers_with_everything_that_was_said_of_it(store: MemoryModels) -> None:
    post(store, COMPANIES, externalId="acme", name="Acme")
    said = {
        "externalId": "u-1", "sourceId": "0035", "name": "Ann", "email": "ann@acme.com",
        "position": "CEO", "phone": "+49 1", "featured": True, "tags": ["a"],
        "custom": {"n": 1}, "companyName": "ACME", "createDate": "2020-01-01T00:00:00.000Z",
    }  # fmt: skip

    stored = post(store, ENDUSERS, **said, companyId="extid-acme")

    assert stored | said == stored
    names = ("extid-u-1", "srcid-0035", stored["_id"])
    assert [read(store, ENDUSERS, name) for name in names] == [stored] * 3


def test_an_enduser_without_a_company_is_placed_by_its_domain_or_waits(
    store: MemoryModels,
) -> None:
    acme = post(store, COMPANIES, externalId="acme", name="Acme")["_id"]
    post(store, ENDUSERS, email="ann@acme.com", companyId="extid-acme")

    ben = post(store, ENDUSERS, email="ben@acme.com")
    eve = post(store, ENDUSERS, email="eve@gmail.com")

    assert (ben["companyId"], eve["companyId"]) == (acme, None)


def test_an_enduser_known_by_its_source_id_alone_can_get_an_address(store: MemoryModels) -> None:
    first = post(store, ENDUSERS, sourceId="0035", name="Ann")

    found = patch(store, ENDUSERS, "srcid-0035", email="ann@acme.com")
    moved = patch(store, ENDUSERS, first["_id"], email="ann@new.com", externalId="u-1")

    assert found["_id"] == moved["_id"] == first["_id"]
    assert (moved["email"], moved["externalId"]) == ("ann@new.com", "u-1")
    assert read(store, ENDUSERS, "extid-u-1") == moved


def test_an_address_of_somebody_else_is_refused(store: MemoryModels) -> None:
    post(store, ENDUSERS, email="ann@acme.com")
    ben = post(store, ENDUSERS, email="ben@acme.com")

    with pytest.raises(Malformed) as refused:
        patch(store, ENDUSERS, ben["_id"], email="Ann@acme.com")

    assert (refused.value.code, refused.value.extra["field"]) == ("identity_taken", "email")


def did(store: MemoryModels, **who: Any) -> User:
    """The user of an event, as `match` resolves and writes it."""
    event = Event(time=NOW, action="Did", **who)
    view = store.directory.view(TENANT, [event])
    resolution.resolve(event, view, TENANT, NOW)
    assert not store.directory.commit(TENANT.id, view.change)
    user = store.directory.user_at(TENANT.id, user_keys(event)[0])
    assert user is not None
    return user


def test_a_record_refused_for_its_size_leaves_no_address_behind(store: MemoryModels) -> None:
    notes = dict.fromkeys("abc", "x" * (traits.MAX_BYTES // 3))
    ann = post(store, ENDUSERS, email="ann@acme.com", custom={"a": notes["a"]})
    patch(store, ENDUSERS, ann["_id"], custom={"b": notes["b"]})

    answer, _ = put(
        store,
        ENDUSERS,
        {"_id": ann["_id"], "email": "new@acme.com", "custom": {"c": notes["c"]}},
        {"email": "ben@acme.com"},
    )

    assert errors(answer, "updatedErrors") == [(0, "record_too_large", None)]
    assert store.directory.user_at(TENANT.id, "e:new@acme.com") is None
    assert post(store, ENDUSERS, email="new@acme.com")["_id"] != ann["_id"]


def test_of_a_deleted_enduser_nothing_is_left_and_its_keys_are_free(store: MemoryModels) -> None:
    visitor = did(store, anonymous_id="before")
    ann = post(store, ENDUSERS, externalId="ann", sourceId="0035", email="ann@acme.com")
    for browser in ("before", "a1", "a2", "a3"):
        did(store, external_id="ann", anonymous_id=browser)
    patch(store, ENDUSERS, ann["_id"], email="ann@new.com")
    names = ["x:ann", "e:ann@acme.com", "e:ann@new.com", "a:before", "a:a1", "a:a2", "a:a3"]
    led = [store.directory.user_at(TENANT.id, key) for key in names]
    assert {user and user.id for user in led} == {f"u_{ann['_id']}"}

    upserts.delete(ENDUSERS, ann["_id"], TENANT.id, stores(store))

    assert [key for key in names if store.directory.user_at(TENANT.id, key)] == []
    assert store.sources == {}
    assert store.directory.table.items == {}
    fresh = {did(store, anonymous_id=browser).id for browser in ("before", "a1", "a2", "a3")}
    fresh |= {did(store, email=mail).id for mail in ("ann@acme.com", "ann@new.com")}
    assert len(fresh) == 6
    assert visitor.id in fresh
    assert did(store, external_id="ann", anonymous_id="a9").created == NOW
