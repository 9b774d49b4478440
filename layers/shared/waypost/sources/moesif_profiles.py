"""
Moesif's profiles: what is known of users, companies and their subscriptions.

| user            | meaning                                                                   |
|-----------------|---------------------------------------------------------------------------|
| user_id         | this, anonymous_id or metadata.email is needed; two of them are linked     |
| anonymous_id    | the browser's id; what it did before becomes the user's                    |
| company_id      | the account that the user belongs to                                       |
| metadata        | traits; email, name, first_name, last_name are also the user's own         |

| company         | meaning                                                                   |
|-----------------|---------------------------------------------------------------------------|
| company_id *    | the account                                                               |
| company_domain  | its trait `domain`                                                        |
| metadata        | traits                                                                    |

| subscription    | meaning                                                                   |
|-----------------|---------------------------------------------------------------------------|
| company_id *    | the account, whose trait `subscriptions` holds this one by its id         |
| subscription_id * | its id                                                                  |
| status          | required where it comes alone, optional in a batch                        |
| items           | each with its plan_id *                                                   |

On each: modified_time says when it was so, receipt by default; session_token is the session;
campaign, ip_address, user_agent_string and unknown fields are traits. Whatever is left out or
null erases nothing.
"""

from typing import Any

from waypost.event import GROUP, IDENTIFY, NO_TIME, Batch, Event, ItemError
from waypost.sources.formats import fields
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import Kind, Who, striker
from waypost.sources.items import judge, opened
from waypost.sources.moesif import IDS, WHO, checked, properties, who, without_nulls
from waypost.tenants import NO_CHANGES, Placeholders

STATUSES = ("active", "cancelled", "paused", "trialing", "pending", "draft", "future")
_USED = WHO | {"modified_time"}
_TRAITS: dict[str, Kind] = {"email": "email", "name": "name"}
_TRAITS |= {"first_name": "name_part", "last_name": "name_part"}
# A field beside the metadata is a trait like those within.
_WHO: Who = {(): IDS | _TRAITS, ("metadata",): _TRAITS}


def users(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The users of one inflated body; `received` is the time of receipt in epoch ms."""
    strike, clock = striker(changes, _WHO), Clock(received)
    return judge(opened(body)[0], lambda item: _user(item, clock), strike, clock)


def companies(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The companies of one inflated body."""
    strike, clock = striker(changes, _WHO), Clock(received)
    return judge(opened(body)[0], lambda item: _company(item, clock), strike, clock)


def subscription(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The subscription of one inflated body, with its status."""
    strike, clock = striker(changes, {(): IDS}), Clock(received)
    return judge(
        opened(body)[0], lambda item: _subscription(item, clock, alone=True), strike, clock
    )


def subscriptions(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The subscriptions of one inflated body; their status may be known from before."""
    strike, clock = striker(changes, {(): IDS}), Clock(received)
    return judge(
        opened(body)[0], lambda item: _subscription(item, clock, alone=False), strike, clock
    )


def _user(item: dict[str, Any], clock: Clock) -> Event:
    # The vendor's text requires user_id, but on the first page view its browser SDK has none.
    event = _profile(item, IDENTIFY, clock)
    traits = properties(item, _USED)
    first, last = fields.text(traits, "first_name"), fields.text(traits, "last_name")
    event.email = fields.email(fields.text(traits, "email"), "metadata.email")
    event.name = fields.text(traits, "name") or fields.joined(first, last)
    # An empty text must not take the place of a trait that is known.
    event.properties = {key: value for key, value in traits.items() if value != ""}
    return checked(event)


def _company(item: dict[str, Any], clock: Clock) -> Event:
    fields.required(item, "company_id")
    event = _profile(item, GROUP, clock)
    event.properties = properties(item, _USED | {"company_domain"})
    if domain := fields.text(item, "company_domain"):
        event.properties["domain"] = domain
    return checked(event)


def _subscription(item: dict[str, Any], clock: Clock, *, alone: bool) -> Event:
    fields.required(item, "company_id")
    id = fields.required(item, "subscription_id")
    _check_status(item, alone=alone)
    _check_plans(item)
    event = _profile(item, GROUP, clock)
    own = {name: value for name, value in item.items() if name not in _USED}
    # By its id, so that the merge of traits keeps several of one account side by side.
    event.properties = {"subscriptions": {id: without_nulls(own)}}
    return checked(event)


def _profile(item: dict[str, Any], kind: str, clock: Clock) -> Event:
    event = who(item)
    event.kind = kind
    # Node's client writes a null time as new Date(null), which is 1970, or as 0.
    event.time = clock.moment(item.get("modified_time") or None, "modified_time") or NO_TIME
    return event


def _check_status(item: dict[str, Any], *, alone: bool) -> None:
    status = fields.required(item, "status") if alone else fields.text(item, "status")
    if status is not None and status not in STATUSES:
        raise ItemError("unknown_status", f"status must be one of {', '.join(STATUSES)}", "status")


def _check_plans(item: dict[str, Any]) -> None:
    plans = item.get("items") or []
    if not isinstance(plans, list) or not all(isinstance(plan, dict) for plan in plans):
        raise ItemError("invalid_type", "items must be a list of JSON objects", "items")
    if not all(fields.text(plan, "plan_id") for plan in plans):
        raise ItemError("missing_field", "each of items needs a plan_id", "items.plan_id")
