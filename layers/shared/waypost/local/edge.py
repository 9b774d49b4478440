"""
The local default's front: the gateway of the template's REST API, at plain URLs.

It knows no route of its own but `/health`; what routes exist comes from the template alone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

import msgspec

from waypost.errors import Malformed, TooLarge
from waypost.local import proxy
from waypost.local.gateway import Answer, GatewayResponses, Headers
from waypost.local.ports import Invoked
from waypost.local.proxy import Scope
from waypost.local.routes import Route, Routes
from waypost.local.workers import FunctionFailed
from waypost.sources.formats import squeezed

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

GATEWAY_BYTES = 10 * 1024 * 1024
# What Lambda lets through each way, as JSON.
LAMBDA_BYTES = 6_291_556
INTEGRATION_SECONDS = 29
_HEALTH = 200, [(b"content-type", b"application/json")], b'{"status":"ok"}'
_log = logging.getLogger(__name__)


class Edge:
    """An ASGI application: one REST API, whose functions are found by their logical ids."""

    def __init__(
        self,
        *,
        api: str,
        routes: Routes,
        responses: GatewayResponses,
        functions: Mapping[str, Invoked],
    ) -> None:
        self._api = api
        self._routes = routes
        self._responses = responses
        self._functions = functions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, headers, body = await self._answer(scope, receive)
        headers = [*headers, (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        if scope["path"] == "/health":
            return _HEALTH
        body = await read(receive)
        try:
            plain = None if body is None else inflate(body, scope["headers"])
        except ValueError:
            return self._responses.answer("UNSUPPORTED_MEDIA_TYPE")
        if plain is None:
            return self._responses.answer("REQUEST_TOO_LARGE")
        request = proxy.Request(scope, plain)
        route = self._routes.find(scope["method"], request.path)
        if route is None:
            return self._responses.answer("MISSING_AUTHENTICATION_TOKEN")
        payload = msgspec.json.encode(proxy.event(request, route, self._api))
        if len(payload) > LAMBDA_BYTES:
            return self._responses.answer("REQUEST_TOO_LARGE")
        return await self._invoke(route, payload)

    async def _invoke(self, route: Route, payload: bytes) -> Answer:
        try:
            async with asyncio.timeout(INTEGRATION_SECONDS):
                returned = await self._functions[route.function].invoke(payload)
            if len(returned) > LAMBDA_BYTES:
                raise ValueError(f"{len(returned)} bytes are more than Lambda's {LAMBDA_BYTES}")
            return proxy.answer(returned)
        except TimeoutError:
            return self._responses.answer("INTEGRATION_TIMEOUT")
        except (FunctionFailed, ValueError) as error:
            _log.error("502 of %s, %s: %s", route.function, route.resource, error)
            return self._responses.bad_gateway()


async def read(receive: Receive) -> bytes | None:
    """The request's body, or None where it is larger than the gateway takes."""
    parts, size = [], 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if not message.get("more_body"):
            return b"".join(parts) if size <= GATEWAY_BYTES else None
        if size > GATEWAY_BYTES:
            parts.clear()  # the rest is still read, since a client that is sending hears no answer


def inflate(body: bytes, headers: Headers) -> bytes | None:
    """The body as a REST API hands it on: declared gzip or deflate is undone; None past 10 MB.

    All members of a gzip count. Raises `ValueError` for another coding, and for a body that is not
    what it declares.
    """
    declared = (value for name, value in headers if name.lower() == b"content-encoding")
    coding = next(declared, b"").decode("latin-1").strip().lower()
    if coding in ("", "identity") or not body:
        return body
    if coding not in ("gzip", "deflate"):
        raise ValueError(coding)
    try:
        return b"".join(squeezed.members(body, GATEWAY_BYTES))
    except TooLarge:
        return None
    except Malformed as error:
        raise ValueError(coding) from error
