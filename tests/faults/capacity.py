"""
What DynamoDB bills for a call, and the token buckets that it spends.

Rules of the DynamoDB developer guide ("Read and write operations", "Burst and adaptive capacity"):
a write unit per started KB, a consistent read unit per started 4 KB, transactions twice that, and
1,000 write and 3,000 read units a second for each partition key. AWS keeps up to five minutes of
unused capacity; one second of it here, so that a short test meets the limit.
"""

import math
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, NamedTuple, Protocol

Item = dict[str, Any]
WRITE, READ = "write", "read"
_READS = {"GetItem", "Query", "BatchGetItem"}
_TABLE_OF_STATEMENT = re.compile(r'(?:INTO|UPDATE|FROM)\s+"?([\w.-]+)"?', re.IGNORECASE)
_KEY_OF_STATEMENT = re.compile(r"""["']?\bpk\b["']?\s*[:=]\s*\?""")


class Need(NamedTuple):
    """What one item of a call spends, and where."""

    kind: str
    table: str
    pk: str
    units: int


Take = Callable[[Need], bool]


class Gate(Protocol):
    """Decides what passes."""

    def call(self) -> Take:
        """Begins one call; the answer says of each of its items whether it passes."""


@dataclass
class Buckets:
    """A bucket of tokens for each partition key; `limits` are units a second by kind, if any."""

    limits: dict[str, float] = field(default_factory=lambda: {WRITE: 1000.0, READ: 3000.0})
    clock: Callable[[], float] = time.monotonic
    _left: dict[tuple[str, str, str], tuple[float, float]] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.Lock)

    def call(self) -> Take:
        return self.take

    def take(self, need: Need) -> bool:
        """Spends the units, where any are left: what is larger than the rest leaves a debt."""
        with self._lock:
            left = self._refilled(need)
            if left <= 0:
                return False
            self._left[need[:3]] = left - need.units, self.clock()
            return True

    def spend(self, need: Need) -> None:
        """Spends units of something that has passed already."""
        with self._lock:
            self._left[need[:3]] = self._refilled(need) - need.units, self.clock()

    def _refilled(self, need: Need) -> float:
        rate, now = self.limits.get(need.kind, math.inf), self.clock()
        left, then = self._left.get(need[:3], (rate, now))
        return min(rate, left + rate * (now - then)) if rate < math.inf else rate


@dataclass
class Nth:
    """Refuses its `at`-th call once: all of it, or the first of its items alone."""

    at: int | None = None
    share: str = "all"
    calls: int = 0
    _lock: Any = field(default_factory=threading.Lock, repr=False)

    def call(self) -> Take:
        with self._lock:
            number = self.calls
            self.calls += 1
        if number != self.at:
            return lambda _: True
        passing = repeat(False) if self.share == "all" else chain([False], repeat(True))
        return lambda _: next(passing)


def needs(operation: str, request: Item) -> list[Need]:
    """What each item of a DynamoDB call spends at least, in the order of the request.

    How much a read spends is only known once it is answered: a unit here.
    """
    if operation == "BatchGetItem":
        return [
            Need(READ, table, key["pk"]["S"], 1)
            for table, wanted in request["RequestItems"].items()
            for key in wanted["Keys"]
        ]
    if operation == "BatchWriteItem":
        return [
            _write(table, write)
            for table, writes in request["RequestItems"].items()
            for write in writes
        ]
    if operation == "TransactWriteItems":
        return [_write(*_of_transaction(part), double=True) for part in request["TransactItems"]]
    if operation == "BatchExecuteStatement":
        return [_statement(statement) for statement in request["Statements"]]
    if operation == "Query":
        return [Need(READ, request["TableName"], _queried(request), 1)]
    if operation in _READS:
        return [Need(READ, request["TableName"], request["Key"]["pk"]["S"], 1)]
    return [_write(request["TableName"], request)]


def _of_transaction(part: Item) -> tuple[str, Item]:
    ((_, write),) = part.items()
    return write["TableName"], write


def _write(table: str, write: Item, *, double: bool = False) -> Need:
    for name in ("PutRequest", "DeleteRequest"):
        write = write.get(name, write)
    key = write.get("Item") or write["Key"]
    written = {**key, **write.get("ExpressionAttributeValues", {})}
    return Need(WRITE, table, key["pk"]["S"], (1 + double) * -(-size(written) // 1024))


def _statement(statement: Item) -> Need:
    text, values = statement["Statement"], statement["Parameters"]
    table, key = _TABLE_OF_STATEMENT.search(text), _KEY_OF_STATEMENT.search(text)
    assert table, f"no table in {text}"
    assert key, f"no partition key in {text}"
    # Parameters stand in the order of their question marks.
    pk = values[text[: key.end()].count("?") - 1]["S"]
    written = {str(n): value for n, value in enumerate(values)}
    kind = READ if text.lstrip().upper().startswith("SELECT") else WRITE
    return Need(kind, table[1], pk, -(-size(written) // 1024))


def _queried(request: Item) -> str:
    name = re.search(r"pk = (:\w+)", request["KeyConditionExpression"])
    assert name, request["KeyConditionExpression"]
    return str(request["ExpressionAttributeValues"][name[1]]["S"])


def read(operation: str, request: Item, answer: Item) -> Iterator[Need]:
    """What the items of an answered read spend beyond the unit that each key has spent."""
    if operation == "GetItem":
        found = [(request["TableName"], [answer["Item"]])] if "Item" in answer else []
    elif operation == "BatchGetItem":
        found = list(answer["Responses"].items())
    elif operation == "Query":
        bytes_read = sum(map(size, answer["Items"]))
        yield Need(READ, request["TableName"], _queried(request), max(0, bytes_read - 1) // 4096)
        return
    else:
        return
    for table, items in found:
        for item in items:
            yield Need(READ, table, item["pk"]["S"], max(0, size(item) - 1) // 4096)


def size(item: Item) -> int:
    """The bytes of an item as DynamoDB counts them, more or less: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Item) -> int:
    ((kind, plain),) = value.items()
    text = plain if isinstance(plain, str) else repr(plain)
    return len(text) * 3 // 4 if kind == "B" else len(text.encode())
