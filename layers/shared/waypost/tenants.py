"""Tenant: a company that runs its tracking through Waypost, and the settings it may choose."""

import re
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from waypost import tokens
from waypost.times import DAY_MS

TypeConflicts = Literal["set_aside", "coerce", "keep", "change"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
# Neither `|` nor `/`: an id is a part of keys in tables and of paths in buckets.
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Rule(Struct, omit_defaults=True, frozen=True, forbid_unknown_fields=True):
    """Globs over actions, for one source or for all; case matters. Deny beats allow.

    With an `allow` list, only the actions on it are taken. A rule with a `site`, a glob over names
    of sites in any case, is about events of these alone (`waypost.ingest.filters`).
    `short_actions`: what is not `context.activity` of at most 32 characters is refused.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    source: str | None = None
    site: str | None = None
    short_actions: bool = False


class Placeholders(Struct, omit_defaults=True, frozen=True, forbid_unknown_fields=True):
    """How a tenant's list of values that count as absent differs from the common one.

    `add` are more of them, for every field; `keep` are values that say something here.
    """

    add: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()


NO_CHANGES = Placeholders()


class Tenant(Struct, omit_defaults=True, frozen=True):
    """Settings of one tenant, each with the default that a new tenant gets.

    `domain_confidence` is the least confidence (0 to 1) at which an account guessed from an
    e-mail domain is believed. `rules` allow and deny actions. `type_conflicts` says what becomes
    of a property whose type is not the first one seen (`waypost.ingest.schema`); `event_types`
    extends the closed list of the learning platform. `placeholders` changes the list of
    `waypost.sources.formats.placeholders`. Days and weeks of questions begin at midnight in
    `timezone`, an IANA name, weeks on `week_starts_on`.

    `secret` keys the ids of the tenant's users. It is no setting: nobody chooses it, no answer
    shows it, and it never changes once the tenant is stored. Empty, ids are not keyed.
    """

    id: str
    name: str = ""
    retention_days: int = 90
    auto_create_accounts: bool = True
    domain_confidence: float = 0.65
    rules: tuple[Rule, ...] = ()
    type_conflicts: TypeConflicts = "set_aside"
    event_types: tuple[str, ...] = ()
    placeholders: Placeholders = NO_CHANGES
    timezone: str = "UTC"
    week_starts_on: Weekday = "monday"
    secret: bytes = b""

    def __repr__(self) -> str:
        # What a log or a failure shows of a tenant must not hold the secret.
        return f"Tenant({self.id!r})"

    def __rich_repr__(self) -> list[tuple[str, str]]:
        return [("id", self.id)]

    def is_hot(self, time: int, now: int) -> bool:
        """Whether an event of that time still gets a row; an older one goes to the lake only."""
        return time > now - self.retention_days * DAY_MS

    def expires(self, time: int) -> int:
        """Epoch seconds at which a row of that event time may vanish (DynamoDB's TTL)."""
        return (time + self.retention_days * DAY_MS) // 1000


def is_id(text: str) -> bool:
    """Whether a text can be a tenant id at all; the rest is not worth a lookup."""
    return _ID.fullmatch(text) is not None and not tokens.is_token(text)


class Tenants(Protocol):
    def get(self, tenant: str) -> Tenant | None:
        """The tenant, or None where nobody has that id."""


def settings_of(id: str, known: Tenants | dict[str, Tenant]) -> Tenant:
    """The tenant's settings; the defaults where it was deleted with work for it still in flight."""
    return known.get(id) or Tenant(id)


def encode(tenant: Tenant) -> str:
    return msgspec.json.encode(tenant).decode()


def decode(text: str) -> Tenant:
    return msgspec.json.decode(text, type=Tenant)
