"""
KinesinLMS's tracking events: what a learner did, under an anonymous id and nothing else.

| field            | also spelled        | rule                                                   |
|------------------|---------------------|--------------------------------------------------------|
| event_type *     | tracking_event_type | of the closed list, or the tenant's; `video` is short  |
| anon_username *  | X-Anon-Username     | the anonymous id; the header wins                      |
| event_data       |                     | any JSON object, kept as sent                          |
| course_slug      |                     | the product; up to 200 characters                      |
| course_run       |                     | up to 200 characters                                   |
| course_unit_id   |                     | a whole number                                         |
| course_unit_slug |                     | the module; up to 200 characters                       |
| unit_node_slug   | node_id             | up to 200 characters                                   |
| block_uuid       |                     | a UUID                                                 |
| page_url         |                     | the page                                               |
| module_id        |                     | kept, and so are `section_id` and `unit_id`            |

Video activity needs `event_data` with `video_id` and `video_event_type`; and `course_slug`,
`course_run` and `course_unit_id`, or just `node_id` where it is sent as `tracking_event_type`.
Everything else, `user` and `time` included, is left out: the time is always the server's.
"""

from collections.abc import Collection
from functools import partial
from typing import Any
from uuid import UUID

from waypost.errors import Malformed, WaypostError
from waypost.event import Batch, Event, ItemError, Reject, check_lengths, check_properties
from waypost.sources.formats import fields
from waypost.sources.formats.placeholders import Who, placeholder_list, striker
from waypost.sources.items import judge, single
from waypost.sources.kinesin_types import EVENT_TYPES, VIDEO, VIDEO_EVENTS
from waypost.tenants import NO_CHANGES, Placeholders

SOURCE = "kinesin"
MAX_SLUG = 200
_SLUGS = ("course_slug", "course_run", "course_unit_slug")
_PLACES = ("module_id", "section_id", "unit_id", "page_url")
# In the order of the vendor's own export.
KEPT = (
    *("course_slug", "course_run", *_PLACES),
    *("unit_node_slug", "course_unit_id", "course_unit_slug", "block_uuid", "event_data"),
)
_WHO: Who = {(): {"anon_username": "id", "course_slug": "id", "course_run": "id"}}
_THEIR_NAMES = {"anonymous_id": "anon_username", "page": "page_url", "action": "event_type"}


def parse(
    body: bytes,
    _received: int,
    *,
    anon: str | None = None,
    more_types: Collection[str] = (),
    changes: Placeholders = NO_CHANGES,
) -> Batch:
    """The one event of an inflated body; its time is left to the server.

    `anon` is the anonymous id that the request itself carries, `more_types` the tenant's own event
    types. Raises `Malformed` for a body with no event or with several.
    """
    several = Malformed("send one event per request", code="one_event_only")
    raw_items = single(body, several)
    types = {*EVENT_TYPES, *more_types}
    said = None if placeholder_list(changes).holds(anon, "id") else fields.said(anon)
    to_event = partial(_event, anon=said, types=types)
    batch = judge(raw_items, to_event, striker(changes, _WHO))
    for reject in batch.rejects:
        reject.payload = None  # it may name the learner, and the ledger would keep it
    return batch


def _event(item: dict[str, Any], anon: str | None, types: Collection[str]) -> Event:
    kind = _type(item, types)
    kept = _kept(item)
    if kind == VIDEO:
        # The project's document and its player disagree: the document's spelling has fewer fields.
        _check_video(kept, documented=fields.text(item, "event_type") is None)
    event = Event(
        action=kind,
        # The header comes from a proxy that knows the session, the body from a browser.
        anonymous_id=anon or fields.text(item, "anon_username"),
        company_id=_course(kept),
        properties=kept or None,
        module=kept.get("course_unit_slug"),
        product=kept.get("course_slug"),
        page=kept.get("page_url"),
    )
    if event.anonymous_id is None:
        message = "send the anonymous id as anon_username or in the header X-Anon-Username"
        raise ItemError("identity_missing", message, "anon_username")
    check_lengths(event, _THEIR_NAMES)
    return event


def _course(kept: dict[str, Any]) -> str | None:
    """The run of a course is the account: this sender knows no other customer of its tenant."""
    named = kept.get("course_slug"), kept.get("course_run")
    return ":".join(map(str, named)) if all(named) else None


def _type(item: dict[str, Any], types: Collection[str]) -> str:
    type = fields.required(item, "event_type", "tracking_event_type")
    # The project's document writes "video" where its player writes the long name.
    type = VIDEO if type == "video" else type
    if type not in types:
        message = f'"{type[:80]}" is not an event type; the tenant\'s settings may add it'
        raise ItemError("unknown_event_type", message, "event_type")
    return type


def _kept(item: dict[str, Any]) -> dict[str, Any]:
    """The fields that are stored, each checked, under the names of the vendor's export."""
    data = fields.mapping(item, "event_data")
    check_properties(data, "event_data")
    properties: dict[str, Any] = {name: fields.text(item, name) for name in _PLACES}
    properties |= {name: fields.short(item, MAX_SLUG, name) for name in _SLUGS}
    properties["unit_node_slug"] = fields.short(item, MAX_SLUG, "unit_node_slug", "node_id")
    properties["course_unit_id"] = _number(item, "course_unit_id")
    properties["block_uuid"] = _uuid(item, "block_uuid")
    properties["event_data"] = data or None
    return {name: value for name in KEPT if (value := properties[name]) is not None}


def _check_video(kept: dict[str, Any], documented: bool) -> None:
    needed = ["unit_node_slug"] if documented else ["course_slug", "course_run", "course_unit_id"]
    for name in [*needed, "event_data"]:
        if name not in kept:
            field = "node_id" if name == "unit_node_slug" else name
            raise ItemError("missing_field", f"{field} is required for video activity", field)
    data = kept["event_data"]
    for name in ("video_id", "video_event_type"):
        fields.required(data, name)
        fields.short(data, MAX_SLUG, name)
    if data["video_event_type"] not in VIDEO_EVENTS:
        message = f"video_event_type must be one of {', '.join(VIDEO_EVENTS)}"
        raise ItemError("unknown_event_type", message, "video_event_type")


def _number(item: dict[str, Any], name: str) -> int | None:
    given = fields.text(item, name)
    if given is None:
        return None
    number = fields.number(given, name)
    if not number.is_integer():
        raise ItemError("invalid_type", f"{name} must be a whole number", name)
    return int(number)


def _uuid(item: dict[str, Any], name: str) -> str | None:
    # KinesinLMS itself fails without a block; nothing here needs one.
    given = fields.text(item, name)
    try:
        return str(UUID(given)) if given else None
    except ValueError:
        raise ItemError("invalid_uuid", f"{name} must be a UUID", name) from None


def answer(batch: Batch, rejects: list[Reject]) -> tuple[dict[str, object], int]:
    """`{"tracking_event_type", "received": true}`, or the object that names the field at fault."""
    if rejects:
        first = rejects[0]
        # The shape of Django REST framework's errors, which KinesinLMS answers with.
        fault = {first.field or "non_field_errors": [first.message]}
        return {"code": first.code, "message": first.message, **fault}, 400
    return {"tracking_event_type": batch.events[0].action, "received": True}, 201


def refusal(error: WaypostError, _status: int, _path: str) -> dict[str, object]:
    """The vendor's refusal of a whole request, with Waypost's own `code` and `message`."""
    return {**error.body(), "detail": error.message}


def paging(query: dict[str, str]) -> dict[str, str]:
    """This sender's events, and what a query says of pages; the listing has no other choices."""
    return {"source": SOURCE} | {name: query[name] for name in ("limit", "cursor") if name in query}


def page(feed: dict[str, Any]) -> dict[str, Any]:
    """A page of this sender's events in the vendor's own structure."""
    return {"events": [stored(event) for event in feed["events"]], "next": feed["next"]}


def stored(event: dict[str, Any]) -> dict[str, Any]:
    """An event of the read API as the vendor stores it: its documented and its actual keys.

    `2026-11-20T12:00:00.000Z` becomes `2026-11-20T12:00:00.000000+00:00`; `user` is always null.
    """
    info = event["info"] or {}
    return {
        "uuid": str(UUID(event["id"])),
        "event_type": event["action"],
        "time": f"{event['time'].removesuffix('Z')}000+00:00",
        "user": None,
        "anon_username": event["user"]["anonymous_id"],
        **{name: info.get(name) for name in KEPT},
    }
