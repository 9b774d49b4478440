"""Segment's and RudderStack's bodies and answers: one message, an array, or `{"batch": […]}`.

What a message holds stands in `segment_messages`.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from waypost.errors import WaypostError
from waypost.event import Batch, Event, ItemIgnored, Reject
from waypost.sources import answers, items
from waypost.sources.formats import fields, json_items
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import placeholder_list, striker
from waypost.sources.segment_messages import to_event
from waypost.sources.segment_who import WHO, Item, get, who
from waypost.tenants import NO_CHANGES, Placeholders

SOURCE = "segment"
# The last part of each /v1 route, and the type that it implies. Browsers use the letters.
ROUTES: dict[str, str | None] = {
    **dict.fromkeys(("batch", "b", "import")),
    **{name: name for name in ("track", "identify", "page", "screen", "group", "alias")},
    **{"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"},
}
_COUNTED_BY_DOCK = ("identify", "track")

HISTORICAL = "import"  # the route of archives: no time of sending says anything of now

Read = Callable[[Item, Clock, Any], Event]


def parse(
    body: bytes,
    received: int,
    route: str = "batch",
    changes: Placeholders = NO_CHANGES,
) -> Batch:
    """The messages of one body that came by a route of `ROUTES`."""
    clock = Clock(received, historical=route == HISTORICAL)
    read = partial(to_event, listed=placeholder_list(changes), implied=ROUTES[route])
    return _judge(body, read, clock, changes)


def parse_dock(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """As `parse`, under Planhat's rules: a type other than identify and track is ignored, and so
    is a message that names neither a user id nor an e-mail address."""
    listed = placeholder_list(changes)

    def read(item: Item, clock: Clock, sent: Any) -> Event:
        type = fields.text(item, "type")
        if type and type.casefold() not in _COUNTED_BY_DOCK:
            raise ItemIgnored("type_ignored", "only identify and track count here", "type")
        told = who(item, listed)
        if not (told.external_id or told.email):
            whose = "give userId, or email in traits or properties: whose event is it?"
            raise ItemIgnored("identity_missing", whose, "userId")
        return to_event(item, clock, sent, listed)

    return _judge(body, read, Clock(received), changes)


def write_key(body: bytes) -> str | None:
    """The credential that a body carries, in its envelope or its first message."""
    messages, envelope = items.opened(body)
    for members in (envelope, *(json_items.members(bytes(first)) for first in messages[:1])):
        key = _value(get(members, "writeKey"))
        if isinstance(key, str) and key.strip():
            return key.strip()
    return None


def answer(processed: int, rejects: list[Reject]) -> tuple[dict[str, object], int]:
    """`{"success": true}`, also where some messages were refused: their clients drop the whole
    batch on a 400. That is the answer where not one could be taken."""
    # Exactly 200: RudderStack's Python client sends a body again that was answered with a 201.
    body, status = answers.empty(processed, rejects)
    return body or {"success": True}, status


def refusal(error: WaypostError, _status: int, path: str) -> dict[str, object]:
    """`code` and `message`, without which RudderStack's client sends a hopeless body again."""
    # The other routes are Planhat's dock, whose answers have a list of errors.
    return error.body() if path.startswith("/v1/") else {**error.body(), "errors": []}


def _judge(body: bytes, read: Read, clock: Clock, changes: Placeholders) -> Batch:
    messages, envelope = items.opened(body)
    sent = _value(get(envelope, "sentAt"))
    return items.judge(messages, lambda item: read(item, clock, sent), striker(changes, WHO), clock)


def _value(raw: Any) -> Any:
    """What a member of the envelope says; a broken one says nothing."""
    try:
        return msgspec.json.decode(raw) if raw else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
