"""One DynamoDB table, in plain Python values. The key layout is drawn in `keys`."""

import random
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from waypost.errors import Unavailable
from waypost.ingest.messages import slices

Item = dict[str, Any]
# What DynamoDB takes in one call of each kind.
_BATCH_WRITE = 25
_BATCH_GET = 100
# The pauses between them add up to 13 seconds at most.
_ROUNDS = 8


class Table:
    """Reads and writes items; whatever AWS leaves unprocessed is sent again, and only that."""

    def __init__(
        self, client: Any, name: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.client = client
        self.name = name
        self._sleep = sleep

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, read consistently."""
        answer = self.client.get_item(TableName=self.name, Key=key(pk, sk), ConsistentRead=True)
        return unwrap(answer["Item"]) if "Item" in answer else None

    def put(self, item: Item) -> None:
        self.client.put_item(TableName=self.name, Item=wrap(item))

    def put_if_absent(self, item: Item) -> Item | None:
        """None where the item was written, else the one that stands there already."""
        try:
            self.client.put_item(
                TableName=self.name,
                Item=wrap(item),
                ConditionExpression="attribute_not_exists(pk)",
                # The refusal brings what stands there; a read of its own could find a later item.
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return unwrap(error.response["Item"])
        return None

    def put_if(self, item: Item, condition: str, values: Item) -> bool:
        """Writes the item where `condition` holds; False where it does not."""
        return self._put_where(
            {
                "TableName": self.name,
                "Item": wrap(item),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": wrap(values),
            }
        )

    def put_over(self, item: Item, seen: Item | None) -> bool:
        """Writes the item over the one that was read; False where another stands there now.

        See `guarded_put`.
        """
        return self._put_where(guarded_put(self.name, item, seen))

    def _put_where(self, request: Item) -> bool:
        try:
            self.client.put_item(**request)
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def get_many(self, keys: list[tuple[str, str]], fields: str | None = None) -> Iterator[Item]:
        """The items that exist among `keys`, read consistently, in no order."""
        # One key given twice would make DynamoDB refuse its whole batch.
        wanted = list(dict.fromkeys(keys))
        for some in slices(wanted, _BATCH_GET):
            request: dict[str, Any] = {
                "Keys": [key(*place) for place in some],
                "ConsistentRead": True,
            }
            if fields:
                names = fields.split(",")
                # Names go by aliases, since any may be one of DynamoDB's reserved words.
                request["ProjectionExpression"] = ",".join(f"#{name}" for name in names)
                request["ExpressionAttributeNames"] = {f"#{name}": name for name in names}
            yield from self._get_batch({self.name: request})

    def _get_batch(self, request: dict[str, Any]) -> Iterator[Item]:
        for attempt in range(_ROUNDS):
            answer = self.client.batch_get_item(RequestItems=request)
            for item in answer["Responses"].get(self.name, []):
                yield unwrap(item)
            # Throttled keys come back with a 200, beside those that were read.
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                return
            self._wait(attempt)
        raise Unavailable("DynamoDB kept leaving keys unread")

    def put_many(self, items: list[Item]) -> None:
        """Writes all items; of two with the same key the last one counts."""
        # As for reads, a batch with one key twice is refused whole.
        unique = {(item["pk"], item["sk"]): item for item in items}
        self._write_many([{"PutRequest": {"Item": wrap(item)}} for item in unique.values()])

    def delete_many(self, keys: list[tuple[str, str]]) -> None:
        self._write_many([{"DeleteRequest": {"Key": key(*place)}} for place in keys])

    def _write_many(self, requests: list[Item]) -> None:
        for some in slices(requests, _BATCH_WRITE):
            self._write_batch({self.name: some})

    def _write_batch(self, request: dict[str, Any]) -> None:
        for attempt in range(_ROUNDS):
            request = self.client.batch_write_item(RequestItems=request).get("UnprocessedItems")
            if not request:
                return
            self._wait(attempt)
        raise Unavailable("DynamoDB kept leaving items unwritten")

    def query(
        self,
        pk: str,
        *,
        prefix: str | None = None,
        after: str | None = None,
        before: str | None = None,
        between: tuple[str, str] | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Item]:
        """The items of a partition in the order of their sort keys, `limit` at most.

        `prefix` keeps keys that begin with it; `after` and `before` leave their own key out, as a
        cursor wants it; `between` takes its first and its last.
        """
        condition, values = _range(pk, prefix, after, before, between)
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": wrap(values),
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,
        }
        for item in islice(self._pages(request, limit), limit):
            # DynamoDB has no condition for both bounds but BETWEEN, which takes them in.
            if item["sk"]["S"] not in (after, before):
                yield unwrap(item)

    def _pages(self, request: Item, limit: int | None) -> Iterator[Item]:
        """Page by page: an answer ends after 1 MB, however many items were asked for."""
        if limit is not None:
            # Else DynamoDB would read, and bill, a megabyte for a page of twenty.
            request["Limit"] = limit
        while True:
            answer = self.client.query(**request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _wait(self, attempt: int) -> None:
        # Anywhere in the span: functions that were throttled together must not come back together.
        self._sleep(random.uniform(0, 0.05 * 2**attempt))


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


def _range(
    pk: str,
    prefix: str | None,
    after: str | None,
    before: str | None,
    between: tuple[str, str] | None,
) -> tuple[str, Item]:
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


def key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


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
