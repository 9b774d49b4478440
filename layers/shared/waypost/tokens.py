"""Tokens: 256 random bits behind `wp_`, stored only as SHA-256, scoped to one tenant."""

import base64
import binascii
import hmac
import secrets
from hashlib import sha256
from typing import Literal

from msgspec import Struct

from waypost.errors import Forbidden, Unauthorised

Scope = Literal["read", "write", "admin"]
_MAX_HEADER = 1024
_PREFIX = "wp_"


class Grant(Struct, frozen=True):
    """What a token allows: one tenant, and some scopes."""

    tenant: str
    scopes: frozenset[str]

    def require(self, scope: Scope) -> "Grant":
        """This grant, or `Forbidden`."""
        if scope not in self.scopes:
            raise Forbidden(f"this token lacks the scope {scope}", code="scope_missing")
        return self


def new() -> str:
    return _PREFIX + secrets.token_hex(32)


def is_token(text: str) -> bool:
    """Whether a credential is meant as a token; anything else can only be a tenant's id."""
    return text.startswith(_PREFIX)


def digest(token: str) -> str:
    """What is stored of a token. High entropy needs no slow hash."""
    # Half a surrogate pair in a header makes an unknown token, not an error.
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def same(token: str, other: str) -> bool:
    # Takes as long whatever the tokens have in common.
    return hmac.compare_digest(token.encode(), other.encode())


def from_header(value: str | None) -> str:
    """The token of an `Authorization` header, Bearer or Basic (as user name, colon or not).

    Raises `Unauthorised` for anything else.
    """
    if not value or len(value) > _MAX_HEADER:
        raise Unauthorised("send Authorization: Bearer <token>", code="token_missing")
    scheme, _, credential = value.strip().partition(" ")
    credential = credential.strip()
    if scheme.lower() == "bearer" and credential:
        return credential
    if scheme.lower() == "basic":
        return _basic(credential)
    raise Unauthorised("send Authorization: Bearer <token>", code="token_missing")


def _basic(credential: str) -> str:
    try:
        text = base64.b64decode(credential, validate=True).decode()
    except (binascii.Error, ValueError):
        raise Unauthorised("the Basic credential is not base64 text", code="bad_token") from None
    token = text.partition(":")[0]
    if not token:
        raise Unauthorised("the Basic credential has no user name", code="bad_token")
    return token
