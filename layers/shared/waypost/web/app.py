"""The HTTP side of every function: routes, body, errors as answers, JSON or CSV."""

import base64
import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.errors import (
    Malformed,
    NotFound,
    TooLarge,
    Unauthorised,
    Unavailable,
    WaypostError,
)
from waypost.sources.formats import json_items
from waypost.telemetry import REFUSED, logger
from waypost.web import statuses

Query = dict[str, str]
# Makes the body of a refusal from the error, its status and the path.
Refusal = Callable[[WaypostError, int, str], object]
_JSON = "application/json"
# What browsers ask to send, each by its name: `*` does not let Authorization through.
_SENT_HEADERS = [
    "Authorization",
    "Content-Type",
    "Content-Encoding",
    "Idempotency-Key",
    "X-Moesif-Application-Id",
    "X-Moesif-SDK",
    "X-Retry-Count",
    "X-CSRFToken",
]


@dataclass(frozen=True, slots=True)
class Call:
    """One request: its inflated body, its id, and when it was received (epoch ms)."""

    body: bytes
    request: str
    received: int
    headers: dict[str, str]

    @property
    def receipt(self) -> str:
        """Names the reception; sorts by time."""
        return f"{self.received:015d}-{self.request}"


@contextmanager
def without_gc() -> Iterator[None]:
    """Stops the search for cycles: a batch makes a hundred thousand objects and no cycle, and
    looking for them costs a third of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _plain(error: WaypostError, _status: int, _path: str) -> object:
    return {**error.body(), "errors": []}


class App(APIGatewayRestResolver):
    """The routes of one function, whose every answer is JSON that a browser may read.

    `source` names the door in the table of statuses. `refusal` shapes the body of an error, where
    that sender's clients expect one of their own.
    """

    def __init__(self, source: str = "api", refusal: Refusal = _plain) -> None:
        cors = CORSConfig(
            allow_origin="*",
            allow_headers=_SENT_HEADERS,
            # A script in a page sees a header of an answer only where it is named here.
            expose_headers=["Retry-After"],
            # Seconds: Chromium remembers a preflight no longer, whatever it is told.
            max_age=7200,
        )
        super().__init__(cors=cors, serializer=_to_json)
        self._source = source
        self._refusal = refusal
        self.exception_handler(WaypostError)(self._refuse)
        self.not_found(self._refuse_route)

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answers one API Gateway event; a trailing slash makes no difference."""
        plain = {**event, "path": event["path"].rstrip("/") or "/"}
        remaining = context.get_remaining_time_in_millis()
        with services.deadline().run(remaining), without_gc():
            return super().resolve(plain, context)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the current request by their names in lower case."""
        # A REST API hands names on as the sender wrote them.
        return {name.lower(): value for name, value in self.current_event.headers.items()}

    def call(self) -> Call:
        """The current request. Raises `Malformed`, `TooLarge` or `Unsupported` for its body.

        Ask who is calling first: a stranger's body is not worth inflating.
        """
        context = self.current_event.request_context
        return Call(
            body=json_items.inflate(_raw(self.current_event.raw_event)),
            request=context.request_id,
            received=int(context.request_time_epoch),
            headers=self.headers,
        )

    def query(self) -> Query:
        """The query parameters of the current request; an empty one is an absent one."""
        given = self.current_event.query_string_parameters or {}
        return {name: value for name, value in given.items() if value}

    def _refuse(self, error: WaypostError) -> Response[str]:
        if isinstance(error, TooLarge):
            tenant = (self.current_event.path_parameters or {}).get("tenant", "{tenant}")
            error.extra.setdefault("upload", f"/analytics/uploads/{tenant}")
        return self._refused(error, self._refusal)

    def _refuse_route(self, _: Exception) -> Response[str]:
        # In the words of the gateway, which answers where no function knows the path.
        error = NotFound("there is no such route; the README lists them", code="no_route")
        return self._refused(error, _plain)

    def _refused(self, error: WaypostError, shape: Refusal) -> Response[str]:
        status = statuses.of(error, self._source)
        # At a level that a deployed stack leaves out: CloudWatch bills every line.
        logger().info(REFUSED, extra={"code": error.code, "status": status})
        body = shape(error, status, self.current_event.path)
        return reply(body, status, _refusal_headers(error, self._source))


def reply(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response[str]:
    """A JSON answer."""
    return Response(status, _JSON, _to_json(body), headers)


def decoded(segment: str) -> str:
    """A path segment as the sender meant it."""
    return unquote(segment)


def _raw(event: dict[str, Any]) -> bytes:
    text = event.get("body") or ""
    try:
        encoded = event.get("isBase64Encoded")
        body = base64.b64decode(text, validate=True) if encoded else text.encode()
    except ValueError:  # both of base64 and of UTF-8
        raise Malformed("the body is not readable as bytes") from None
    if len(body) > json_items.MAX_BODY:
        raise TooLarge(
            f"the body is larger than {json_items.MAX_BODY} bytes", limit=json_items.MAX_BODY
        )
    return body


def _to_json(body: object) -> str:
    return msgspec.json.encode(body).decode()


def _refusal_headers(error: WaypostError, source: str) -> dict[str, str]:
    challenge = statuses.DOORS[source].challenge
    if isinstance(error, Unavailable):
        return {"Retry-After": str(statuses.RETRY_AFTER_SECONDS)}
    if isinstance(error, Unauthorised) and challenge:
        return {"WWW-Authenticate": challenge}
    return {}
