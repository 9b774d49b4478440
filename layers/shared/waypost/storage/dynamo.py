"""One DynamoDB table, in plain Python values. The key layout is drawn in `keys`."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from waypost.deadline import Deadline
from waypost.errors import CallFailed, Unavailable
from waypost.ingest.messages import slices
from waypost.storage import statements
from waypost.storage.calls import Calls
from waypost.storage.items import Item, guarded_put, is_key, key, key_condition, unwrap, wrap
from waypost.storage.statements import Write

# What DynamoDB takes in one call of each kind.
_BATCH_WRITE = 25
_BATCH_GET = 100
_THREADS = 8


class Table:
    """Reads and writes items. What AWS leaves undone is tried again until the deadline, and only
    that; every method raises `Unavailable` then.
    """

    def __init__(self, client: Any, name: str, *, deadline: Deadline | None = None) -> None:
        self.deadline = deadline or Deadline()
        self.client = Calls(client, self.deadline)
        self.name = name

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, read consistently."""
        if not is_key(pk, sk):
            return None
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
        except CallFailed as error:
            if error.refusal != "ConditionalCheckFailedException":
                raise
            return unwrap(error.answer["Item"])
        return None

    def put_if(self, item: Item, condition: str, values: Item) -> bool:
        """Writes the item where `condition` holds; False where it does not.

        True also where exactly this item stands: it may be this call's own, sent again after its
        answer was lost.
        """
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

        See `guarded_put`, and `put_if` for where this very item stands.
        """
        return self._put_where(guarded_put(self.name, item, seen))

    def _put_where(self, request: Item) -> bool:
        try:
            self.client.put_item(**request, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except CallFailed as error:
            if error.refusal != "ConditionalCheckFailedException":
                raise
            return unwrap(error.answer.get("Item", {})) == unwrap(request["Item"])
        return True

    def get_many(self, keys: list[tuple[str, str]], fields: str | None = None) -> Iterator[Item]:
        """The items that exist among `keys`, read consistently, in no order."""
        # One key given twice, or too long, would make DynamoDB refuse its whole batch.
        wanted = [place for place in dict.fromkeys(keys) if is_key(*place)]
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
        for _ in self.deadline.tries():
            answer = self.client.batch_get_item(RequestItems=request)
            for item in answer["Responses"].get(self.name, []):
                yield unwrap(item)
            # Throttled keys come back with a 200, beside those that were read.
            request = answer.get("UnprocessedKeys") or {}
            if not request:
                return
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
        for _ in self.deadline.tries():
            request = self.client.batch_write_item(RequestItems=request).get("UnprocessedItems")
            if not request:
                return
        raise Unavailable("DynamoDB kept leaving items unwritten")

    def put_together(self, writes: list[Write]) -> bool:
        """Puts up to 100 items all or none, each under its condition as for `put_over`; whether
        they now stand as they were given. It costs twice what the single puts would.
        """
        puts = [{"Put": guarded_put(self.name, *write)} for write in writes]
        try:
            self.client.transact_write_items(TransactItems=puts)
        except CallFailed as error:
            # Other reasons than a condition are tried again, or are no answer.
            if error.refusal != "TransactionCanceledException":
                raise
        else:
            return True
        items = {(item["pk"], item["sk"]): unwrap(wrap(item)) for item, _ in writes}
        standing = {(item["pk"], item["sk"]): item for item in self.get_many(list(items))}
        return standing == items

    def put_each(self, writes: list[Write]) -> list[bool]:
        """Puts items under a condition each, in batches; whether each now stands as it was given.

        A write is an item and what was seen in its place, as for `put_over`: one refused write
        says nothing about its neighbours. An item over a seen one has the same fields; those that
        it has no longer are given as None. True also where exactly this item stood already, since
        it may be this call's own whose answer was lost. Of two writes with one key the first in
        the list is done first.
        """
        done: dict[int, bool] = {}
        for numbers in statements.rounds(writes):
            done.update(zip(numbers, self._put_apart([writes[n] for n in numbers]), strict=True))
        return [done[n] for n in range(len(writes))]

    def _put_apart(self, writes: list[Write]) -> list[bool]:
        """Puts items with different keys."""
        batches = list(slices(writes, statements.MOST))
        if len(batches) > 1:
            with ThreadPoolExecutor(_THREADS) as pool:
                taken = [done for batch in pool.map(self._put_batch, batches) for done in batch]
        else:
            taken = [done for batch in batches for done in self._put_batch(batch)]
        refused = [item for (item, _), done in zip(writes, taken, strict=True) if not done]
        standing = {
            (item["pk"], item["sk"]): item
            for item in self.get_many([(item["pk"], item["sk"]) for item in refused])
        }
        return [
            done or standing.get((item["pk"], item["sk"])) == unwrap(wrap(item))
            for (item, _), done in zip(writes, taken, strict=True)
        ]

    def _put_batch(self, writes: list[Write]) -> list[bool]:
        done: dict[int, bool] = {}
        waiting: dict[int, Item] = {}
        for n, write in enumerate(writes):
            if statements.replaces_whole(write):
                waiting[n] = statements.statement(self.name, *write)
            else:
                done[n] = self.put_over(*write)
        for _ in self.deadline.tries():
            if waiting:
                answer = self.client.batch_execute_statement(Statements=list(waiting.values()))
                for n, response in zip(list(waiting), answer["Responses"], strict=True):
                    verdict = statements.verdict(response)
                    if verdict is not None:
                        done[n] = verdict
                        del waiting[n]
            if not waiting:
                return [done[n] for n in range(len(writes))]
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
        having: str | None = None,
    ) -> Iterator[Item]:
        """The items of a partition in the order of their sort keys, `limit` at most.

        `prefix` keeps keys that begin with it; `after` and `before` leave their own key out, as a
        cursor wants it; `between` takes its first and its last. `having` leaves items out that
        have no field of that name.
        """
        condition, values = key_condition(pk, prefix, after, before, between)
        request: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": wrap(values),
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,
        }
        if having is not None:
            request["FilterExpression"] = "attribute_exists(#field)"
            request["ExpressionAttributeNames"] = {"#field": having}
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
