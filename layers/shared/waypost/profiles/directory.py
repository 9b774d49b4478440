"""Accounts and users of a tenant, and the view of them that one matching run works on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from waypost.event import Event

MAX_KEY_BYTES = 1024  # what DynamoDB takes as a sort key


class User(Struct, omit_defaults=True):
    """A person. `account_at` is the event time (epoch ms) that last named the account.

    `reason` and `confidence` say why the user is in that account, or why in none. `keys` are the
    identity keys that point here, and under which the user's event rows lie. `traits` are what
    senders said of the user, `traits_at` when (epoch ms). What an open door says never changes
    the name, e-mail or account of a `verified` user. `merged_into` is the user that an anonymous
    one turned out to be, `absorbed` are the ids of those that turned out to be this one.
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
    keys: list[str] = []
    version: int = 0
    traits: dict[str, Any] = {}
    traits_at: dict[str, int] = {}
    verified: bool = False
    merged_into: str | None = None
    absorbed: list[str] = []


class Account(Struct, omit_defaults=True):
    """A customer of the tenant, by the id that the tenant gave it. Its `traits` are as a user's."""

    id: str
    created: int = 0
    name: str | None = None
    version: int = 0
    traits: dict[str, Any] = {}
    traits_at: dict[str, int] = {}


class Placement(Struct, omit_defaults=True):
    """A user who got an account after events of it were held: under which ids they lie in the
    lake, under which keys in the hot store, and the hour (`YYYY-MM-DDTHH`) of the placing.
    """

    account: str
    ids: list[str]
    keys: list[str]
    hour: str = ""


@dataclass(slots=True)
class Change:
    """What a matching run wants written: each user once, with the pointers that are new for it.

    `moved` holds, by key, the users that a pointer leads from and to; `domains` the account by
    (e-mail domain, user id); `placed`, by user id, whose held events now have an account.
    """

    users: dict[str, User] = field(default_factory=dict)
    new_users: set[str] = field(default_factory=set)
    pointers: dict[str, str] = field(default_factory=dict)
    moved: dict[str, tuple[str, str]] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    domains: dict[tuple[str, str], str] = field(default_factory=dict)
    placed: dict[str, Placement] = field(default_factory=dict)


class View:
    """The part of the directory that a batch needs, with this run's changes laid over it."""

    def __init__(
        self,
        *,
        pointers: dict[str, str],
        users: Iterable[User],
        accounts: Iterable[Account],
        domains: dict[str, dict[str, int]],
    ) -> None:
        self._pointers = dict(pointers)
        self._users = {user.id: user for user in users}
        self._accounts = {account.id: account for account in accounts}
        self.domains = domains
        self.change = Change()

    def user_at(self, key: str) -> User | None:
        """The user that an identity key points at."""
        id = self._pointers.get(key)
        return None if id is None else self._users.get(id)

    def account(self, id: str) -> Account | None:
        return self._accounts.get(id)

    def add_account(self, account: Account) -> None:
        self._accounts[account.id] = self.change.accounts[account.id] = account

    def update_account(self, account: Account, **fields: object) -> None:
        """Sets fields of an account and remembers to write it, where anything differs."""
        if _set(account, fields):
            self.change.accounts[account.id] = account

    def add_user(self, user: User) -> None:
        self._users[user.id] = self.change.users[user.id] = user
        self.change.new_users.add(user.id)

    def point(self, key: str, user: User) -> None:
        """Points a key at a user where it points at nobody yet; the user's events lie there too."""
        if key not in self._pointers:
            self._pointers[key] = self.change.pointers[key] = user.id
            self.update(user, keys=[*user.keys, key])

    def merge(self, key: str, anonymous: User, user: User) -> None:
        """Leads the one key of an anonymous user to the person that it turned out to be."""
        self._pointers[key] = user.id
        # A pointer that stands already may have been moved by another run: it is written on the
        # condition that it still leads to the anonymous user. One of this run has no such past.
        if self.change.pointers.pop(key, None) is None:
            self.change.moved[key] = (anonymous.id, user.id)
        else:
            self.change.pointers[key] = user.id
        self.update(anonymous, merged_into=user.id)
        self.update(user, keys=[*user.keys, key], absorbed=[*user.absorbed, anonymous.id])
        if user.account_id is not None:
            self.place(user)

    def update(self, user: User, **fields: object) -> None:
        """Sets fields of a user and remembers to write it, where anything differs."""
        if _set(user, fields):
            self.change.users[user.id] = user

    def place(self, user: User) -> None:
        """Notes that events of this user, held until now, belong to its account."""
        if user.account_id is not None:
            ids, keys = [user.id, *user.absorbed], list(user.keys)
            self.change.placed[user.id] = Placement(user.account_id, ids, keys)

    def learn_domain(self, domain: str, account: str, user: str) -> None:
        """One more known user of a domain sits in an account."""
        counts = self.domains.setdefault(domain, {})
        # One user counts once: an earlier word in the same change is taken back.
        if before := self.change.domains.get((domain, user)):
            counts[before] -= 1
        counts[account] = counts.get(account, 0) + 1
        self.change.domains[domain, user] = account


def _set(thing: User | Account, fields: dict[str, object]) -> bool:
    """Sets the fields; False where nothing differed."""
    changed = {name: value for name, value in fields.items() if getattr(thing, name) != value}
    for name, value in changed.items():
        setattr(thing, name, value)
    return bool(changed)


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
    if len(key) * 4 <= MAX_KEY_BYTES or len(key.encode()) <= MAX_KEY_BYTES:
        return key
    return f"{kind}h:{blake2b(value.encode(), digest_size=32).hexdigest()}"


def user_id(tenant: str, key: str) -> str:
    """The id of a user first seen under an identity key: the same whoever sees it first."""
    digest = blake2b(f"{tenant}\0{key}".encode("utf-8", "surrogatepass"), digest_size=12)
    return "u_" + digest.hexdigest()


def encode(thing: User | Account | Placement) -> str:
    return msgspec.json.encode(thing).decode()


def decode_user(text: str) -> User:
    return msgspec.json.decode(text, type=User)


def decode_account(text: str) -> Account:
    return msgspec.json.decode(text, type=Account)
