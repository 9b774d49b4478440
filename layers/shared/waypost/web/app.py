"""The HTTP side of every function: resolver, body, call context, error → response."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import msgspec
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, CORSConfig, Response

from waypost.errors import (
    BadQuery,
    Malformed,
    NotFound,
    TooLarge,
    Unauthorised,
    Unavailable,
    WaypostError,
)
from waypost.sources.formats import json_items
from waypost.telemetry import REFUSED, logger
from waypost.web import csv_answers, statuses

_JSON = "application/json"
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


Shape = Callable[[WaypostError, int, str], object]


def door(source: str = "api", shape: Shape | None = None) -> APIGatewayRestResolver:
    """A resolver whose every answer, errors included, is JSON that a browser may read.

    `source` names the door in the table of statuses. `shape` makes the body of a refusal from
    the error, its status and the path, where that sender's clients expect one of their own.
    """
    cors = CORSConfig(
        allow_origin="*",
        allow_headers=_SENT_HEADERS,
        expose_headers=["Retry-After"],
        max_age=7200,
    )
    app = APIGatewayRestResolver(cors=cors, serializer=_to_json)

    def refuse(error: WaypostError) -> Response[str]:
        if isinstance(error, TooLarge):
            tenant = (app.current_event.path_parameters or {}).get("tenant", "{tenant}")
            error.extra.setdefault("upload", f"/analytics/uploads/{tenant}")
        return _refusal(error, source, shape or _plain, app.current_event.path)

    app.exception_handler(WaypostError)(refuse)

    @app.not_found
    def unknown_route(_: Exception) -> Response[str]:
        # In the words of the gateway, which answers where no function knows the path.
        error = NotFound("there is no such route; the README lists them", code="no_route")
        return _refusal(error, source, _plain, app.current_event.path)

    return app


def resolve(app: APIGatewayRestResolver, event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers one API Gateway event; a trailing slash makes no difference."""
    event = {**event, "path": event["path"].rstrip("/") or "/"}
    return app.resolve(event, context)


def call(app: APIGatewayRestResolver) -> Call:
    """The current request. Raises `Malformed`, `TooLarge` or `Unsupported` for its body."""
    event = app.current_event
    context = event.request_context
    return Call(
        body=json_items.inflate(_raw(event.raw_event)),
        request=context.request_id,
        received=int(context.request_time_epoch),
        headers={name.lower(): value for name, value in event.headers.items()},
    )


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


def reply(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response[str]:
    """A JSON answer."""
    return Response(status, _JSON, _to_json(body), headers)


def _to_json(body: object) -> str:
    return msgspec.json.encode(body).decode()


def _refusal(error: WaypostError, source: str, shape: Shape, path: str) -> Response[str]:
    status = statuses.of(error, source)
    logger().info(REFUSED, extra={"code": error.code, "status": status})
    headers = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(statuses.RETRY_AFTER_SECONDS)
    challenge = statuses.DOORS[source].challenge
    if isinstance(error, Unauthorised) and challenge:
        headers["WWW-Authenticate"] = challenge
    return reply(shape(error, status, path), status, headers)


def _plain(error: WaypostError, _status: int, _path: str) -> object:
    return {**error.body(), "errors": []}


def query(app: APIGatewayRestResolver) -> dict[str, str]:
    """The query parameters of the current request; an empty one is an absent one."""
    given = app.current_event.query_string_parameters or {}
    return {name: value for name, value in given.items() if value}


def decoded(segment: str) -> str:
    """A path segment as the sender meant it."""
    return unquote(segment)


def formatted(answer: dict[str, Any], app: APIGatewayRestResolver) -> Response[str]:
    """An answer as JSON, or as CSV with `?format=csv`."""
    wanted = query(app).get("format", "json")
    if wanted == "json":
        return reply(answer)
    if wanted != "csv":
        raise BadQuery("format is json or csv", field="format")
    return Response(200, "text/csv; charset=utf-8", csv_answers.to_csv(answer))
