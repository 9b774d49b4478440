"""
Segment's and RudderStack's messages, one by one.

| member                       | becomes                                                     |
|------------------------------|-------------------------------------------------------------|
| type                         | which call; the per-type routes imply it                    |
| event                        | action of a track                                           |
| name, category               | a page or screen: "Viewed <name> Page", page                |
| properties                   | properties; a number in `weight` is the weight too          |
| traits, context.traits       | all of them on identify; a group's own are the account's    |
| previousId                   | anonymous_id of an alias                                    |
| messageId                    | key                                                         |
| timestamp, originalTimestamp | time, corrected by sentAt where a clock is 1 min to 1 day off|
| context                      | library, ip, userAgent and page, in properties              |

Whose a message is stands in `segment_who`. Names of two words are taken as `messageId` and as
`message_id`.
"""

from collections.abc import Callable
from typing import Any

from waypost.event import (
    GROUP,
    IDENTIFY,
    MAX_PAGE,
    MAX_WEIGHT,
    Event,
    ItemError,
    check_lengths,
    check_properties,
)
from waypost.sources.formats import fields
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import PlaceholderList
from waypost.sources.segment_who import Item, context, get, group_id, text, user_traits, who

_KEPT_CONTEXT = ("library", "ip", "userAgent", "page")
_THEIR_NAMES = {"external_id": "userId", "anonymous_id": "anonymousId", "company_id": "companyId"}


def to_event(
    item: Item, clock: Clock, sent: Any, listed: PlaceholderList, implied: str | None = None
) -> Event:
    """The event of a message, whose batch was `sent` by its sender's clock, and which is of the
    `implied` type where it names none; `listed` is what counts as absent. Raises `ItemError`.
    """
    type = (fields.text(item, "type") or implied or "").casefold()
    if not type:
        raise ItemError("missing_field", "type is required: track, identify or another", "type")
    if (fill := _FILL.get(type)) is None:
        raise ItemError("unknown_type", f"type must be one of {', '.join(_FILL)}", "type")
    event = who(item, listed, type)
    event.time, event.own_time = _time(item, clock, sent)
    event.key = text(item, "messageId")
    fill(event, item)
    if event.kind != GROUP and not (event.external_id or event.email or event.anonymous_id):
        raise ItemError("identity_missing", "give userId or anonymousId: whose is it?", "userId")
    event.properties = event.properties or None
    check_lengths(event, {**_THEIR_NAMES, "action": "event" if type == "track" else "name"})
    return event


def _time(item: Item, clock: Clock, sent: Any) -> tuple[int, int | None]:
    """As `Clock.corrected`."""
    given = item.get("timestamp")
    if given is None or given == "":
        given = get(item, "originalTimestamp")
    # A message on a route of its own has no envelope, and carries its time of sending itself.
    return clock.corrected(given, sent, get(item, "sentAt"), field="timestamp")


def _track(event: Event, item: Item) -> None:
    event.action = fields.required(item, "event")
    event.properties = _properties(item)
    event.weight = _weight(event.properties)


def _page(event: Event, item: Item) -> None:
    _viewed(event, item, "Page")


def _screen(event: Event, item: Item) -> None:
    _viewed(event, item, "Screen")


def _viewed(event: Event, item: Item, noun: str) -> None:
    properties = _properties(item)
    category = text(item, "category")
    name = text(item, "name") or _said(properties, "name")
    what = name or category or ""
    # "Pricing" becomes "Viewed Pricing Page", and "Pricing Page" no "Pricing Page Page".
    suffix = "" if what.casefold().endswith(noun.casefold()) else noun
    event.action = " ".join(part for part in ("Viewed", what, suffix) if part)
    event.page = name or _address(properties) or _address(context(item).get("page"))
    if category:
        properties.setdefault("category", category)
    event.properties, event.weight = properties, _weight(properties)


def _identify(event: Event, item: Item) -> None:
    event.kind, event.properties = IDENTIFY, user_traits(item)
    check_properties(event.properties, "traits")


def _group(event: Event, item: Item) -> None:
    event.kind, event.properties = GROUP, fields.mapping(item, "traits")
    event.company_id = group_id(item)
    check_properties(event.properties, "traits")


def _alias(event: Event, item: Item) -> None:
    """Joins what was anonymous to the user; two known users never become one."""
    fields.required(item, "userId", "user_id")
    event.kind = IDENTIFY
    event.anonymous_id = fields.required(item, "previousId", "previous_id")


_FILL: dict[str, Callable[[Event, Item], None]] = {
    "track": _track,
    "identify": _identify,
    "page": _page,
    "screen": _screen,
    "group": _group,
    "alias": _alias,
}


def _properties(item: Item) -> Item:
    properties = dict(fields.mapping(item, "properties"))
    about = context(item)
    kept = {name: get(about, name) for name in _KEPT_CONTEXT if get(about, name) is not None}
    if kept:
        # A property of that name is the sender's own, and wins.
        properties.setdefault("context", kept)
    check_properties(properties, "properties")
    return properties


def _weight(properties: Item) -> float:
    """A number in bounds; of anything else ("2.5 kg") it is only a property."""
    weight = properties.get("weight")
    if isinstance(weight, bool) or not isinstance(weight, int | float):
        return 1.0
    return float(weight) if 0 <= weight <= MAX_WEIGHT else 1.0


def _address(page: Any) -> str | None:
    if not isinstance(page, dict):
        return None
    # Cut rather than refused: a browser's address may be of any length.
    address = _said(page, "url") or _said(page, "path")
    return address and address[:MAX_PAGE]


def _said(properties: Item, name: str) -> str | None:
    """The property where it is text. A sender may mean anything else by it, which is no fault."""
    value = properties.get(name)
    return fields.said(value) if isinstance(value, str) else None
