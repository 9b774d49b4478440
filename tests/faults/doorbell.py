"""Doors without AWS: gateway events for the real handlers, and stores that keep what arrives."""

import base64
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import pytest

from tests.fakes import MemoryTable
from tests.fakes.seconds import context
from tests.handlers import handler
from tests.template.stack import the_stack
from waypost import services
from waypost.event import Event, Reject, Verdict
from waypost.ingest.batches import BatchRecord
from waypost.ingest.messages import Message, Pointer, queue_body, read_frame, read_queue
from waypost.ingest.ports import DoorStores
from waypost.storage.dimensions_table import DynamoDimensions
from waypost.storage.dynamo import Table
from waypost.tenants import Tenant
from waypost.tokens import Grant

TENANT = "11111111-1111-4111-8111-111111111111"
RECEIVED = 1_795_176_000_000  # 2026-11-20T12:00:00Z
TOKEN = "wp_" + "0" * 64
SQS_BYTES = 1 << 20
LAMBDA_ANSWER = 6 * 1024 * 1024
ONE = f"/analytics/{TENANT}"
BULK = f"/analytics/bulk/{TENANT}"
CSV = f"/analytics/stream/csv/{TENANT}"
UPLOADS = f"/analytics/uploads/{TENANT}"
BATCHES = f"/analytics/batches/{TENANT}"


@dataclass(frozen=True)
class Answer:
    """What a door answered, decoded, and the CPU seconds that it took."""

    status: int
    body: Any
    headers: dict[str, str]
    seconds: float

    @property
    def indexes(self) -> list[int]:
        return [error["index"] for error in self.body["errors"]]

    @property
    def rejected(self) -> int:
        return int(self.body.get("rejected", len(self.body["errors"])))


@dataclass
class Stores:
    """Everything that a door writes to, as strict as AWS about what it takes."""

    messages: list[Message] = field(default_factory=list)
    chunks: dict[str, bytes] = field(default_factory=dict)
    records: list[BatchRecord] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def get(self, tenant: str) -> Tenant | None:
        return Tenant(tenant) if tenant == TENANT else None

    def grant(self, token: str) -> Grant | None:
        return Grant(TENANT, frozenset({"write"})) if token == TOKEN else None

    def send(self, tenant: str, messages: list[bytes] | list[Pointer]) -> None:
        for message in messages:
            text = queue_body(message)
            assert tenant == TENANT
            assert text.isascii()
            assert len(text) <= SQS_BYTES
            self.messages.append(self._message(read_queue(text)))

    def _message(self, sent: Message | Pointer) -> Message:
        if isinstance(sent, Message):
            return sent
        return read_frame(self.chunks[sent.key][sent.offset : sent.offset + sent.length])

    def put_chunk(self, key: str, data: bytes) -> None:
        self.chunks[key] = data

    def presign(self, key: str, expires: int) -> str:
        return f"https://inbox.example/{key}?expires={expires}"

    def put_first(self, _tenant: Tenant, event: Event, line: bytes, _receipt: str) -> bool:
        assert json.loads(line)["id"] == event.id
        self.shown.append(event.id)
        return True

    def progress(self, _tenant: str, _batch: str) -> None:
        """Nobody here knows any batch."""

    def put(self, _tenant: str, record: BatchRecord) -> None:
        self.records.append(record)

    @property
    def events(self) -> list[Event]:
        return [event for message in self.messages for event in message.events]

    @property
    def entries(self) -> list[Reject]:
        return [entry for message in self.messages for entry in message.rejects]

    @property
    def untouched(self) -> bool:
        return not (self.messages or self.chunks or self.records or self.shown)


class Doorbell:
    """Rings a door; `stores` holds what the last ring left behind."""

    def __init__(self) -> None:
        self.stores = Stores()

    def ring(self, method: str, path: str, body: bytes | str = b"", **headers: str) -> Answer:
        """One request. A body of bytes is sent as the gateway sends it; text stands as it is."""
        return self.take(gateway_event(method, path, body, **headers))

    def take(self, event: dict[str, Any]) -> Answer:
        """One event of the gateway, to the function whose route it is."""
        self.stores = Stores()
        door = handler(_verb(event["httpMethod"], event["path"]))
        began = time.process_time()
        with self._wired():
            answer = door.lambda_handler(event, context())
        seconds = time.process_time() - began
        headers = {name.lower(): value[0] for name, value in answer["multiValueHeaders"].items()}
        assert len(json.dumps(answer)) < LAMBDA_ANSWER
        body = json.loads(answer["body"]) if answer["body"] else None
        return Answer(answer["statusCode"], body, headers, seconds)

    def post(self, body: bytes | str, path: str = BULK, **headers: str) -> Answer:
        return self.ring("PUT" if path == CSV else "POST", path, body, **headers)

    @contextmanager
    def _wired(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for factory in ("door_tenants", "batches"):
                patch.setattr(services, factory, lambda: self.stores)
            patch.setattr(services, "door_stores", lambda: DoorStores(*[self.stores] * 5))
            patch.setattr(
                services, "dimensions", lambda: DynamoDimensions(cast(Table, MemoryTable()))
            )
            yield

    def sound(self, answer: Answer) -> None:
        """What holds of every answer: a verdict on each item, a reason for each refusal."""
        assert answer.status < 500
        assert answer.headers["content-type"].startswith("application/json")
        assert answer.headers["access-control-allow-origin"] == "*"
        assert ("retry-after" in answer.headers) == (answer.status == 503)
        for refusal in answer.body["errors"] + [answer.body] * (answer.status >= 400):
            assert refusal["code"].isidentifier()
            assert refusal["message"]
        if "processed" in answer.body:
            told = Counter(entry.verdict for entry in self.stores.entries)
            assert answer.body["processed"] == len(self.stores.events) + told[Verdict.IGNORED]
            assert answer.rejected == told[Verdict.REJECTED]
            assert answer.indexes == sorted(set(answer.indexes))
        else:
            assert answer.status >= 400
            assert self.stores.untouched


def _verb(method: str, path: str) -> str:
    """The function that the gateway hands a request to: what is fixed wins, also over `ANY`."""
    fitting = [
        (len(holes), known == "ANY", verb)
        for verb, known, holes, fits in _routes()
        if known in (method, "ANY") and fits.fullmatch(path.rstrip("/"))
    ]
    return min(fitting, default=(0, False, "planhat"))[2]


@cache
def _routes() -> list[tuple[str, str, list[str], re.Pattern[str]]]:
    return [
        (verb, method, re.findall(r"{\w+}", path), re.compile(re.sub(r"{\w+}", "[^/]+", path)))
        for verb in the_stack().functions()
        for method, path in the_stack().routes(verb)
    ]


def gateway_event(method: str, path: str, body: bytes | str, **headers: str) -> dict[str, Any]:
    """What a REST API makes of a request from a browser."""
    sent = {"origin": "https://acme.example"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"tenant": path.rsplit("/", 1)[-1]},
        "requestContext": {
            "requestId": "00000001-0000-4000-8000-000000000000",
            "requestTimeEpoch": RECEIVED,
            "stage": "prod",
        },
        "isBase64Encoded": isinstance(body, bytes),
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
    }
