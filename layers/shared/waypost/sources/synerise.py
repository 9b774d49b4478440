"""
Synerise's events API: one event, a batch of up to 1,000, or transactions.

| field     | meaning                                                                             |
|-----------|-------------------------------------------------------------------------------------|
| action    | `context.activity`, up to 32 of `a-z A-Z 0-9 . - _`; a typed route sets it itself   |
| label     | for people; must not be empty                                                       |
| client    | whose event: `customId` or `id`, `uuid`, `email`, at least one of them              |
| time      | ISO 8601 with `Z` or an offset, or epoch ms; absent or in the future: of receipt    |
| params    | any object; the names of `RESERVED` are left out                                    |
| eventSalt | of two events with equal salt, time, client and action, the last one counts         |

A transaction has `recordedAt` for `time` and no `params`: every field that is not in the table is
kept. A batch names each item's action in `action` or `type`, also by its route (`push/viewed`).
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

import msgspec

from waypost.errors import Malformed, TooLarge, Unauthorised
from waypost.event import (
    EARLIEST_MS,
    NO_TIME,
    Batch,
    Event,
    ItemError,
    check_lengths,
    check_properties,
)
from waypost.sources.formats import fields, json_items
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import Who, striker
from waypost.sources.items import judge, opened, single
from waypost.sources.synerise_actions import CHARGE, Choice, chooser, demand, typed, whole
from waypost.tenants import NO_CHANGES, Placeholders

SOURCE = "synerise"
MAX_ITEMS = 1_000  # the vendor's own bounds of a batch
MAX_BYTES = 1_048_576
# What the vendor overwrites in params; Waypost leaves it out.
RESERVED = frozenset({"modifiedBy", "apiKey", "eventUUID", "ip", "time", "businessProfileId"})

_NOT_KEPT = frozenset({"client", "label", "action", "time", "recordedAt", "eventSalt"})
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_THEIR_NAMES = {
    "external_id": "client.customId",
    "anonymous_id": "client.uuid",
    "email": "client.email",
    "company_id": "params.companyId",
    "page": "params.uri",
}

# In `params`, an e-mail address only repeats the customer's, and any other name is a property.
_WHO: Who = {
    ("client",): {"id": "user", "customId": "user", "uuid": "id", "email": "email"},
    ("params",): {"companyId": "id", "email": "email"},
}


class Parse(Protocol):
    """Reads the body of one route; `received` is the time of receipt in epoch ms."""

    def __call__(self, body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch: ...


def parser(route: str) -> Parse:
    """What reads the bodies of `/v4/events/{route}`. Raises `NotFound` for a route of nobody."""
    return partial(_parse, to_event=partial(_event, choose=chooser(route)))


def parse(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The custom events of one body. Raises `Malformed` or `TooLarge`."""
    return parser("custom")(body, received, changes)


def parse_transactions(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The transactions of one body. Raises `Malformed` or `TooLarge`."""
    return _parse(body, received, changes, to_event=_transaction)


def api_key(body: bytes) -> str:
    """The `apiKey` of a login. Raises `Malformed`, or `Unauthorised` where there is none."""
    several = Malformed("send one login per request", code="too_many_items")
    try:
        key = fields.text(json_items.strict_object(single(body, several)[0]), "apiKey")
    except ItemError as error:
        raise Malformed(error.message, code=error.code) from None
    if key is None:
        raise Unauthorised("send the token as apiKey", code="token_missing")
    return key


def _parse(
    body: bytes,
    received: int,
    changes: Placeholders = NO_CHANGES,
    *,
    to_event: Callable[[dict[str, Any], Clock], Event],
) -> Batch:
    if len(body) > MAX_BYTES:
        raise TooLarge(f"a batch may take {MAX_BYTES} bytes; send smaller ones", limit=MAX_BYTES)
    raw_items, _ = opened(body)
    if len(raw_items) > MAX_ITEMS:
        message = f"a batch may hold {MAX_ITEMS} events; send smaller ones"
        raise TooLarge(message, code="too_many_items", limit=MAX_ITEMS)
    clock = Clock(received)
    return judge(raw_items, lambda item: to_event(item, clock), striker(changes, _WHO), clock)


def _event(item: dict[str, Any], clock: Clock, choose: Choice) -> Event:
    params = fields.mapping(item, "params")
    kept = {name: value for name, value in params.items() if name not in RESERVED}
    check_properties(kept, "params")
    event = Event(
        time=_time(item, "time", clock),
        action=choose(item),
        label=fields.required(item, "label"),  # demanded, though the vendor no longer keeps it
        properties=kept or None,
    )
    return _completed(event, item, params)


def _transaction(item: dict[str, Any], clock: Clock) -> Event:
    kept = {name: value for name, value in item.items() if name not in _NOT_KEPT}
    check_properties(kept, "transaction")
    event = Event(
        time=_time(item, "time" if item.get("recordedAt") is None else "recordedAt", clock),
        action=typed(item, CHARGE),
        label=fields.text(item, "label") or "Transaction",
        properties=kept or None,
    )
    return _completed(event, item, {})


def _completed(event: Event, item: dict[str, Any], params: dict[str, Any]) -> Event:
    """The event with its customer, with what its action demands, and with its overwrite key."""
    client = _prefixed("client", fields.mapping(item, "client"))
    who = _identify(event, client)
    named = _prefixed("params", params)
    _check_email(event, named)
    demand(event, named)
    check_lengths(event, _THEIR_NAMES)
    # Without a time of its own, an event sent again would have another key: it cannot overwrite.
    if fields.text(item, "eventSalt") is not None and event.time != NO_TIME:
        # The vendor overwrites only where all four are equal, else the salt has no effect.
        four = [item["eventSalt"], event.time, who, event.action]
        event.key, event.overwrites = msgspec.json.encode(four).decode(), True
    return event


def _prefixed(parent: str, value: dict[str, Any]) -> dict[str, Any]:
    """The fields of a nested object under the names that an error should give them."""
    return {f"{parent}.{name}": inner for name, inner in value.items()}


def _identify(event: Event, client: dict[str, Any]) -> tuple[str, str]:
    """Sets the customer's identifiers; answers with the strongest, which names them in a key."""
    custom_id, id = fields.text(client, "client.customId"), whole(client, "client.id")
    event.external_id = custom_id or id
    event.anonymous_id = fields.text(client, "client.uuid")
    event.email = fields.email(fields.text(client, "client.email"), "client.email")
    if event.anonymous_id is not None and not _UUID.fullmatch(event.anonymous_id):
        message = "client.uuid must be lower-case hexadecimal in the form 8-4-4-4-12"
        raise ItemError("invalid_uuid", message, "client.uuid")
    email = event.email.casefold() if event.email else None
    named = {"customId": custom_id, "id": id, "uuid": event.anonymous_id, "email": email}
    # A key is made of one of them, since the next copy may name fewer.
    for name, value in named.items():
        if value is not None:
            return name, value
    raise ItemError(
        "identity_missing", "give client.id, customId, uuid or email: whose event is it?", "client"
    )


def _time(item: dict[str, Any], name: str, clock: Clock) -> int:
    text = fields.text(item, name)
    if text is None:
        return NO_TIME
    # The vendor takes no numbers, but nobody means anything else by one.
    if (time := clock.epoch(item[name], name)) is None:
        time = _zoned(text, name)
    if time < EARLIEST_MS:
        raise ItemError("date_out_of_range", f"{name} must not lie before 1970", name)
    # The vendor replaces a future time by its own, and lets no such event be overwritten.
    return time if time <= clock.received else NO_TIME


def _zoned(text: str, name: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        # In whole numbers: a timestamp in floating point can be a millisecond off.
        return (moment - _EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        message = f"{name} must be ISO 8601 with Z or an offset, like 2022-05-23T13:00:00Z"
        raise ItemError("invalid_date", message, name) from None


def _check_email(event: Event, params: dict[str, Any]) -> None:
    given = fields.text(params, "params.email")
    if given and event.email and given.casefold() != event.email.casefold():
        raise ItemError("email_mismatch", "params.email must equal client.email", "params.email")
