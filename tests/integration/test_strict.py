"""Whatever AWS would refuse and an emulator takes, the strict client refuses."""

from typing import Any

import pytest

from tests.integration.strict import Strict
from waypost.storage.statements import statement

PK, SK = {"pk": {"S": "a"}}, {"sk": {"S": "b"}}
EQUAL, VALUE = "pk = :pk", {":pk": {"S": "a"}}


class Lenient:
    """An emulator that takes everything."""

    def __getattr__(self, name: str) -> Any:
        return lambda **_: "taken"


def item(**fields: Any) -> dict[str, Any]:
    return PK | SK | fields


def puts(count: int, size: int = 1) -> dict[str, Any]:
    items = [PK | {"sk": {"S": str(n)}, "data": {"B": bytes(size)}} for n in range(count)]
    return {"RequestItems": {"t": [{"PutRequest": {"Item": one}} for one in items]}}


def transaction(count: int, size: int = 1) -> dict[str, Any]:
    (requests,) = puts(count, size)["RequestItems"].values()
    return {"TransactItems": [{"Put": one["PutRequest"]} for one in requests]}


def query(condition: str = EQUAL, **values: str) -> dict[str, Any]:
    given = {f":{name}": {"S": value} for name, value in values.items()}
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": VALUE | given}


def statements(count: int, sk: str = "") -> dict[str, Any]:
    made = [statement("t", {"pk": "a", "sk": sk or str(n)}, None) for n in range(count)]
    return {"Statements": made}


ORDERED = "pk = :pk AND sk BETWEEN :a AND :b"
REFUSED = {
    "an empty partition key": ("put_item", {"Item": item(pk={"S": ""})}),
    "a long partition key": ("put_item", {"Item": item(pk={"S": "é" * 1025})}),
    "an empty sort key": ("get_item", {"Key": item(sk={"S": ""})}),
    "a long sort key": ("get_item", {"Key": item(sk={"S": "x" * 1025})}),
    "a large item": ("put_item", {"Item": item(data={"B": bytes(400 * 1024)})}),
    "a long number": ("put_item", {"Item": item(n={"N": "1" * 39})}),
    "many puts": ("batch_write_item", puts(26)),
    "many gets": ("batch_get_item", {"RequestItems": {"t": {"Keys": [item()] * 101}}}),
    "a long transaction": ("transact_write_items", transaction(101)),
    "a large transaction": ("transact_write_items", transaction(11, 390_000)),
    "many statements": ("batch_execute_statement", statements(26)),
    "a key twice": ("batch_execute_statement", statements(2, "b")),
    "bounds in the wrong order": ("query", query(ORDERED, a="z", b="a")),
    "a value that is not used": ("query", query(a="z")),
    "a value that is not given": ("query", query(EQUAL + " AND sk > :a")),
    "a name that is not given": ("query", query("#pk = :pk")),
}
TAKEN = {
    "an item": ("put_item", {"Item": item(data={"B": bytes(400_000)}, n={"N": "-1" + "0" * 37})}),
    "a fraction": (
        "put_item",
        {"Item": item(n={"N": "0.0000000000000000000000000000000000000001"})},
    ),
    "puts": ("batch_write_item", puts(25, 390_000)),
    "gets": ("batch_get_item", {"RequestItems": {"t": {"Keys": [item()] * 100}}}),
    "a transaction": ("transact_write_items", transaction(100)),
    "statements": ("batch_execute_statement", statements(25)),
    "bounds": ("query", query(ORDERED, a="a", b="z")),
    "the name of a field": (
        "query",
        query("#pk = :pk") | {"ExpressionAttributeNames": {"#pk": "pk"}},
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_aws_refuses_is_refused(name: str) -> None:
    call, request = REFUSED[name]

    with pytest.raises(AssertionError):
        getattr(Strict(Lenient()), call)(**request)


@pytest.mark.parametrize("name", TAKEN)
def test_what_aws_takes_is_taken(name: str) -> None:
    call, request = TAKEN[name]

    assert getattr(Strict(Lenient()), call)(**request) == "taken"
