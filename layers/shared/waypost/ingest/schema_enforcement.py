"""
Schema enforcement: the properties of the events in hand, brought to the types of their tenant.

It is entered twice. `settle_types` comes before the rows are claimed, since everything that is
written of an event holds its settled properties. `correct_rows` comes after the verdicts: the door
showed a single event at once, in a row with the properties as they were sent, and only the row of
an event that counts may be written over; a resend must leave the first arrival's row alone.

Traits (the properties of an IDENTIFY or a GROUP) are no event's properties. Nothing here looks at
them: `plan` of an event and `plan` of a user are two things that happen to share a word.
"""

import msgspec
from msgspec import Struct

from waypost.deadline import Deadline
from waypost.errors import Unavailable
from waypost.event import MAX_NOTES, Event, Reject, Verdict
from waypost.ingest.arrivals import Arrival, Place
from waypost.ingest.messages import Message
from waypost.ingest.ports import EventRows, Schemas
from waypost.ingest.schema import Conflict, Properties, Schema, check
from waypost.tenants import Tenant, TypeConflicts

CODE = "type_conflict"
_SHOWN = 400
_LEFT = {
    "set_aside": "it was set aside",
    "coerce": "it was read as {expected}, or set aside where it cannot be",
    "keep": "it was kept",
    "change": "it was kept, and {actual} is the key's type from now on",
}


class _Finding(Struct):
    """One event whose properties hold conflicts: what is left of them, and a note of each."""

    message: Message
    event: Event
    clean: Properties
    notes: list[Reject]


def settle_types(
    tenant: Tenant, messages: list[Message], schemas: Schemas, deadline: Deadline
) -> set[Place]:
    """Holds all events' properties against the tenant's types, and keeps the types of new keys.

    Changes the events in place and answers where those stand that it changed; the notes join the
    rejects of their messages. While every key is known and of its type this costs no call. Raises
    `Unavailable` where other runs teach the same tenant's types again and again.

    A message that comes again gets the same result: what the types were when it came first is
    known, and no event is changed before they are kept.
    """
    if not any(_has_types(event) for message in messages for event in message.events):
        return set()
    known = schemas.get(tenant.id)
    grown, findings = _check_all(messages, known, tenant.type_conflicts)
    if grown is not known or findings:
        # What was read may be a minute old. Nothing may be taught or taken away by it.
        findings = _agree(tenant, messages, schemas, deadline)
    cleaned = set()
    for finding in findings:
        message, event = finding.message, finding.event
        message.rejects = message.rejects + finding.notes
        if finding.clean != event.properties:
            event.properties = finding.clean or None
            cleaned.add(Place(message.receipt, event.n))
    return cleaned


def correct_rows(
    tenant: Tenant, arrivals: list[Arrival], cleaned: set[Place], rows: EventRows, now: int
) -> None:
    """Writes the rows of changed events again: their door may have written them unchanged."""
    if not cleaned:
        return
    changed = [
        (arrival.message.receipt, arrival.event)
        for arrival in arrivals
        if arrival.place in cleaned
        and arrival.is_counted
        and tenant.is_hot(arrival.event.time, now)
    ]
    if changed:
        rows.replace(tenant, changed)


def _has_types(event: Event) -> bool:
    """Whether an event has properties that the schema speaks of: traits have none."""
    return event.kind is None and bool(event.properties)


def _agree(
    tenant: Tenant, messages: list[Message], schemas: Schemas, deadline: Deadline
) -> list[_Finding]:
    """The findings under types that were read just now, and that stand in the store."""
    for _ in deadline.tries():
        known = schemas.get(tenant.id, fresh=True)
        grown, findings = _check_all(messages, known, tenant.type_conflicts)
        if grown is known or schemas.put(tenant.id, grown):
            return findings
    raise Unavailable("many others are teaching this tenant's types; the messages will come again")


def _check_all(
    messages: list[Message], schema: Schema, policy: TypeConflicts
) -> tuple[Schema, list[_Finding]]:
    """What the messages make of a schema, and what it makes of them. Changes neither."""
    findings: list[_Finding] = []
    for message in messages:
        # Sorts by the time of receipt, as the types were taught; the same at each delivery.
        place = f"{message.received:015d}-{message.receipt}#{message.part:06d}"
        learned, conflicting = _check(message, schema.at(place), policy)
        findings += conflicting
        if learned:
            schema = schema.grown(learned, place, message.received)
    return schema, findings


def _check(
    message: Message, then: Schema, policy: TypeConflicts
) -> tuple[dict[str, str], list[_Finding]]:
    """The types that a message teaches, and its conflicts, under the schema of its own moment."""
    learned: dict[str, str] = {}
    findings: list[_Finding] = []
    for event in message.events:
        if not _has_types(event):
            continue
        clean, conflicts, types = check(event.properties or {}, then, policy)
        if types:
            learned |= types
            # The next event of the message is held against what this one taught.
            then = msgspec.structs.replace(then, types=then.types | types)
        if conflicts:
            notes = _notes(event.n, conflicts, policy)
            findings.append(_Finding(message, event, clean, notes))
    return learned, findings


def _notes(n: int, conflicts: list[Conflict], policy: TypeConflicts) -> list[Reject]:
    """A note per conflict; those of an event that has very many are one note at the end."""
    notes = [_note(n, conflict, policy) for conflict in conflicts[:MAX_NOTES]]
    if rest := conflicts[MAX_NOTES:]:
        values = {conflict.path[:_SHOWN]: conflict.value for conflict in rest}
        last = notes[-1]
        message = f"{len(rest)} more values of this event are not of their keys' types"
        notes.append(Reject(n, CODE, message, last.field, None, _text(values), Verdict.NOTED))
    return notes


def _note(n: int, conflict: Conflict, policy: TypeConflicts) -> Reject:
    key, path, expected, actual = conflict.key, conflict.path, conflict.expected, conflict.actual
    path = path if len(path) <= _SHOWN else f"…{path[-_SHOWN:]}"
    message = (
        f'"{key}" is of type {expected}, and {path} holds a value of type {actual}: '
        f"{_LEFT[policy].format(expected=expected, actual=actual)}; "
        f"send {expected}, or change the type with PUT /api/v1/schema/{key}"
    )
    detail = {"key": key, "path": path, "expected": expected, "found": actual}
    return Reject(n, CODE, message, key, None, _text(conflict.value), Verdict.NOTED, detail)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()[:2000]
