"""Bulk upserts of Planhat's models: what is counted, refused, and run again."""

from typing import Any

import pytest
from hypothesis import given, strategies

from tests.unit.profiles.planhat.modelstore import (
    TENANT,
    MemoryModels,
    errors,
    post,
    put,
    read,
    stores,
)
from waypost.errors import Forbidden, Malformed, NotFound, Unavailable
from waypost.profiles.directory import identity_key
from waypost.profiles.planhat import upserts
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS

FIELDS = ["_id", "externalId", "sourceId", "name", "email", "companyId", "tags", "custom", "x"]
VALUES = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.integers() | strategies.text()
    | strategies.floats(allow_nan=False) | strategies.sampled_from(["0" * 24, "extid-a", "a@b.co"]),
    lambda inner: strategies.lists(inner) | strategies.dictionaries(strategies.text(), inner),
    max_leaves=5,
)  # fmt: skip
THINGS = strategies.dictionaries(strategies.sampled_from(FIELDS), VALUES) | VALUES


@pytest.fixture
def store() -> MemoryModels:
    return MemoryModels()


def test_an_upsert_tells_what_became_of_every_item(store: MemoryModels) -> None:
    old = post(store, COMPANIES, externalId="old", name="Old")
    same = post(store, COMPANIES, externalId="same", name="Same")

    answer, status = put(
        store,
        COMPANIES,
        {"externalId": "new", "sourceId": "s", "name": "New"},
        {"externalId": "old", "phase": "Live"},
        {"_id": same["_id"], "name": "Same"},
        {"externalId": "nameless"},
        {"_id": "0" * 24, "name": "x"},
    )

    new = read(store, COMPANIES, "extid-new")["_id"]
    assert status == 206
    assert (answer["created"], answer["updated"], answer["nonupdates"]) == (1, 1, 1)
    assert answer["insertsKeys"] == [{"_id": new, "externalId": "new", "sourceId": "s"}]
    assert answer["updatesKeys"] == [{"_id": old["_id"], "externalId": "old"}]
    assert (answer["upsertedIds"], answer["modified"]) == ([new], [old["_id"]])
    assert errors(answer) == [(3, "missing_field", "name")]
    assert errors(answer, "updatedErrors") == [(4, "unknown_company", "_id")]


def test_an_upsert_of_which_nothing_can_be_taken_is_a_400(store: MemoryModels) -> None:
    answer, status = put(store, COMPANIES, {"externalId": "nameless"})

    assert (status, answer["created"], len(answer["createdErrors"])) == (400, 0, 1)


def test_the_same_upsert_again_changes_nothing(store: MemoryModels) -> None:
    items = [{"externalId": "a", "name": "A", "tags": ["x"], "custom": {"n": 1}}]
    put(store, COMPANIES, *items)

    answer, status = put(store, COMPANIES, *items)

    assert (status, answer["nonupdates"], answer["modified"]) == (200, 1, [])


def test_items_of_one_body_build_on_each_other(store: MemoryModels) -> None:
    answer, _ = put(
        store,
        COMPANIES,
        {"externalId": "acme", "sourceId": "0015", "name": "Acme"},
        {"sourceId": "0015", "phase": "Live"},
        {"externalId": "acme", "name": "Acme Ltd"},
    )

    assert (answer["created"], answer["updated"]) == (1, 2)
    found = read(store, COMPANIES, "extid-acme")
    assert (found["name"], found["phase"], found["sourceId"]) == ("Acme Ltd", "Live", "0015")


def test_a_lost_race_is_run_again_and_what_it_created_counts_as_created() -> None:
    store = MemoryModels(races=2)

    answer, status = put(store, ENDUSERS, {"externalId": "u", "name": "U", "sourceId": "s"})

    assert (status, answer["created"], answer["nonupdates"]) == (200, 1, 0)
    assert store.sources == {identity_key("us", "s"): store.directory.everybody[0].id}


def test_races_that_never_end_are_passed_on_to_be_sent_again() -> None:
    with pytest.raises(Unavailable):
        put(MemoryModels(races=99), COMPANIES, {"externalId": "a", "name": "A"})


def test_a_single_record_is_sent_alone(store: MemoryModels) -> None:
    with pytest.raises(Malformed) as refused:
        upserts.create(COMPANIES, b'[{"name":"A"},{"name":"B"}]', TENANT, stores(store))

    assert refused.value.code == "too_many_items"


def test_more_than_5000_records_are_refused_whole(store: MemoryModels) -> None:
    with pytest.raises(Malformed) as refused:
        upserts.upsert(COMPANIES, b"{}" * 5001, TENANT, stores(store))

    assert refused.value.code == "too_many_items"


def test_a_refusal_names_its_reason_where_clients_look_for_it() -> None:
    entry = {"index": 0, "code": "c", "message": "m", "field": None}

    payload = upserts.refusal(Malformed("m", code="c"), 400, "/companies")
    rights = upserts.refusal(Forbidden("m", code="c"), 403, "/companies")
    absent = upserts.refusal(NotFound("m", code="c"), 404, "/companies")

    assert payload == {"code": "c", "message": "m", "errors": [entry]}
    assert rights == {"code": "c", "message": "m", "errors": [], "permissionErrors": [entry]}
    assert absent == {"code": "c", "message": "m", "errors": []}


@given(strategies.lists(THINGS, min_size=1, max_size=4))
def test_whatever_an_item_holds_gets_a_word(items: list[Any]) -> None:
    for model in (COMPANIES, ENDUSERS):
        answer, status = put(MemoryModels(), model, *items)

        told = answer["created"] + answer["updated"] + answer["nonupdates"]
        refused = answer["createdErrors"] + answer["updatedErrors"]
        assert told + len(refused) == len(items)
        assert status in (200, 206, 400)
