"""
What a run of handlers would be billed: units counted from the calls that were made, at list
prices, and wall time made of measured CPU and assumed waits.

List prices of us-east-1, first tier, arm64, REST API; no free tier, no storage, no cold starts.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests import partiql

USD = {
    "request": 3.50e-6,  # of the REST API
    "invocation": 0.20e-6,
    "log": 0.15e-6,  # what Lambda itself writes of an invocation, 300 bytes at 0.50 USD per GB
    "gb_second": 0.0000133334,
    "sqs": 0.40e-6,  # per 64 KB
    "s3_write": 5.00e-6,  # a PUT or a LIST
    "s3_read": 0.40e-6,
    "wru": 0.625e-6,  # per KB written
    "rru": 0.125e-6,  # per 4 KB read consistently
}
# Not measured: the embedded AWS answers on the loopback address. Lambda bills the waiting too.
WAIT_MS = {"dynamodb": 5, "s3_write": 15, "s3_read": 15, "sqs": 8}
VCPU_MB = 1769  # the memory that brings one whole processor
DOOR_MB, WORKER_MB = 1024, 1769
_WRITES = ("Put", "Update", "Delete", "ConditionCheck")

Json = dict[str, Any]


@dataclass
class Bill:
    """Calls by operation, units by kind, and seconds of waiting for AWS."""

    calls: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)

    def add(self, operation: str, body: bytes, answer: Json) -> None:
        """Counts one call of DynamoDB, SQS or S3, by what was sent and answered."""
        self.calls[operation] += 1
        if operation in ("PutObject", "ListObjectsV2"):
            self.units["s3_write"] += 1
        elif operation == "GetObject":
            self.units["s3_read"] += 1
        elif operation == "SendMessageBatch":
            self.units["sqs"] += _over(len(body), 65_536)
        else:
            request = json.loads(body)
            self.units["wru"] += sum(_over(size, 1024) for size in _written(operation, request))
            self.units["rru"] += _read(operation, request, answer)

    def usd(self) -> float:
        return sum(USD[kind] * count for kind, count in self.units.items())


def lambda_usd(invocations: float, cpu: float, waited: float, megabytes: int) -> float:
    """Invocations that took `cpu` seconds of a whole processor and waited beside that.

    A function below 1,769 MB has a share of a processor, so its CPU takes longer.
    """
    seconds = cpu * max(1, VCPU_MB / megabytes) + waited
    per_invocation = USD["invocation"] + USD["log"]
    return invocations * per_invocation + seconds * megabytes / 1024 * USD["gb_second"]


def wait_ms(operation: str) -> int:
    """How long a call is assumed to take."""
    kinds = {"PutObject": "s3_write", "ListObjectsV2": "s3_write", "GetObject": "s3_read"}
    return WAIT_MS["sqs" if "Message" in operation else kinds.get(operation, "dynamodb")]


def _written(operation: str, request: Json) -> Iterator[int]:
    """Bytes of each item that a call writes; those of a transaction count twice."""
    if operation in ("PutItem", "UpdateItem"):
        yield _bytes(request)
    elif operation == "BatchWriteItem":
        for table in request["RequestItems"].values():
            yield from (_bytes(next(iter(one.values()))) for one in table)
    elif operation == "BatchExecuteStatement":
        yield from (_bytes(partiql.as_call(one)[1]) for one in request["Statements"])
    elif operation == "TransactWriteItems":
        for item in request["TransactItems"]:
            yield from 2 * [_bytes(next(item[kind] for kind in _WRITES if kind in item))]


def _read(operation: str, request: Json, answer: Json) -> int:
    """Units of 4 KB: of a query together, of a batch key by key, also where nothing stands."""
    if operation == "BatchGetItem":
        return sum(len(table["Keys"]) for table in request["RequestItems"].values())
    if operation == "Query":
        return _over(sum(map(_size, answer.get("Items", []))), 4096)
    return 1 if operation == "GetItem" else 0


def _bytes(write: Json) -> int:
    """The size of the item that a write names, as DynamoDB counts it."""
    values = write.get("ExpressionAttributeValues", {})
    return _size(write.get("Item") or write["Key"]) + _size(values)


def _size(item: Json) -> int:
    return sum(len(name) + _length(value) for name, value in item.items())


def _length(value: Json) -> int:
    ((kind, plain),) = value.items()
    if kind == "N":
        return len(plain) // 2 + 1
    if kind == "B":
        return len(plain if isinstance(plain, bytes) else base64.b64decode(plain))
    return len(str(plain).encode())


def _over(size: int, unit: int) -> int:
    return max(1, -(-size // unit))
