"""A record of nobody: refused by name, beside neighbours that are taken."""

import json
from typing import Any

import pytest

from tests.unit.profiles.planhat.modelstore import NOW, MemoryModels, errors, post, put, stores
from waypost.errors import Malformed
from waypost.profiles.planhat import dimensions, upserts
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.records import Model
from waypost.tenants import Placeholders, Tenant

RECORDS = [
    *((COMPANIES, field, value) for field in ("externalId", "sourceId") for value in ("N/A", 0)),
    (COMPANIES, "name", " undefined "),
    *((ENDUSERS, field, "NULL") for field in ("externalId", "sourceId", "companyId", "name")),
    (ENDUSERS, "email", "undefined@acme.com"),
]
FINE = {"externalId": "fine", "name": "Fine"}


@pytest.mark.parametrize(("model", "field", "value"), RECORDS)
def test_a_record_with_a_placeholder_is_refused_and_its_neighbour_taken(
    model: Model, field: str, value: Any
) -> None:
    store = MemoryModels()

    answer, status = put(store, model, FINE | {"externalId": "x"} | {field: value}, FINE)

    assert (status, answer["created"]) == (206, 1)
    assert errors(answer) == [(0, "placeholder", field)]
    assert str(value) in answer["createdErrors"][0]["message"]


def test_a_lone_record_with_a_placeholder_is_refused() -> None:
    with pytest.raises(Malformed) as refusal:
        post(MemoryModels(), ENDUSERS, externalId="undefined", name="Ann")

    assert (refusal.value.code, refusal.value.extra["field"]) == ("placeholder", "externalId")


def test_a_value_that_the_tenant_keeps_is_a_record() -> None:
    tenant = Tenant("t-1", placeholders=Placeholders(keep=("n/a",), add=("fine",)))
    items = [{"externalId": "N/A", "name": "Napa Assistance"}, FINE]

    answer, _ = upserts.upsert(
        COMPANIES, json.dumps(items).encode(), tenant, stores(MemoryModels())
    )

    assert answer["insertsKeys"][0]["externalId"] == "N/A"
    assert errors(answer) == [(1, "placeholder", "externalId")]


@pytest.mark.parametrize("field", ["externalId", "companyExternalId", "assetExtId"])
def test_a_number_of_nothing_is_refused(field: str) -> None:
    item = {"dimensionId": "seats", "value": 1, "externalId": "acme", field: "NULL"}

    points, (reject,) = dimensions.parse(json.dumps(item).encode(), NOW)
    kept, none = dimensions.parse(json.dumps(item).encode(), NOW, Placeholders(keep=("null",)))

    assert (points, reject.code, reject.field) == ([], "placeholder", field)
    assert (len(kept), none) == (1, [])
