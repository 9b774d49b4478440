"""Items of DynamoDB and plain Python values, one made from the other; and conditions on them."""

from typing import Any

Item = dict[str, Any]
_MOST_PK, _MOST_SK = 2048, 1024  # bytes


def guarded_put(table: str, item: Item, seen: Item | None) -> Item:
    """A put that only the expected state lets pass, as a request or as part of a transaction.

    `seen` names a field and its value in the item that was read: that one must still stand. None:
    nothing may stand there.
    """
    put: Item = {"TableName": table, "Item": wrap(item)}
    if seen is None:
        return put | {"ConditionExpression": "attribute_not_exists(pk)"}
    ((name, value),) = seen.items()
    return put | {
        "ConditionExpression": "#name = :seen",
        # An alias, for `user` is a word of DynamoDB's own.
        "ExpressionAttributeNames": {"#name": name},
        "ExpressionAttributeValues": wrap({":seen": value}),
    }


def version(seen: int) -> Item | None:
    """What `guarded_put` has to see of an item with a version; 0 is the one of nothing."""
    return {"version": seen} if seen else None


def is_key(pk: str, sk: str) -> bool:
    """Whether an item can have this key: DynamoDB refuses a question for one that cannot."""
    return _holds(pk, _MOST_PK) and _holds(sk, _MOST_SK)


def _holds(text: str, most: int) -> bool:
    try:
        # A character takes four bytes at most, so that few keys have to be encoded.
        return 0 < len(text) <= most // 4 or 0 < len(text.encode()) <= most
    except UnicodeEncodeError:
        return False


def key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def key_condition(
    pk: str,
    prefix: str | None,
    after: str | None,
    before: str | None,
    between: tuple[str, str] | None,
) -> tuple[str, Item]:
    """Which sort keys of a partition a query wants: a condition, and the values in it."""
    values: Item = {":pk": pk}
    if prefix is not None:
        return "pk = :pk AND begins_with(sk, :a)", values | {":a": prefix}
    if after is not None and before is not None:
        between = (after, before)
    if between is not None:
        return "pk = :pk AND sk BETWEEN :a AND :b", values | {":a": between[0], ":b": between[1]}
    if after is not None:
        return "pk = :pk AND sk > :a", values | {":a": after}
    if before is not None:
        return "pk = :pk AND sk < :b", values | {":b": before}
    return "pk = :pk", values


def wrap(item: Item) -> Item:
    return {name: _wrap(value) for name, value in item.items() if value is not None}


def _wrap(value: Any) -> Item:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bytes):
        return {"B": value}
    return {"N": repr(value)}  # the shortest text that reads back as the same number


def unwrap(item: Item) -> Item:
    return {name: _unwrap(value) for name, value in item.items()}


def _unwrap(value: Item) -> Any:
    kind, plain = next(iter(value.items()))
    if kind == "N":
        # DynamoDB has one kind of number, and hands 3.0 back as 3.
        return int(plain) if plain.lstrip("-").isdigit() else float(plain)
    return plain
