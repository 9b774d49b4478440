"""Senders: a clock, the tenants, and what is on its way from a door to `match`."""

from dataclasses import dataclass, field
from hashlib import md5
from io import BytesIO
from typing import BinaryIO

from waypost.errors import NotFound
from waypost.ingest.batches import DELETED, OVERWRITTEN
from waypost.ingest.messages import Message, Pointer, queue_body, read_frame, read_queue
from waypost.tenants import Tenant


class FixedClock:
    """Epoch milliseconds that only a test moves."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def tick(self, ms: int) -> None:
        self.now += ms


class FakeTenants(dict[str, Tenant]):
    """Tenants by id; `get` is the dictionary's own."""

    def get_many(self, ids: set[str]) -> dict[str, Tenant]:
        return {id: self[id] for id in ids if id in self}


@dataclass
class FakeOutbox:
    """What is on its way to `match`: (tenant, queue body) in order, and chunk objects by key."""

    sent: list[tuple[str, str]] = field(default_factory=list)
    chunks: dict[str, bytes] = field(default_factory=dict)

    def send(self, tenant: str, messages: list[bytes] | list[Pointer]) -> None:
        self.sent += [(tenant, queue_body(message)) for message in messages]

    def put_chunk(self, key: str, data: bytes) -> None:
        self.chunks[key] = data

    def read(self, body: str) -> Message:
        """The message that a queue body holds or points at."""
        queued = read_queue(body)
        return queued if isinstance(queued, Message) else FakeInbox(self.chunks).read_chunk(queued)


@dataclass
class FakeInbox:
    """The inbox bucket: files by key, and the chunks of an outbox where it is given those."""

    objects: dict[str, bytes] = field(default_factory=dict)

    def read_chunk(self, pointer: Pointer) -> Message:
        last = pointer.offset + pointer.length
        return read_frame(self.objects[pointer.key][pointer.offset : last])

    def put(self, key: str, data: bytes) -> str:
        """Puts a file; its etag, which S3 makes of the bytes."""
        self.objects[key] = data
        return _etag(data)

    def beside(self, key: str, size: int) -> bytes | None:
        data = self.objects.get(key)
        return None if data is None else data[:size]

    def open(self, key: str, etag: str) -> tuple[BinaryIO, int]:
        if key not in self.objects:
            raise NotFound(DELETED)
        if _etag(self.objects[key]) != etag:
            raise NotFound(OVERWRITTEN)
        return BytesIO(self.objects[key]), len(self.objects[key])


def _etag(data: bytes) -> str:
    return md5(data, usedforsecurity=False).hexdigest()
