"""Refusals in every shape that AWS has, put into the way of a real boto3 client.

A shape is what comes back over the wire, or what the connection does; botocore makes of it what
it makes in Lambda. Before it is refused a call goes nowhere; with `done` it reaches the store and
only its answer is lost.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore import exceptions
from botocore.awsrequest import AWSResponse
from moto.core.botocore_stubber import MockRawResponse

_NOWHERE = "http://nowhere.invalid/"


@dataclass(frozen=True)
class Shape:
    """One way to be refused: an answer with a status, or an exception of the connection."""

    name: str
    status: int = 0
    body: bytes = b""
    error: type[exceptions.BotoCoreError] | None = None

    def __str__(self) -> str:
        return self.name


def _json(status: int, code: str, **more: object) -> Shape:
    kind = f"com.amazonaws.dynamodb.v20120810#{code}"
    return Shape(f"{status} {code}", status, json.dumps({"__type": kind, **more}).encode())


def _xml(status: int, code: str) -> Shape:
    text = f"<Error><Code>{code}</Code><Message>later</Message></Error>"
    return Shape(f"{status} {code}", status, text.encode())


LOST = [
    Shape("connect timeout", error=exceptions.ConnectTimeoutError),
    Shape("read timeout", error=exceptions.ReadTimeoutError),
    Shape("no connection", error=exceptions.EndpointConnectionError),
    Shape("closed connection", error=exceptions.ConnectionClosedError),
]
HTTP = [Shape(f"{status} without words", status) for status in (429, 500, 502, 503, 504)]
DYNAMODB = [
    _json(400, "ThrottlingException"),
    _json(400, "ProvisionedThroughputExceededException"),
    _json(400, "RequestLimitExceeded"),
    _json(400, "TransactionConflictException"),
    _json(500, "InternalServerError"),
    _json(503, "ServiceUnavailable"),
    *HTTP,
    *LOST,
]
S3 = [
    _xml(503, "SlowDown"),
    _xml(503, "ServiceUnavailable"),
    _xml(500, "InternalError"),
    _xml(400, "RequestTimeout"),
    *HTTP,
    *LOST,
]
REFUSED = [_json(400, "AccessDeniedException"), _json(400, "ResourceNotFoundException")]


def cancelled(*reasons: str) -> Shape:
    """A transaction that was cancelled, with a reason for each of its parts."""
    listed = [{"Code": reason} for reason in reasons]
    shape = _json(400, "TransactionCanceledException", CancellationReasons=listed)
    return Shape(" ".join(reasons), shape.status, shape.body)


class Refusing:
    """Refuses the first `times` calls of each kind, or of the `only` one; `sent` counts all."""

    def __init__(
        self, shape: Shape, times: int, *, done: bool = False, only: str | None = None
    ) -> None:
        self.shape, self.times, self.done, self.only = shape, times, done, only
        self.sent: Counter[str] = Counter()

    def __call__(self, request: Any, event_name: str, **_: Any) -> AWSResponse | None:
        operation = event_name.rpartition(".")[2]
        self.sent[operation] += 1
        if self.sent[operation] > self.times or self.only not in (None, operation):
            return None
        if not self.done:
            # Moto answers by the address, and beside whoever answers first.
            request.url = _NOWHERE
        if self.shape.error:
            raise self.shape.error(endpoint_url=request.url, error="planted")
        body = MockRawResponse(self.shape.body)
        return AWSResponse(request.url, self.shape.status, {}, body)


@contextmanager
def refusing(
    client: Any, shape: Shape, times: int = 2, *, done: bool = False, only: str | None = None
) -> Iterator[Refusing]:
    """A client whose calls are refused for a while."""
    refused = Refusing(shape, times, done=done, only=only)
    events = client.meta.events
    # Before moto, since the first answer counts; moto does the call all the same.
    events.register_first("before-send.*.*", refused)
    try:
        yield refused
    finally:
        events.unregister("before-send.*.*", refused)
