"""
A request as a function gets it from a REST API, and a function's answer as a client gets it.

The rules are AWS's: "Lambda proxy integrations in API Gateway" of the API Gateway developer guide,
its "important notes" for REST APIs, and what deployed APIs were seen to send where it is silent:
`path` and the values of `pathParameters` keep their percent-encoding and `path` its slashes, query
parameters are decoded, and of several values the last stands alone.
"""

import base64
import re
import time
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import unquote_plus
from uuid import uuid4

import msgspec

from waypost.local.gateway import Answer, Headers
from waypost.local.routes import Route

Scope = MutableMapping[str, Any]
Event = dict[str, Any]

STAGE = "prod"
_ACCOUNT = "000000000000"
# What describes one connection ends with it.
_HOP = frozenset(
    {
        *("connection", "keep-alive", "transfer-encoding", "content-length", "te"),
        *("trailer", "upgrade", "proxy-authorization", "expect"),
    }
)
# What a header may be in a function's answer.
_Plain = str | int | float | bool
_PARTED = re.compile("[&;]")


class _Returned(msgspec.Struct):
    statusCode: Annotated[int, msgspec.Meta(ge=100, lt=600)]
    headers: dict[str, _Plain] | None = None
    multiValueHeaders: dict[str, list[_Plain]] | None = None
    body: str | None = None
    isBase64Encoded: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One request: how it came in, and its body without a declared coding."""

    scope: Scope
    body: bytes

    @property
    def path(self) -> str:
        """As sent, without its query."""
        return str(self.scope["raw_path"].decode("latin-1")).partition("?")[0]


def event(request: Request, route: Route, api: str) -> Event:
    """What the function of a route is invoked with; its REST API is called `api`.

    The template declares every body binary, so every body is base64.
    """
    scope, path, body = request.scope, request.path, request.body
    headers = _headers(scope)
    query = _query(scope["query_string"].decode("latin-1"))
    return {
        "resource": route.resource,
        "path": path,
        "httpMethod": scope["method"],
        "headers": _last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": route.parameters or None,
        "stageVariables": None,
        "requestContext": _context(scope, path, route, api),
        "body": base64.b64encode(body).decode() if body else None,
        "isBase64Encoded": bool(body),
    }


def _context(scope: Scope, path: str, route: Route, api: str) -> Event:
    now = time.time()
    request = str(uuid4())
    headers = dict(scope["headers"])
    return {
        "accountId": _ACCOUNT,
        "apiId": api,
        "domainName": headers.get(b"host", b"").decode("latin-1"),
        "extendedRequestId": request,
        "httpMethod": scope["method"],
        "identity": {
            "sourceIp": _client(scope),
            "userAgent": headers.get(b"user-agent", b"").decode("latin-1"),
        },
        "path": f"/{STAGE}{path}",
        "protocol": f"HTTP/{scope['http_version']}",
        "requestId": request,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
        "resourcePath": route.resource,
        "stage": STAGE,
    }


def _headers(scope: Scope) -> dict[str, list[str]]:
    """The headers with those that the gateway adds, every value of each in its order.

    Names are in lower case, as from a client that speaks HTTP/2.
    """
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        if (plain := name.decode("latin-1").lower()) not in _HOP:
            headers.setdefault(plain, []).append(value.decode("latin-1"))
    before = headers.get("x-forwarded-for", [])
    headers["x-forwarded-for"] = [", ".join([*before, _client(scope)])]
    headers["x-forwarded-proto"] = [scope["scheme"]]
    return headers


def _query(text: str) -> dict[str, list[str]]:
    """The parameters, decoded; a semicolon parts them as well, says AWS."""
    query: dict[str, list[str]] = {}
    for pair in filter(None, _PARTED.split(text)):
        name, _, value = pair.partition("=")
        query.setdefault(unquote_plus(name), []).append(unquote_plus(value))
    return query


def _last(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: several[-1] for name, several in values.items()}


def _client(scope: Scope) -> str:
    return str((scope.get("client") or ("127.0.0.1",))[0])


def answer(payload: bytes) -> Answer:
    """A client's answer, from what a function returned as JSON.

    Raises `ValueError` where that is none: the gateway calls it a malformed proxy response.
    """
    returned = msgspec.json.decode(payload, type=_Returned)
    body = returned.body or ""
    data = base64.b64decode(body, validate=True) if returned.isBase64Encoded else body.encode()
    return returned.statusCode, _answered(returned), data


def _answered(returned: _Returned) -> Headers:
    """Both kinds of headers as one list; a name among those of several values is taken there."""
    several = returned.multiValueHeaders or {}
    taken = {name.lower() for name in several}
    single = returned.headers or {}
    merged = {name: [value] for name, value in single.items() if name.lower() not in taken}
    headers = [
        (name.lower().encode("latin-1"), str(value).encode("latin-1"))
        for name, values in {**merged, **several}.items()
        for value in values
        if name.lower() not in _HOP
    ]
    if not any(name == b"content-type" for name, _ in headers):
        headers.append((b"content-type", b"application/json"))
    return headers
