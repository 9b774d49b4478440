"""Conformance: the properties of what `match` holds, brought to the types of their tenant."""

import msgspec
from msgspec import Struct

from waypost.errors import Unavailable
from waypost.event import Event, Reject
from waypost.ingest import schema as schemas
from waypost.ingest.messages import Message
from waypost.ingest.ports import MatchStores
from waypost.ingest.schema import Conflict, Properties, Schema
from waypost.lake.records import STORED, UNASSIGNED, Landed
from waypost.tenants import Tenant, TypeConflicts

CODE = "type_conflict"
MAX_NOTES = 10
_ATTEMPTS = 10
_SHOWN = 400
_LEFT = {
    "set_aside": "it was set aside",
    "coerce": "it was read as {expected}, or set aside where it cannot be",
    "keep": "it was kept",
    "change": "it was kept, and {found} is the key's type from now on",
}


class _Finding(Struct):
    """One event whose properties gave cause for a note."""

    message: Message
    event: Event
    clean: Properties
    notes: list[Reject]


def settle_types(
    tenant: Tenant, messages: list[Message], stores: MatchStores
) -> list[tuple[Message, Event]]:
    """Holds all properties against the tenant's types, and keeps the types of new keys.

    Answers the events that it changed, in place; the notes join the rejects of their messages.
    While every key is known and of its type this costs no call. A message that comes again gets
    the same result: what the types were when it came first is known, and nothing is changed before
    they are kept.
    """
    if not any(event.properties for message in messages for event in message.events):
        return []
    known = stores.schemas.get(tenant.id)
    grown, findings = _judge(messages, known, tenant.type_conflicts)
    if grown is not known or findings:
        findings = _agree(tenant, messages, stores)
    for one in findings:
        one.message.rejects = one.message.rejects + one.notes
    cleaned = [one for one in findings if one.clean != one.event.properties]
    for one in cleaned:
        one.event.properties = one.clean or None
    return [(one.message, one.event) for one in cleaned]


def correct_rows(
    tenant: Tenant,
    cleaned: list[tuple[Message, Event]],
    records: list[Landed],
    stores: MatchStores,
    now: int,
) -> None:
    """The door writes the row of a single event before its properties are held against types."""
    if not cleaned:
        return
    counted = {(one.receipt, one.n) for one in records if one.verdict in (STORED, UNASSIGNED)}
    for message, event in cleaned:
        if (message.receipt, event.n) in counted and tenant.is_hot(event.time, now):
            stores.rows.replace(tenant, message.receipt, event)


def _agree(tenant: Tenant, messages: list[Message], stores: MatchStores) -> list[_Finding]:
    """The findings under types that were read just now, and that stand in the store."""
    for _ in range(_ATTEMPTS):
        known = stores.schemas.get(tenant.id, fresh=True)
        grown, findings = _judge(messages, known, tenant.type_conflicts)
        if grown is known or stores.schemas.put(tenant.id, grown):
            return findings
    raise Unavailable("many others are teaching this tenant's types; the messages will come again")


def _judge(
    messages: list[Message], schema: Schema, policy: TypeConflicts
) -> tuple[Schema, list[_Finding]]:
    """What the messages make of a schema, and what it makes of them. Changes neither."""
    findings: list[_Finding] = []
    for message in messages:
        place = f"{message.received:015d}-{message.receipt}#{message.part:06d}"
        then = schema.at(place)
        learned: dict[str, str] = {}
        for event in message.events:
            if not event.properties:
                continue
            clean, conflicts, types = schemas.check(event.properties, then, policy)
            if types:
                learned |= types
                then = msgspec.structs.replace(then, types=then.types | types)
            if conflicts:
                notes = _notes(event.n, conflicts, policy)
                findings.append(_Finding(message, event, clean, notes))
        if learned:
            schema = schema.grown(learned, place, message.received)
    return schema, findings


def _notes(n: int, conflicts: list[Conflict], policy: TypeConflicts) -> list[Reject]:
    """A note per conflict; those of an event that has very many are one note at the end."""
    notes = [_note(n, conflict, policy) for conflict in conflicts[:MAX_NOTES]]
    if rest := conflicts[MAX_NOTES:]:
        values = {conflict.path[:_SHOWN]: conflict.value for conflict in rest}
        last = notes[-1]
        message = f"{len(rest)} more values of this event are not of their keys' types"
        notes.append(Reject(n, CODE, message, last.field, None, _text(values), "noted"))
    return notes


def _note(n: int, conflict: Conflict, policy: TypeConflicts) -> Reject:
    key, path, expected, found = conflict.key, conflict.path, conflict.expected, conflict.found
    path = path if len(path) <= _SHOWN else f"…{path[-_SHOWN:]}"
    message = (
        f'"{key}" is of type {expected}, and {path} holds a value of type {found}: '
        f"{_LEFT[policy].format(expected=expected, found=found)}; "
        f"send {expected}, or change the type with PUT /api/v1/schema/{key}"
    )
    detail = {"key": key, "path": path, "expected": expected, "found": found}
    return Reject(n, CODE, message, key, None, _text(conflict.value), "noted", detail)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()[:2000]
