"""What a door does to AWS, without boto3: it looks up, queues, and writes where nothing stands."""

import time
from functools import partial
from typing import cast
from urllib.parse import quote

import msgspec

from waypost import tenants, tokens
from waypost.errors import CallFailed, Unavailable
from waypost.event import Event
from waypost.ingest import batches
from waypost.ingest.batches import BatchRecord
from waypost.ingest.messages import Pointer, queue_body, slices
from waypost.storage import keys, refusals
from waypost.storage.remembered import Clock, Remembered
from waypost.storage.sigv4 import Caller
from waypost.tenants import Tenant
from waypost.tokens import Grant

Item = dict[str, dict[str, str]]
# Anybody may ask an open door for ids that nobody has: the memory must not grow with them.
_REMEMBERED = 10_000


class DoorTenants:
    """Tenants by id, each remembered for a minute."""

    def __init__(self, dynamodb: Caller, table: str, clock: Clock = time.monotonic) -> None:
        self._dynamodb = dynamodb
        self._table = table
        again = partial(self._read, tries=1)
        self._tenants = Remembered(self._read, again=again, most=_REMEMBERED, clock=clock)

    def get(self, tenant: str) -> Tenant | None:
        return self._tenants.get(tenant) if tenants.is_id(tenant) else None

    def _read(self, tenant: str, tries: int | None = None) -> Tenant | None:
        item = _get(self._dynamodb, self._table, "tenant", tenant, tries)
        return tenants.decode(item["settings"]["S"]) if item else None


class DoorTokens:
    """What tokens allow, each remembered for a minute. The table knows them by their hash alone."""

    def __init__(self, dynamodb: Caller, table: str, clock: Clock = time.monotonic) -> None:
        self._dynamodb = dynamodb
        self._table = table
        again = partial(self._read, tries=1)
        self._grants = Remembered(self._read, again=again, most=_REMEMBERED, clock=clock)

    def grant(self, token: str) -> Grant | None:
        return self._grants.get(tokens.digest(token))

    def _read(self, digest: str, tries: int | None = None) -> Grant | None:
        item = _get(self._dynamodb, self._table, "token", digest, tries)
        return Grant(item["tenant"]["S"], frozenset(item["scopes"]["S"].split())) if item else None


def _get(dynamodb: Caller, table: str, pk: str, sk: str, tries: int | None) -> Item | None:
    """An item, read without consistency: half the price, for what is then kept a minute anyway."""
    request: dict[str, object] = {"TableName": table, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}
    answer = dynamodb.json("DynamoDB_20120810.GetItem", request, tries)
    return cast(Item | None, answer.get("Item"))


class Queue:
    """One queue of SQS, whichever a factory of `services` builds it for: events and files on
    their way to `match`, files to `load`, runs to `aggregate`. It holds the inbox bucket too, for
    the messages that are too large for a queue.

    Pointers at such messages go into the queue of chunks: one of them is the work of thousands of
    messages, and must neither share their batches nor delay them.
    """

    def __init__(
        self, sqs: Caller, s3: Caller, *, queue_url: str, bucket: str, chunk_queue_url: str = ""
    ) -> None:
        self._sqs = sqs
        self._s3 = s3
        self._queue_url = queue_url
        self._chunk_queue_url = chunk_queue_url
        self._bucket = bucket

    def send(self, tenant: str, messages: list[bytes] | list[Pointer]) -> None:
        chunks = any(isinstance(message, Pointer) for message in messages)
        url = self._chunk_queue_url if chunks else self._queue_url
        bodies = [queue_body(message) for message in messages]
        # SQS takes ten entries and 1 MiB a call. Only pointers, which are short, come in numbers.
        for some in slices(bodies, 10):
            self._send_batch(url, tenant, some)

    def _send_batch(self, url: str, tenant: str, bodies: list[str]) -> None:
        # On a standard queue the group orders nothing; it keeps a busy tenant from delaying others.
        waiting = {
            str(n): {"Id": str(n), "MessageBody": body, "MessageGroupId": tenant}
            for n, body in enumerate(bodies)
        }
        for _ in self._sqs.deadline.tries():
            answer = self._sqs.json(
                "AmazonSQS.SendMessageBatch",
                {"QueueUrl": url, "Entries": list(waiting.values())},
            )
            # SQS answers 200 even where it took no entry: only what it names is queued.
            for entry in answer.get("Successful") or []:  # type: ignore[attr-defined]
                waiting.pop(entry["Id"], None)
            for entry in answer.get("Failed") or []:  # type: ignore[attr-defined]
                if entry.get("SenderFault"):
                    raise refusals.final(entry["Code"], entry.get("Message", ""))
            if not waiting:
                return
        raise Unavailable("the queue did not take every event; send the same request again")

    def put_chunk(self, key: str, data: bytes) -> None:
        self._s3.put(f"/{self._bucket}/{quote(key)}", data)

    def presign(self, key: str, expires: int) -> str:
        """A URL for one PUT of any size up to 5 GB, good for `expires` seconds."""
        return self._s3.presign(f"/{self._bucket}/{quote(key)}", expires)


class Downloads:
    """Objects of a bucket, for whoever is given a URL."""

    def __init__(self, s3: Caller, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket

    def url(self, key: str, expires: int, name: str) -> str:
        """A URL for one object, good for `expires` seconds; a browser saves it under a name."""
        saved = f'attachment; filename="{name}"'
        path = f"/{self._bucket}/{quote(key)}"
        return self._s3.presign(path, expires, "GET", response_content_disposition=saved)


class DoorRows:
    """The events table, as far as a door may touch it: put where nothing stands, in one try.

    `match` writes the row anyway, so the sender does not wait for a table that is busy.
    """

    def __init__(self, dynamodb: Caller, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def put_first(self, tenant: Tenant, event: Event, line: bytes, receipt: str) -> bool:
        item: dict[str, object] = {
            name: {"N": str(value)} if isinstance(value, int) else {"S": value}
            for name, value in keys.event_row(tenant, event, line, receipt).items()
        }
        try:
            self._dynamodb.json(
                "DynamoDB_20120810.PutItem",
                {
                    "TableName": self._table,
                    "Item": item,
                    "ConditionExpression": "attribute_not_exists(pk)",
                },
                tries=1,
            )
        except CallFailed as failure:
            if failure.refusal != "ConditionalCheckFailedException":
                raise
            return False
        return True


class DoorBatches:
    """Batches as a door makes them."""

    def __init__(self, dynamodb: Caller, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def put(self, tenant: str, record: BatchRecord) -> None:
        item = {
            "pk": {"S": keys.scoped(tenant, "batch")},
            "sk": {"S": record.id},
            "record": {"S": msgspec.json.encode(record).decode()},
            "ttl": {"N": str(batches.expires(record.created))},
        }
        self._dynamodb.json("DynamoDB_20120810.PutItem", {"TableName": self._table, "Item": item})
