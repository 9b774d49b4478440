"""
Planhat's models: what a company and an enduser have in common, and how a record is named.

| model    | in Waypost | `_id`                                                  |
|----------|------------|--------------------------------------------------------|
| company  | Account    | hash of the tenant and its externalId, 24 hex digits   |
| enduser  | User       | the hex digits of the user's id                        |

A record is named by its `_id`, by `extid-` and its externalId, or by `srcid-` and its sourceId.
A company posted without an externalId gets its `_id` for one in Waypost, and shows none.
Every field but the named ones is a trait of its account or user, kept under Planhat's name.
"""

import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from typing import Any, ClassVar, NamedTuple

import msgspec

from waypost.event import MAX_EVENT_BYTES, MAX_ID, MAX_TEXT, Event, ItemError, check_properties
from waypost.profiles import traits
from waypost.profiles.directory import Account, User, identity_key
from waypost.profiles.view import View
from waypost.sources.formats import fields
from waypost.sources.formats.placeholders import Who
from waypost.tenants import Tenant

Record = dict[str, Any]
_HEX = re.compile(r"[0-9a-f]{24}")
# Planhat's own ids begin with the second they were made in, and ffffffff lies in the year 2106:
# none of them is taken for one that was made here.
MADE = re.compile(r"f{8}[0-9a-f]{16}")
_PLAIN = (str, int, float, bool)


class Reference(NamedTuple):
    """How a record is named: `by` is `_id`, `externalId` or `sourceId`."""

    by: str
    value: str


_PREFIXES = {"extid-": "externalId", "srcid-": "sourceId"}


def reference(text: str) -> Reference | None:
    """The reference that a text is, or None where it is none."""
    for prefix, by in _PREFIXES.items():
        if text.startswith(prefix) and (value := text.removeprefix(prefix).strip()):
            return Reference(by, value)
    return Reference("_id", text.lower()) if _HEX.fullmatch(text.lower()) else None


def company_id(tenant: str, account: str) -> str:
    """The `_id` of an account. SQL that lists companies computes the same."""
    if is_made(account):
        return account
    name = f"{tenant}\0{account}".encode("utf-8", "surrogatepass")
    return sha256(name).hexdigest()[:24]


def made_id(source_id: str | None) -> str:
    """An account id for a company without an externalId: the same for the same sourceId."""
    if source_id is None:
        return "f" * 8 + secrets.token_hex(8)
    # Two requests that race to create the company then make one, not two.
    return "f" * 8 + blake2b(source_id.encode(), digest_size=8).hexdigest()


def is_made(account: str) -> bool:
    """Whether an account's id was made here, so that it has no externalId."""
    return MADE.fullmatch(account) is not None


def company_pointer(tenant: str, account: str) -> str:
    """The key under which an account is found by its `_id`."""
    return f"ci:{company_id(tenant, account)}"


@dataclass(slots=True)
class Draft:
    """What a sender says of one record: which one it means, and what is to be known of it."""

    id: str | None
    external_id: str | None
    source_id: str | None
    name: str | None
    traits: dict[str, Any]
    email: str | None = None
    company: Reference | None = None
    made: str = ""


@dataclass(slots=True)
class Desk:
    """What one slice of an upsert works on, and what it wants pointed at or forgotten.

    `known` are the ids that pointers lead to, `users` those that the drafts name by id.
    """

    tenant: Tenant
    now: int
    view: View
    known: dict[str, str]
    users: dict[str, User] = field(default_factory=dict)
    pointers: dict[str, str] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)


class Verdict(NamedTuple):
    """What became of one draft: `created`, `updated` or `unchanged`, and the record now."""

    kind: str
    record: Record


class Model(ABC):
    """One of the two models: its route, its pointer of source ids, and what tells them apart.

    `who` are the fields in which a placeholder would make one record of many.
    `known` are the ids that pointers lead to.
    """

    name: ClassVar[str]
    source: ClassVar[str]
    unknown: ClassVar[str]
    who: ClassVar[Who]

    @abstractmethod
    def pointer(self, reference: Reference) -> str | None:
        """The key that leads to a record, or None where the reference holds its id."""

    @abstractmethod
    def located(self, reference: Reference, known: Mapping[str, str]) -> str | None:
        """The id in Waypost of the record that a reference means."""

    @abstractmethod
    def record(self, tenant: str, stored: Any) -> Record:
        """An account or a user as Planhat's clients read it."""

    @abstractmethod
    def draft(self, item: Record) -> Draft:
        """What an item says of a record. Raises `ItemError`."""

    @abstractmethod
    def named(self, draft: Draft, known: Mapping[str, str]) -> str | None:
        """The id in Waypost of the record that a draft names."""

    @abstractmethod
    def event(self, draft: Draft, known: Mapping[str, str], time: int) -> Event:
        """The traits that a draft tells, as an event of a sender that may change them."""

    @abstractmethod
    def apply(self, draft: Draft, desk: Desk) -> Verdict:
        """Writes a draft to the view of the desk. Raises `ItemError`."""

    def pointers(self, draft: Draft) -> set[str]:
        """The keys that must be looked up before the draft can be applied."""
        own = [("_id", draft.id), ("sourceId", draft.source_id)]
        pointers = {self.pointer(Reference(by, value)) for by, value in own if value}
        return {pointer for pointer in pointers if pointer is not None}


def draft(item: Record, own: frozenset[str]) -> Draft:
    """The part of a draft that both models have; fields in `own` are no traits.

    Raises `ItemError`.
    """
    if len(msgspec.json.encode(item)) > MAX_EVENT_BYTES:
        raise ItemError("record_too_large", f"a record may take {MAX_EVENT_BYTES} bytes as JSON")
    id = fields.text(item, "_id")
    if id is not None and not _HEX.fullmatch(id.lower()):
        raise ItemError("invalid_id", "_id must be 24 hexadecimal digits", "_id")
    check_properties(item, "the record")
    return Draft(
        id=id and id.lower(),
        external_id=fields.short(item, MAX_ID, "externalId"),
        source_id=fields.short(item, MAX_ID, "sourceId"),
        name=fields.short(item, MAX_TEXT, "name"),
        traits=_traits(item, own),
    )


def _traits(item: Record, own: frozenset[str]) -> dict[str, Any]:
    kept = {name: value for name, value in item.items() if name not in own and value is not None}
    tags, custom = kept.get("tags", []), kept.get("custom", {})
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise ItemError("invalid_type", "tags must be an array of texts", "tags")
    if not isinstance(custom, dict):
        raise ItemError("invalid_type", "custom must be a JSON object", "custom")
    for name, value in custom.items():
        if value is not None and not isinstance(value, _PLAIN):
            message = f"custom.{name} must be a text, a number, a date, true or false"
            raise ItemError("invalid_type", message, f"custom.{name}")
    return kept


def check_room(known: Account | User | None, new: dict[str, Any], now: int) -> None:
    """Raises `ItemError` where a record would hold more than it may, rather than dropping it."""
    old, times = (known.traits, known.traits_at) if known else ({}, {})
    # Where the new traits do not fit, `merged` hands back the very dict that it was given.
    if traits.merged(old, times, new, now)[0] is old:
        raise ItemError("record_too_large", f"a record may hold {traits.MAX_BYTES} bytes as JSON")


def source_pointer(model: Model, source_id: str) -> str:
    return identity_key(model.source, source_id)


def check_source(model: Model, draft: Draft, id: str, desk: Desk) -> None:
    """Raises `ItemError` where the sourceId is another record's than the one named by `_id`."""
    if draft.id is None or draft.source_id is None:
        return
    if desk.known.get(source_pointer(model, draft.source_id), id) != id:
        raise ItemError("identity_taken", "another record has this sourceId", "sourceId")


def link_source(model: Model, draft: Draft, id: str, old: object, desk: Desk) -> None:
    """Has the sourceId lead to the record, and the one that it had before lead nowhere."""
    if draft.source_id is None:
        return
    pointer = source_pointer(model, draft.source_id)
    if desk.known.get(pointer) != id:
        desk.known[pointer] = desk.pointers[pointer] = id
    # Together with the id: the store forgets it only where it still leads to this record.
    if isinstance(old, str) and old != draft.source_id:
        desk.gone[source_pointer(model, old)] = id


def verdict(before: Record | None, after: Record) -> Verdict:
    if before is None:
        return Verdict("created", after)
    return Verdict("unchanged" if before == after else "updated", after)


def unknown(model: Model) -> ItemError:
    return ItemError(model.unknown, f"no record of {model.name} has this _id", "_id")


def immutable(name: str) -> ItemError:
    message = f"{name} of a record cannot be changed; delete it and send it anew"
    return ItemError("immutable_field", message, name)
