"""
Moesif's API calls: each is one activity of its user or account, named by verb and route.

| event                  | meaning, default                                                   |
|------------------------|--------------------------------------------------------------------|
| request.verb *, .uri * | the action: "GET /items/{id}"                                      |
| request.time *         | when; at most 30 days ago                                          |
| request, the rest      | ip_address, api_version: kept in `request`                         |
| response.status        | kept as `status_code`                                              |
| response.time          | with the request's, `duration_ms`                                  |
| user_id, anonymous_id  | the user's ids                                                     |
| company_id             | the account; a call of neither is ignored, with the code `no_user` |
| transaction_id         | tells a resend; else the request header x-moesif-transaction-id    |
| weight                 | 1 ÷ sampling rate, 1                                               |
| direction, tags, …     | kept under their names, over metadata                              |

Bodies and headers are not kept. A response that never came, or only in part, is no fault.
"""

import re
from typing import Any

from waypost.event import MAX_PAGE, MAX_TEXT, Batch, Event, ItemIgnored
from waypost.sources.formats import fields
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import striker
from waypost.sources.items import judge, opened
from waypost.sources.moesif import (
    IDS,
    WHO,
    checked,
    is_somebodys,
    kept_request,
    page,
    properties,
    recent,
    who,
    within,
)
from waypost.tenants import NO_CHANGES, Placeholders

_TRANSACTION = "x-moesif-transaction-id"
_USED = WHO | {"request", "response", "transaction_id", "weight"}
_NOBODYS = "an API call of neither user_id nor company_id is nobody's; identify one to count it"
_HOST = re.compile(r"\A(?:[a-z][a-z0-9+.-]*:)?//[^/]*", re.IGNORECASE)
_MAX_SEGMENT = 64
_ID = re.compile(
    r"""  [\d.,:_-]*\d[\d.,:_-]*                          # a number, a date
        | [0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}   # a UUID
        | [0-9a-f]{16,}                                 # a hash
        | .*(?:@|%40).*                                 # an e-mail address
        | .*?(?=[a-z]*\d+[a-z]+\d)[0-9a-z]{12,}.*       # a random token: cus_9s6XKzkNRiz8i3
    """,
    re.IGNORECASE | re.VERBOSE,
)


def events(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The API calls of one inflated body; `received` is the time of receipt in epoch ms."""
    strike, clock = striker(changes, {(): IDS}), Clock(received)
    return judge(opened(body)[0], lambda item: _call(item, clock), strike, clock)


def _call(item: dict[str, Any], clock: Clock) -> Event:
    event = who(item)
    # Node's middleware reports the calls of everybody: one of nobody is no fault of the sender.
    if not is_somebodys(event):
        raise ItemIgnored("no_user", _NOBODYS, "user_id")
    request, response = within(item, "request"), within(item, "response")
    verb = fields.required(request, "request.verb").upper()
    uri = fields.required(request, "request.uri")
    event.action = f"{verb} {route(uri)}"[:MAX_TEXT]
    fields.required(request, "request.time")  # which an action may leave out
    event.time = recent(request, "request.time", clock)
    event.weight = 1.0 if item.get("weight") is None else fields.weight(item["weight"])
    event.key = _key(item, request.get("request.headers"))
    event.properties = properties(item, _USED) | kept_request(request)
    event.properties |= _outcome(response, event.time, clock)
    return checked(event)


def _outcome(response: dict[str, Any], start: int, clock: Clock) -> dict[str, Any]:
    """Status and duration, as far as given; of two clocks that disagree there is no duration."""
    outcome: dict[str, Any] = {}
    if fields.text(response, "response.status"):
        outcome["status_code"] = int(fields.number(response["response.status"], "response.status"))
    end = clock.moment(response.get("response.time"), "response.time")
    # Without an end there is none either: NO_TIME lies before any start.
    if end >= start:
        outcome["duration_ms"] = end - start
    return outcome


def _key(item: dict[str, Any], headers: object) -> str | None:
    """The message key, apart from those of actions: a call and an action are never one event."""
    key = fields.text(item, "transaction_id")
    # Middleware may leave the field out and have the id in this header of the call.
    if key is None and isinstance(headers, dict):
        plain = {name.lower(): value for name, value in headers.items()}
        key = fields.text(plain, _TRANSACTION)
    return f"call:{key}" if key else None


def route(uri: str) -> str:
    """The path with `{id}` for every segment that names one thing of many."""
    # As it stands, an address would make an action of every id, and no two calls would add up.
    path = _HOST.sub("", page(uri)[:MAX_PAGE], count=1)
    segments = ["{id}" if _names_one(segment) else segment for segment in path.split("/")]
    return "/".join(segments).rstrip("/") or "/"


def _names_one(segment: str) -> bool:
    # The length first: the patterns go back and forth, for very long on a hostile segment.
    return len(segment) > _MAX_SEGMENT or _ID.fullmatch(segment) is not None
