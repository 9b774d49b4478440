"""AWS as a door's own calls meet it, and in whatever trouble: connections for `Caller`.

What it takes it keeps; a call that is refused leaves nothing behind.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.fakes.seconds import FakeSeconds
from tests.faults.doorbell import TENANT, TOKEN, Doorbell
from waypost import services, tenants, tokens
from waypost.ingest.ports import DoorStores
from waypost.services import process
from waypost.storage.connections import Answer, Lost
from waypost.storage.lean_stores import DoorBatches, DoorRows, DoorTenants, DoorTokens, Queue
from waypost.storage.sigv4 import Caller
from waypost.tenants import Tenant


@dataclass(frozen=True)
class Trouble:
    """How a call fails. A call that hangs takes all the time that it is given."""

    name: str
    status: int = 0
    body: bytes = b""
    hangs: bool = False

    def __str__(self) -> str:
        return self.name


def _named(status: int, code: str) -> Trouble:
    return Trouble(f"{status} {code}", status, b'{"__type":"x#%s"}' % code.encode())


HANGING = Trouble("hanging", hangs=True)
TROUBLES = [
    _named(400, "ThrottlingException"),
    _named(400, "ProvisionedThroughputExceededException"),
    _named(400, "RequestLimitExceeded"),
    _named(500, "InternalServerError"),
    _named(400, "AccessDeniedException"),
    Trouble("503 SlowDown", 503, b"<Error><Code>SlowDown</Code></Error>"),
    Trouble("400 RequestTimeout", 400, b"<Error><Code>RequestTimeout</Code></Error>"),
    Trouble("lost connection"),
    HANGING,
]
FOR_GOOD = {"400 AccessDeniedException"}


@dataclass
class Aws:
    """`troubled` calls fail, the first `times` of them."""

    seconds: FakeSeconds = field(default_factory=FakeSeconds)
    troubled: str = ""
    trouble: Trouble = TROUBLES[0]
    times: int = 1_000_000
    called: list[str] = field(default_factory=list)
    taken: list[tuple[str, Any]] = field(default_factory=list)

    def request(
        self, _method: str, path: str, *, body: bytes, headers: dict[str, str], seconds: float
    ) -> Answer:
        call = json.loads(body) if "x-amz-target" in headers else {"Key": path}
        operation = headers.get("x-amz-target", "PutObject").rpartition(".")[2]
        name = f"{operation} {call.get('TableName', '')}".strip()
        self.called.append(name)
        if name == self.troubled and self.times:
            self.times -= 1
            return self._fail(seconds)
        return Answer(200, json.dumps(self._done(name, call)).encode())

    def _fail(self, seconds: float) -> Answer:
        if self.trouble.hangs:
            # A connection is made, and then nothing comes.
            self.seconds.now += min(seconds, 4.0)
        if not self.trouble.status:
            raise Lost("planted")
        return Answer(self.trouble.status, self.trouble.body)

    def _done(self, name: str, call: dict[str, Any]) -> dict[str, Any]:
        if name == "GetItem directory":
            return _ITEMS.get((call["Key"]["pk"]["S"], call["Key"]["sk"]["S"]), {})
        self.taken.append((name, call))
        entries = call.get("Entries", [])
        return {"Successful": [{"Id": entry["Id"]} for entry in entries]} if entries else {}

    def kept(self, name: str) -> list[Any]:
        """What calls of a name left behind."""
        return [call for known, call in self.taken if known == name]


_ITEMS = {
    ("tenant", TENANT): {"Item": {"settings": {"S": tenants.encode(Tenant(TENANT))}}},
    ("token", tokens.digest(TOKEN)): {"Item": {"tenant": {"S": TENANT}, "scopes": {"S": "write"}}},
}


class DoorOnAws(Doorbell):
    """Rings doors whose stores are the real ones."""

    def __init__(self, aws: Aws) -> None:
        super().__init__()
        self.deadline = aws.seconds.deadline()
        fake: Any = aws
        call = [
            Caller(name, region="x", endpoint=None, connections=fake, deadline=self.deadline)
            for name in ("dynamodb", "sqs", "s3")
        ]
        self.real = DoorStores(
            DoorTenants(call[0], "directory", aws.seconds),
            DoorTokens(call[0], "directory", aws.seconds),
            Queue(call[1], call[2], queue_url="match", chunk_queue_url="chunks", bucket="inbox"),
            DoorRows(call[0], "events"),
            DoorBatches(call[0], "directory"),
        )

    @contextmanager
    def _wired(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ACCESS_KEY_ID", "test")
            patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
            patch.delenv("AWS_SESSION_TOKEN", raising=False)
            for module in (services, process):
                patch.setattr(module, "deadline", lambda: self.deadline)
            patch.setattr(services, "door_stores", lambda: self.real)
            patch.setattr(services, "door_tenants", lambda: self.real.tenants)
            yield
