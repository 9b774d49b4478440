"""Strict: a DynamoDB client that refuses what AWS refuses, where an emulator may let it pass."""

import re
from collections.abc import Iterator
from decimal import Context, Decimal
from typing import Any

from tests import partiql

_KB, _MB = 1024, 1024 * 1024
_ITEM_BYTES = 400 * _KB
_MOST_STATEMENTS = 25
_STATEMENT_BYTES = 8 * _KB
_MOST_ITEMS = {"transact_write_items": 100, "batch_write_item": 25, "batch_get_item": 100}
_TRANSACTION_BYTES = 4 * _MB
_MOST_DIGITS = 38
_EXACTLY = Context(prec=400)
_BETWEEN = re.compile(r"BETWEEN (:\w+) AND (:\w+)")
_NAMED = {
    "ExpressionAttributeValues": re.compile(r":\w+"),
    "ExpressionAttributeNames": re.compile(r"#\w+"),
}

Item = dict[str, dict[str, Any]]


class Strict:
    """Passes every call on, or fails the test with an `AssertionError` that says why not."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def checked(**request: Any) -> Any:
            check(name, request)
            return call(**request)

        return checked


def check(name: str, request: dict[str, Any]) -> None:
    """Limits as the DynamoDB developer guide gives them ("Quotas", "Constraints")."""
    if name == "batch_execute_statement":
        _check_statements(request["Statements"])
        return
    items = list(_items(request))
    sizes = [size(item) for item in items]
    assert len(items) <= _MOST_ITEMS.get(name, 1), f"{name} of {len(items)} items"
    assert name != "transact_write_items" or sum(sizes) <= _TRANSACTION_BYTES, (
        "transaction too large"
    )
    for item, taken in zip(items, sizes, strict=True):
        assert 0 < len(item["pk"]["S"].encode()) <= 2 * _KB, "partition key empty or too long"
        assert 0 < len(item["sk"]["S"].encode()) <= _KB, "sort key empty or too long"
        assert taken <= _ITEM_BYTES, "item too large"
        for value in item.values():
            digits = Decimal(value.get("N", 0)).normalize(_EXACTLY).as_tuple().digits
            assert len(digits) <= _MOST_DIGITS, "number with too many digits"
    for expressions in _expressions(request):
        _check_expressions(expressions)


def _check_statements(statements: list[Item]) -> None:
    assert 0 < len(statements) <= _MOST_STATEMENTS, f"a batch of {len(statements)} statements"
    calls = [partiql.as_call(statement) for statement in statements]
    for statement, (name, request) in zip(statements, calls, strict=True):
        assert len(str(statement["Statement"])) <= _STATEMENT_BYTES, "statement too long"
        check(name, request)
    places = [str(place["pk"]) + str(place["sk"]) for _, call in calls for place in _items(call)]
    assert len(set(places)) == len(calls), "one key twice in a batch"


def _items(value: Any) -> Iterator[Item]:
    """Every item and key inside a request."""
    if isinstance(value, dict) and "pk" in value and "sk" in value:
        yield value
    elif isinstance(value, dict | list):
        for inside in value.values() if isinstance(value, dict) else value:
            yield from _items(inside)


def _expressions(value: Any) -> Iterator[dict[str, Any]]:
    """Every part of a request that has an expression of its own."""
    if isinstance(value, dict):
        if any(name.endswith("Expression") for name in value):
            yield value
        for inside in value.values():
            yield from _expressions(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from _expressions(inside)


def _check_expressions(request: dict[str, Any]) -> None:
    text = " ".join(str(value) for name, value in request.items() if name.endswith("Expression"))
    for name, pattern in _NAMED.items():
        assert set(pattern.findall(text)) == set(request.get(name, {})), f"{name} for {text!r}"
    values = request.get("ExpressionAttributeValues", {})
    for low, high in _BETWEEN.findall(text):
        assert values[low]["S"] <= values[high]["S"], "BETWEEN of bounds in the wrong order"


def size(item: Item) -> int:
    """The bytes of an item: the names of its attributes and their values, in UTF-8."""
    return sum(map(_size, item.items()))


def _size(field: tuple[str, dict[str, Any]]) -> int:
    name, value = field
    plain = next(iter(value.values()))
    return len(name) + (len(plain) if isinstance(plain, bytes) else len(str(plain).encode()))
