"""
The thin edge in front of the emulated REST API: plain URLs, and the gateway's own behaviour.

It knows no route of its own but `/health`; what routes exist comes from the template alone.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote

import urllib3

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

GATEWAY_BYTES = 10 * 1024 * 1024
LAMBDA_EVENT_BYTES = 6 * 1024 * 1024
_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"transfer-encoding",
        b"host",
        b"content-length",
        b"te",
        b"trailer",
        b"upgrade",
        b"proxy-authorization",
        b"expect",
    }
)
_OWN_ERRORS = {"MissingAuthenticationTokenException": "MISSING_AUTHENTICATION_TOKEN"}


class Edge:
    """An ASGI application that forwards to one stage of the emulated API."""

    def __init__(self, *, url: str, api: str, stage: str, responses: dict[str, Any]) -> None:
        self._base = f"{url}/restapis/{api}/{stage}/_user_request_"
        self._pool = urllib3.PoolManager(maxsize=64, retries=False, timeout=urllib3.Timeout(120))
        self._threads = ThreadPoolExecutor(64)
        self._responses = responses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        status, headers, body = await self._answer(scope, receive)
        # What describes one connection ends with it; the length is that of this body.
        headers = [(name, value) for name, value in headers if name.lower() not in _HOP]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, Headers, bytes]:
        if scope["path"] == "/health":
            return 200, [(b"content-type", b"application/json")], b'{"status":"ok"}'
        headers = [(n, v) for n, v in scope["headers"] if n.lower() not in _HOP]
        body = await read(receive)
        try:
            plain = None if body is None else inflate(body, headers)
        except ValueError:
            return self.gateway_response("UNSUPPORTED_MEDIA_TYPE")
        if plain is None or too_large(plain, headers):
            return self.gateway_response("REQUEST_TOO_LARGE")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._forward, scope, headers, plain)

    def _forward(self, scope: Scope, headers: Headers, body: bytes) -> tuple[int, Headers, bytes]:
        path = scope["raw_path"].decode("latin-1").split("?")[0]
        path = path.rstrip("/") or "/"
        if not {".", ".."}.isdisjoint(unquote(path).split("/")):  # would lead out of the stage
            return self.gateway_response("MISSING_AUTHENTICATION_TOKEN")
        query = scope["query_string"].decode("latin-1")
        answer = self._pool.request(
            scope["method"],
            self._base + path + (f"?{query}" if query else ""),
            body=body,
            headers=_forwarded(headers),
            redirect=False,
            decode_content=False,
        )
        own = answer.headers.get("x-amzn-errortype", "").split(":")[0]
        if own in _OWN_ERRORS:
            return self.gateway_response(_OWN_ERRORS[own])
        answered = [(n.encode("latin-1"), v.encode("latin-1")) for n, v in answer.headers.items()]
        return answer.status, answered, answer.data

    def gateway_response(self, kind: str) -> tuple[int, Headers, bytes]:
        """What the template says the gateway answers by itself in a case of this kind."""
        response = self._responses[kind]
        headers = [
            (name.lower().encode(), value.strip("'").encode())  # a literal stands in quotes
            for name, value in response["ResponseParameters"]["Headers"].items()
        ]
        body = response["ResponseTemplates"]["application/json"].encode()
        return int(response["StatusCode"]), [*headers, (b"content-type", b"application/json")], body


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

    Raises `ValueError` for another coding, and for a body that is not what it declares.
    """
    coding = next(
        (v.decode().strip().lower() for n, v in headers if n.lower() == b"content-encoding"), ""
    )
    if coding in ("", "identity") or not body:
        return body
    if coding not in ("gzip", "deflate"):
        raise ValueError(coding)
    stream = zlib.decompressobj(wbits=47)  # 15 for the window, 32 for gzip and zlib alike
    try:
        plain = stream.decompress(body, GATEWAY_BYTES + 1)
    except zlib.error as error:
        raise ValueError(coding) from error
    if len(plain) > GATEWAY_BYTES:
        return None
    if not stream.eof:
        raise ValueError(coding)
    return plain


def too_large(body: bytes, headers: Headers) -> bool:
    """Whether the event would be more than a synchronous Lambda takes: base64 adds a third."""
    # Headers stand in the event twice, once as lists; path, query and context take the rest.
    rest = sum(len(name) + len(value) + 8 for name, value in headers) * 2 + 4096
    return len(body) * 4 // 3 + rest > LAMBDA_EVENT_BYTES


def _forwarded(headers: Headers) -> dict[str, str]:
    """The headers for the emulator; a body without a content type is bytes all the same."""
    forwarded = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
    forwarded.setdefault("content-type", "application/octet-stream")
    return forwarded
