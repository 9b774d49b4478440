"""The promises of the store of types, in memory and on AWS."""

import time
from collections.abc import Callable
from random import Random
from typing import Any
from uuid import uuid4

import pytest

from tests import fakes
from tests.integration.conftest import EMBEDDED
from tests.integration.strict import Strict
from tests.integration.worlds import Aws
from waypost.ingest.schema import MAX_CHANGES, MAX_KEY_BYTES, MAX_KEYS, Schema
from waypost.storage.dynamo import Table
from waypost.storage.schema_table import DynamoSchemas


class Stores:
    """One store as several functions see it: each remembers for itself."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._memory = fakes.FakeSchemas()
        self._aws: Aws | None = None
        if request.param != "memory":
            self._aws = request.getfixturevalue(request.param)

    def one(self, clock: Callable[[], float] = time.monotonic) -> Any:
        if self._aws is None:
            return fakes.FakeSchemas(self._memory.known)
        dynamodb = Strict(self._aws.client("dynamodb"))
        return DynamoSchemas(Table(dynamodb, self._aws.outputs["DirectoryTable"]), clock)


@pytest.fixture(params=["memory", "moto", EMBEDDED])
def stores(request: pytest.FixtureRequest) -> Stores:
    return Stores(request)


@pytest.fixture
def tenant() -> str:
    return str(uuid4())


def taught(schema: Schema, **types: str) -> Schema:
    return schema.grown(types, "000000000000005-r#000000", 5)


def test_a_tenant_begins_without_types(stores: Stores, tenant: str) -> None:
    assert stores.one().get(tenant) == Schema()


def test_what_was_put_is_read_whole_by_everybody(stores: Stores, tenant: str) -> None:
    one = stores.one()
    first = taught(Schema(), a="number", é="string")

    assert one.put(tenant, first)
    assert one.put(tenant, one.get(tenant).grown({"a": "object"}, "000000000000007", 7))

    schema = stores.one().get(tenant)
    assert (schema.types, schema.version) == ({"a": "object", "é": "string"}, 2)
    assert schema.at("000000000000006").types["a"] == "number"
    assert schema.first_seen == {"a": 5, "é": 5}
    assert stores.one().get("another") == Schema()


def test_of_two_that_teach_at_once_one_has_to_look_again(stores: Stores, tenant: str) -> None:
    one, other = stores.one(), stores.one()
    written = [
        store.put(tenant, taught(store.get(tenant), **{key: "string"}))
        for store, key in ((one, "a"), (one, "b"))
    ]
    assert stores.one().get(tenant).types.keys() == {"a", "b"}

    late = other.put(tenant, taught(Schema(), c="number"))
    again = other.put(tenant, taught(other.get(tenant, fresh=True), c="number"))

    assert (written, late, again) == ([True, True], False, True)
    assert stores.one().get(tenant).types.keys() == {"a", "b", "c"}


def test_what_is_remembered_is_read_again_when_asked_for(stores: Stores, tenant: str) -> None:
    one, other = stores.one(), stores.one()
    one.get(tenant)
    other.put(tenant, taught(Schema(), a="number"))

    assert one.get(tenant, fresh=True).types == {"a": "number"}
    assert one.get(tenant).types == {"a": "number"}


def test_a_remembered_schema_asks_nobody(stores: Stores, tenant: str) -> None:
    one, other = stores.one(), stores.one()
    one.get(tenant)

    other.put(tenant, taught(Schema(), a="number"))

    assert one.get(tenant).types == {}


@pytest.mark.parametrize("stores", ["moto", EMBEDDED], indirect=True)
def test_a_minute_later_it_is_read_again(stores: Stores, tenant: str) -> None:
    now = 1000.0
    one, other = stores.one(lambda: now), stores.one()
    one.get(tenant)
    other.put(tenant, taught(Schema(), a="number"))

    now += 61

    assert one.get(tenant).types == {"a": "number"}


def test_the_largest_schema_fits_into_an_item(stores: Stores, tenant: str) -> None:
    chance = Random(1)
    names = [_name(chance) for _ in range(MAX_KEYS)]
    schema = Schema().grown(dict.fromkeys(names, "number"), "0", 1_800_000_000_000)
    for n, name in enumerate(names[:MAX_CHANGES]):
        schema = schema.grown({name: "string"}, f"{n:015d}-{chance.randbytes(18).hex()}#0", n)

    assert stores.one().put(tenant, schema)
    assert stores.one().get(tenant).types == schema.types


def _name(chance: Random) -> str:
    """A key of the greatest length that no compression helps."""
    return "".join(chr(chance.randrange(0x21, 0x7F)) for _ in range(MAX_KEY_BYTES))
