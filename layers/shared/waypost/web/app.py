"""The HTTP side of every function: routes, body, errors as answers, JSON or CSV."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from waypost import answer_size, services
from waypost.collector import without_gc
from waypost.deadline import Context
from waypost.errors import (
    CallFailed,
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
from waypost.web.responses import JSON, Response, preflight, proxied
from waypost.web.router import H, Router, tidy

Query = dict[str, str]
# Makes the body of a refusal from the error, its status and the path.
Refusal = Callable[[WaypostError, int, str], object]


class Call(Struct, frozen=True):
    """One request: its inflated body, its id, and when it was received (epoch ms).

    `site` is the name that its sender gives to the site that it is about, empty for none.
    """

    body: bytes
    request: str
    received: int
    headers: dict[str, str]
    site: str = ""

    @property
    def receipt(self) -> str:
        """Names the reception; sorts by time."""
        return f"{self.received:015d}-{self.request}"


def _plain(error: WaypostError, _status: int, _path: str) -> object:
    return {**error.body(), "errors": []}


class App:
    """The routes of one function, whose every answer is JSON that a browser may read.

    `source` names the door in the table of statuses. `refusal` shapes the body of an error, where
    that sender's clients expect one of their own. A handler takes the `<name>` segments of its
    path, decoded, by their names. HEAD answers as GET does, without the body, and every path
    answers the preflight of a browser.
    """

    def __init__(self, source: str = "api", refusal: Refusal = _plain) -> None:
        self._source = source
        self._refusal = refusal
        self.router = Router()
        # Of the current request: as API Gateway sends it, its path, the path of its route.
        self.event: dict[str, Any] = {}
        self.path = self.route = "/"
        # By their names in lower case.
        self.headers: dict[str, str] = {}
        self._variables: dict[str, str] = {}

    def get(self, path: str) -> Callable[[H], H]:
        return self._route("GET", path)

    def post(self, path: str) -> Callable[[H], H]:
        return self._route("POST", path)

    def put(self, path: str) -> Callable[[H], H]:
        return self._route("PUT", path)

    def patch(self, path: str) -> Callable[[H], H]:
        return self._route("PATCH", path)

    def delete(self, path: str) -> Callable[[H], H]:
        return self._route("DELETE", path)

    def elsewhere(self, path: str, *methods: str) -> None:
        """Names methods of a path that another function answers, for this one's preflights."""
        self.router.place(path).elsewhere.update(methods)

    def _route(self, method: str, path: str) -> Callable[[H], H]:
        def registered(handler: H) -> H:
            self.router.place(path).handlers[method] = handler
            return handler

        return registered

    def resolve(self, event: dict[str, Any], context: Context) -> dict[str, Any]:
        """Answers one API Gateway event."""
        self.event, self.path, self._variables = event, tidy(event["path"]), {}
        # A REST API hands names on as the sender wrote them.
        given = event.get("headers") or {}
        self.headers = {name.lower(): value for name, value in given.items()}
        accepted, bare = self.headers.get("accept-encoding", ""), event["httpMethod"] == "HEAD"
        with services.deadline().run(context.get_remaining_time_in_millis()), without_gc():
            return proxied(self._respond(event["httpMethod"]), accepted, bare=bare)

    def _respond(self, method: str) -> Response:
        try:
            place, self._variables = self.router.find(self.path)
            self.route = place.path
            if method == "OPTIONS":
                asked = self.headers.get("access-control-request-headers", "")
                return preflight(place.methods, asked)
            handler = place.handler(method)
        except NotFound as error:
            return self._refused(error, _plain)
        try:
            response = handler(**self._variables)
            # Lambda would hand on nothing of it, and the gateway answer with a 502.
            answer_size.check(response.body)
            return response
        except WaypostError as error:
            return self._refuse(error)

    def call(self) -> Call:
        """The current request. Raises `Malformed`, `TooLarge` or `Unsupported` for its body.

        Ask who is calling first: a stranger's body is not worth inflating.
        """
        context = self.event["requestContext"]
        return Call(
            body=json_items.inflate(_raw(self.event)),
            request=context["requestId"],
            received=int(context["requestTimeEpoch"]),
            headers=self.headers,
            site=self.query().get("site", ""),
        )

    def query(self) -> Query:
        """The query parameters of the current request; an empty one is an absent one."""
        given = self.event.get("queryStringParameters") or {}
        return {name: value for name, value in given.items() if value}

    def _refuse(self, error: WaypostError) -> Response:
        if isinstance(error, CallFailed):
            # Nobody who asks can mend it, and no answer says what it is.
            logger().exception("CallFailed")
        if isinstance(error, TooLarge):
            tenant = self._variables.get("tenant", "{tenant}")
            error.extra.setdefault("upload", f"/analytics/uploads/{tenant}")
        return self._refused(error, self._refusal)

    def _refused(self, error: WaypostError, shape: Refusal) -> Response:
        status = statuses.of(error, self._source)
        # At a level that a deployed stack leaves out: CloudWatch bills every line.
        logger().info(REFUSED, extra={"code": error.code, "status": status})
        body = shape(error, status, self.path)
        return reply(body, status, _refusal_headers(error, self._source))


def reply(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(status, JSON, _to_json(body), headers or {})


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
