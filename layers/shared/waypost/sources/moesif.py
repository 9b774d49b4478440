"""
Moesif's format: actions, and what all of its doors share.

| action              | meaning, default                                                      |
|---------------------|-----------------------------------------------------------------------|
| action_name *       | what was done                                                         |
| request.uri *       | where; the page is this without its query string and fragment         |
| request.time        | when, any JavaScript date string; receipt. At most 30 days ago        |
| request, the rest   | verb, ip_address, user_agent_string, api_version: kept in `request`   |
| user_id             | the user's id                                                         |
| anonymous_id        | the browser's id until it knows the user                              |
| company_id          | the account; one of the three is needed                               |
| session_token       | the session; of one over 256 characters a digest is kept              |
| transaction_id      | what tells a resend from a new action                                 |
| metadata            | any JSON object; fields unknown here are kept beside its own, and win |

An explicit null, at any depth, means absent. API calls are read by `moesif_calls`; users,
companies and subscriptions by `moesif_profiles`.
"""

from hashlib import blake2b
from typing import Any

from waypost.errors import Unauthorised
from waypost.event import (
    IDENTIFY,
    MAX_ID,
    MAX_PAGE,
    NO_TIME,
    Batch,
    Event,
    ItemError,
    check_lengths,
    check_properties,
)
from waypost.sources import answers
from waypost.sources.formats import fields
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import Kind, striker
from waypost.sources.items import judge, opened
from waypost.tenants import NO_CHANGES, Placeholders
from waypost.times import DAY_MS

SOURCE = "moesif"
MAX_AGE_MS = 30 * DAY_MS  # the vendor rejects what is older
# A rate under 100 makes clients drop events, and a rule that blocks makes them refuse calls.
CONFIG: dict[str, object] = {
    "sample_rate": 100,
    "user_sample_rate": {},
    "company_sample_rate": {},
    "user_rules": {},
    "company_rules": {},
    "regex_config": [],
}
RULES: list[object] = []
answer = answers.empty

IDS: dict[str, Kind] = {"user_id": "user", "anonymous_id": "id", "company_id": "id"}
WHO = frozenset({*IDS, "session_token"})
_USED = WHO | {"action_name", "request", "response", "transaction_id"}
# No more than these: headers carry credentials, and bodies whatever the customer's API is about.
_REQUEST = ("uri", "verb", "ip_address", "user_agent_string", "api_version")
_WHOSE = "give user_id, anonymous_id or company_id: whose is it?"
_THEIR_NAMES = {
    "external_id": "user_id",
    "session": "session_token",
    "action": "action_name",
    "email": "metadata.email",
    "name": "metadata.name",
}


def credential(headers: dict[str, str]) -> str:
    """The application id of a request: a tenant's id or a token. Raises `Unauthorised`."""
    application = headers.get("x-moesif-application-id", "").strip()
    if not application:
        raise Unauthorised("send X-Moesif-Application-Id: <token>", code="token_missing")
    return application


def actions(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The actions of one inflated body; `received` is the time of receipt in epoch ms."""
    strike, clock = striker(changes, {(): IDS}), Clock(received)
    return judge(opened(body)[0], lambda item: _action(item, clock), strike, clock)


def _action(item: dict[str, Any], clock: Clock) -> Event:
    event = who(item)
    request = within(item, "request")
    event.action = fields.required(item, "action_name")
    event.page = page(fields.required(request, "request.uri"))
    event.time = recent(request, "request.time", clock)
    event.key = fields.text(item, "transaction_id")
    event.properties = properties(item, _USED) | kept_request(request)
    return checked(event)


def who(item: dict[str, Any]) -> Event:
    """An event with the user, account and session that every kind of item names alike."""
    return Event(
        external_id=fields.text(item, "user_id"),
        anonymous_id=fields.text(item, "anonymous_id"),
        company_id=fields.text(item, "company_id"),
        session=_session(fields.text(item, "session_token")),
    )


def _session(token: str | None) -> str | None:
    """The token itself, or a digest of a long one: many senders put a whole JWT here."""
    if token is None or len(token) <= MAX_ID:
        return token
    return blake2b(token.encode(), digest_size=16).hexdigest()


def is_somebodys(event: Event) -> bool:
    """Whether an event names a user, or the account that did it: Moesif's companies act as its
    users do. Traits of a user need a user.
    """
    user = event.external_id or event.anonymous_id or event.email
    return user is not None or (event.company_id is not None and event.kind != IDENTIFY)


def checked(event: Event) -> Event:
    """The event itself, or `ItemError` where it is nobody's or a field is out of bounds."""
    if not is_somebodys(event):
        raise ItemError("identity_missing", _WHOSE, "user_id")
    check_lengths(event, _THEIR_NAMES)
    check_properties(event.properties or {}, "metadata")
    event.properties = event.properties or None
    return event


def within(item: dict[str, Any], name: str) -> dict[str, Any]:
    """The fields of an inner object under their full names, as `request.uri`."""
    return {f"{name}.{key}": value for key, value in fields.mapping(item, name).items()}


def kept_request(request: dict[str, Any]) -> dict[str, Any]:
    """What is kept of a request: never its headers, never its body."""
    kept = {name: request.get(f"request.{name}") for name in _REQUEST}
    return {"request": without_nulls(kept)}


def properties(item: dict[str, Any], used: frozenset[str]) -> dict[str, Any]:
    """The metadata, and over it every field that is not `used` elsewhere; nothing that is null."""
    rest = {key: value for key, value in item.items() if key not in used and key != "metadata"}
    return without_nulls(fields.mapping(item, "metadata")) | without_nulls(rest)


def without_nulls(value: dict[str, Any]) -> dict[str, Any]:
    """The object without what says nothing: nulls and, at any depth, objects of nothing else."""
    # Moesif's Python client writes a null for every optional field that its user left out.
    meant = {name: _meant(inner) for name, inner in value.items()}
    return {name: inner for name, inner in meant.items() if inner is not None}


def _meant(value: Any) -> Any:
    # A list keeps its nulls: without them the rest would move to other places.
    if isinstance(value, list):
        return [_meant(inner) for inner in value]
    return (without_nulls(value) or None) if isinstance(value, dict) else value


def page(uri: str) -> str:
    """The address without query string and fragment, which differ from visit to visit."""
    return uri.partition("#")[0].partition("?")[0][:MAX_PAGE]


def recent(part: dict[str, Any], field: str, clock: Clock) -> int:
    """The time in a field, `NO_TIME` where there is none; `ItemError` for one over 30 days old."""
    time = clock.moment(part.get(field), field)
    if time != NO_TIME and clock.received - time > MAX_AGE_MS:
        raise ItemError(
            "too_old", f"{field} is over 30 days ago; load older events as a file", field
        )
    return time
