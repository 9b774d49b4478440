"""Accounts and users of a tenant, and the keys by which users are known."""

from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from waypost.event import Event

MAX_KEY_BYTES = 1024  # what DynamoDB takes as a sort key
_MAX_IDENTITY_BYTES = MAX_KEY_BYTES - 16  # fifteen digits and `#` stand before one that is listed


class User(Struct, omit_defaults=True):
    """A person. `account_at` is the event time (epoch ms) that last named the account.

    `reason` and `confidence` say why the user is in that account, or why in none. `traits` are
    what senders said of the user, `traits_at` when (epoch ms). What an open door says never
    changes the name, e-mail or account of a `verified` user. `merged_into` is the user that an
    anonymous one turned out to be. Of each kind of key the first stands here; the further ones,
    which may be any number, are items of their own.
    """

    id: str
    created: int = 0
    external_id: str | None = None
    email: str | None = None
    anonymous_id: str | None = None
    name: str | None = None
    account_id: str | None = None
    account_at: int = -1  # no sender named the account: there is none, or it is a guess
    reason: str = ""
    confidence: float = 0.0
    suggestion: str | None = None
    possible_duplicate: str | None = None
    version: int = 0
    traits: dict[str, Any] = {}
    traits_at: dict[str, int] = {}
    verified: bool = False
    merged_into: str | None = None


class Account(Struct, omit_defaults=True):
    """A customer of the tenant, by the id that the tenant gave it. Its `traits` are as a user's."""

    id: str
    created: int = 0
    name: str | None = None
    version: int = 0
    traits: dict[str, Any] = {}
    traits_at: dict[str, int] = {}


def user_keys(whose: Event | User) -> list[str]:
    """The identity keys of an event or a user, strongest first: external id, e-mail, anonymous."""
    # An address is the same in capitals; the case of an id may tell two users apart.
    keys = []
    if whose.external_id is not None:
        keys.append(identity_key("x", whose.external_id))
    if whose.email is not None:
        keys.append(identity_key("e", whose.email.casefold()))
    if whose.anonymous_id is not None:
        keys.append(identity_key("a", whose.anonymous_id))
    return keys


def identity_key(kind: str, value: str) -> str:
    """`x:ann`; `xh:` and a hash where that is longer than a table takes."""
    key = f"{kind}:{value}"
    # A character takes at most four bytes, so short keys need not be encoded to be measured.
    if len(key) * 4 <= _MAX_IDENTITY_BYTES or len(key.encode()) <= _MAX_IDENTITY_BYTES:
        return key
    return f"{kind}h:{blake2b(value.encode(), digest_size=32).hexdigest()}"


def is_name(text: str) -> bool:
    """Whether anything can bear this name at all; the rest is not worth a lookup."""
    try:
        return 0 < len(text.encode()) <= MAX_KEY_BYTES
    except UnicodeEncodeError:
        return False


def user_id(tenant: str, key: str, secret: bytes) -> str:
    """The id of a user first seen under an identity key: the same whoever sees it first.

    Keyed with the tenant's secret: who knows a key, even an e-mail, cannot tell the id by it.
    """
    text = f"{tenant}\0{key}".encode("utf-8", "surrogatepass")
    return "u_" + blake2b(text, key=secret, digest_size=12).hexdigest()


def encode(thing: User | Account) -> str:
    return msgspec.json.encode(thing).decode()


def decode_user(text: str) -> User:
    return msgspec.json.decode(text, type=User)


def decode_account(text: str) -> Account:
    return msgspec.json.decode(text, type=Account)
