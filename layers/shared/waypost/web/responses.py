"""An answer of a function, and what API Gateway takes for one; whose pages may read it."""

import base64
import re
import zlib

from msgspec import Struct, field

JSON = "application/json"
# Every answer is for every origin: a token is a header, and no cookie goes along.
_READABLE = {
    "Access-Control-Allow-Origin": "*",
    # A script in a page sees a header of an answer only where it is named here.
    "Access-Control-Expose-Headers": "Retry-After,WWW-Authenticate",
}
# Seconds: Chromium remembers a preflight no longer, whatever it is told.
_PREFLIGHT_SECONDS = "7200"
# For who asks without naming any: `*` does not let Authorization through.
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
# A header's name (RFC 9110), and how many are answered: a gateway bounds all headers together.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_MOST_NAMES = 64


class Response(Struct):
    """An answer; `compress` lets it go as gzip to who accepts that."""

    status: int
    content_type: str | None = None
    body: str | bytes = ""
    headers: dict[str, str] = field(default_factory=dict)
    compress: bool = False


def preflight(methods: list[str], asked: str) -> Response:
    """Lets a page send these methods with the headers that it asks for (comma-separated names).

    Instruments of a page add headers of their own to what it sends (`traceparent`, `baggage`), so
    no list would be whole. They are only let through: no function reads one that it does not know.
    """
    names = [name for name in map(str.strip, asked.split(",")) if _NAME.fullmatch(name)]
    headers = {
        "Access-Control-Allow-Methods": ",".join(methods),
        "Access-Control-Allow-Headers": ",".join(names[:_MOST_NAMES] or _SENT_HEADERS),
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }
    return Response(204, headers=headers)


def proxied(response: Response, accepted: str, *, bare: bool = False) -> dict[str, object]:
    """What Lambda hands to API Gateway; `accepted` are the codings, `bare` is without a body."""
    headers = {**_READABLE, **response.headers}
    if response.content_type:
        headers.setdefault("Content-Type", response.content_type)
    body = response.body
    if response.compress and "gzip" in accepted:
        headers["Content-Encoding"] = "gzip"
        body = _gzip(body.encode() if isinstance(body, str) else body)
    encoded = isinstance(body, bytes)
    text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    return {
        "statusCode": response.status,
        "body": "" if bare else text,
        "isBase64Encoded": encoded and not bare,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
    }


def _gzip(body: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return stream.compress(body) + stream.flush()
