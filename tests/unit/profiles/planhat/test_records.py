"""Planhat's models: how records are named, written, refused, and told apart."""

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
)
from waypost.errors import Malformed, NotFound
from waypost.profiles.directory import Account
from waypost.profiles.planhat import records
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.records import Model, Record


@pytest.fixture
def store() -> MemoryModels:
    return MemoryModels()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("extid-acme", ("externalId", "acme")),
        ("srcid-0015", ("sourceId", "0015")),
        ("623A1906B4C82D7A1AC76224", ("_id", "623a1906b4c82d7a1ac76224")),
        ("extid-", None),
        ("acme", None),
        ("623a1906b4c82d7a1ac7622", None),
    ],
)
def test_a_record_is_named_in_three_ways(text: str, found: tuple[str, str] | None) -> None:
    assert records.reference(text) == found


def test_an_account_has_another_id_in_every_tenant() -> None:
    ids = {records.company_id("t-1", "acme"), records.company_id("t-2", "acme")}

    assert len(ids) == 2
    assert all(records.reference(id) == ("_id", id) for id in ids)


def test_a_company_answers_with_everything_that_was_said_of_it(store: MemoryModels) -> None:
    said = {
        "externalId": "acme", "sourceId": "0015", "name": "Acme", "slug": "acme",
        "owner": "62e1", "coOwner": "62e2", "status": "customer", "phase": "Live",
        "tags": ["a", "b"], "custom": {"Nr. of seats": 3, "vip": True, "since": "2026-01-01"},
    }  # fmt: skip

    stored = post(store, COMPANIES, **said)

    assert stored | said == stored
    assert [read(store, COMPANIES, n) for n in ("extid-acme", "srcid-0015", stored["_id"])] == [
        stored
    ] * 3


def test_a_company_that_only_activities_named_goes_by_its_external_id() -> None:
    found = COMPANIES.record(TENANT.id, Account("acme", created=NOW))

    assert (found["name"], found["externalId"]) == ("acme", "acme")
    assert found["createDate"] == "2026-11-20T12:00:00.000Z"


def test_a_company_without_an_external_id_shows_none_and_is_found_by_its_id(
    store: MemoryModels,
) -> None:
    stored = post(store, COMPANIES, name="Acme")

    assert (stored["externalId"], stored["name"]) == (None, "Acme")
    assert read(store, COMPANIES, stored["_id"]) == stored
    assert [account.id for account in store.directory.every_account] == [stored["_id"]]


def test_a_company_known_by_its_source_id_alone_is_created_once(store: MemoryModels) -> None:
    first, _ = put(store, COMPANIES, {"sourceId": "0015", "name": "Acme"})
    store.forget_sources()  # as when two requests race

    post(store, COMPANIES, sourceId="0015", name="Acme")

    assert len(first["upsertedIds"]) == len(store.directory.every_account) == 1


def test_tags_are_replaced_custom_is_merged_and_null_erases_nothing(store: MemoryModels) -> None:
    post(store, COMPANIES, externalId="a", name="A", tags=["x", "y"], custom={"n": 1, "m": 2})

    found = patch(
        store, COMPANIES, "extid-a", tags=["z"], custom={"n": 3, "m": None}, name=None, phase=None
    )

    assert (found["tags"], found["custom"], found["name"]) == (["z"], {"n": 3, "m": 2}, "A")


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        ({"externalId": "x" * 257}, "too_long", "externalId"),
        ({"sourceId": "x" * 257}, "too_long", "sourceId"),
        ({"name": "x" * 513}, "too_long", "name"),
        ({"externalId": {"a": 1}}, "invalid_type", "externalId"),
        ({"_id": "acme"}, "invalid_id", "_id"),
        ({"tags": "pilot"}, "invalid_type", "tags"),
        ({"tags": [1]}, "invalid_type", "tags"),
        ({"custom": [1]}, "invalid_type", "custom"),
        ({"custom": {"a": {"b": 1}}}, "invalid_type", "custom.a"),
        ({"custom": {"a": [1]}}, "invalid_type", "custom.a"),
        ({"phase": 10**38}, "number_too_long", "the record"),
        ({"phase": "x" * 33_000}, "record_too_large", None),
    ],
)
@pytest.mark.parametrize("model", [COMPANIES, ENDUSERS], ids=lambda model: model.name)
def test_what_a_record_cannot_hold_is_named(
    store: MemoryModels, model: Model, item: Record, code: str, field: str | None
) -> None:
    good = {"externalId": "good", "name": "Good"}

    answer, status = put(store, model, good, {"externalId": "bad", "name": "Bad"} | item)

    assert (status, answer["created"]) == (206, 1)
    assert errors(answer) == [(1, code, field)]


def test_a_record_that_would_grow_too_large_is_refused_and_not_cut(store: MemoryModels) -> None:
    long = "x" * 30_000
    post(store, COMPANIES, externalId="a", name="A", one=long)
    post(store, COMPANIES, externalId="a", two=long)

    with pytest.raises(Malformed) as refused:
        post(store, COMPANIES, externalId="a", three=long)

    assert refused.value.code == "record_too_large"
    assert read(store, COMPANIES, "extid-a")["two"] == long


def test_the_external_id_of_a_record_stays(store: MemoryModels) -> None:
    post(store, COMPANIES, externalId="a", sourceId="s", name="A")
    post(store, ENDUSERS, externalId="u", sourceId="s", name="U")

    for model in (COMPANIES, ENDUSERS):
        with pytest.raises(Malformed) as refused:
            patch(store, model, "srcid-s", externalId="b")
        assert (refused.value.code, refused.value.extra["field"]) == (
            "immutable_field",
            "externalId",
        )


@pytest.mark.parametrize("model", [COMPANIES, ENDUSERS], ids=lambda model: model.name)
def test_a_source_id_leads_to_one_record_and_can_move_on(store: MemoryModels, model: Model) -> None:
    post(store, model, externalId="a", sourceId="s-1", name="A")
    post(store, model, externalId="b", name="B")

    with pytest.raises(Malformed, match="another record has this sourceId"):
        patch(store, model, "extid-b", sourceId="s-1")
    patch(store, model, "extid-a", sourceId="s-2")

    assert read(store, model, "srcid-s-2")["externalId"] == "a"
    with pytest.raises(NotFound):
        read(store, model, "srcid-s-1")
    assert patch(store, model, "extid-b", sourceId="s-1")["sourceId"] == "s-1"


def test_a_change_may_not_rename_the_record_that_its_path_names(store: MemoryModels) -> None:
    post(store, COMPANIES, externalId="a", name="A")

    with pytest.raises(Malformed, match="_id of a record cannot be changed"):
        patch(store, COMPANIES, "extid-a", _id="0" * 24)
