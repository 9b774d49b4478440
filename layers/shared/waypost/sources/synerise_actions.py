"""
Synerise's actions: which route records which, how one is named, and what some demand.

| action                    | demands of `params`                                       |
|---------------------------|-----------------------------------------------------------|
| page.visit                | its URL as `uri`, `url` or `pageUrl`; it becomes the page |
| client.location           | the numbers `lat` and `lon`                               |
| client.assignToCompany    | the whole number `companyId`; the customer joins it       |
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from waypost.errors import NotFound
from waypost.event import Event, ItemError
from waypost.sources.formats import fields

MAX_ACTION = 32
# What `checked` takes, as an expression that browsers read as well.
SHORT_ACTION = r"(?=.{3,32}$)[a-zA-Z0-9_-]+[.][a-zA-Z0-9._-]+"
CHARGE = "transaction.charge"
ROUTES = {
    "logged-in": "client.login",
    "logged-out": "client.logout",
    "registered": "client.register",
    "application-started": "client.applicationStarted",
    "appeared-in-location": "client.location",
    "assigned-to-company": "client.assignToCompany",
    "searched": "client.search",
    "shared": "client.shared",
    "added-to-cart": "product.addToCart",
    "removed-from-cart": "product.removeFromCart",
    "added-to-favorites": "product.addToFavorite",
    "product-view": "product.view",
    "visited-screen": "screen.view",
    "hit-timer": "client.hitTimer",
    "push/viewed": "push.view",
    "push/clicked": "push.click",
    "push/received": "push.receiveInBackground",
    "push/cancelled": "push.cancel",
    "cancelled-transaction": "transaction.cancel",
    # The vendor does not publish the actions of the rest; these follow its way of naming.
    "completed-transaction": CHARGE,
    "recommendation-click": "recommendation.click",
    "recommendation-seen": "recommendation.view",
    "item-search-click": "item.search.click",
}

Choice = Callable[[dict[str, Any]], str]
_ACTION = re.compile(r"[a-zA-Z0-9.\-_]+")
_WHOLE = re.compile(r"-?[0-9]{1,19}")  # what 64 bits hold


def chooser(route: str) -> Choice:
    """What finds the action of an item sent to `/v4/events/{route}`.

    Raises `NotFound` for a route that there is not.
    """
    if route == "batch":
        return _of_batch
    if route == "custom":
        return _of_custom
    if route not in ROUTES:
        raise NotFound("there is no such route; the README lists them", code="no_route")
    return partial(typed, expected=ROUTES[route])


def _said(item: dict[str, Any], name: str) -> str | None:
    """The text as it was written. Outer space stays, for the vendor's pattern to refuse it."""
    value = item.get(name)
    return (value or None) if isinstance(value, str) else fields.text(item, name)


def _of_custom(item: dict[str, Any]) -> str:
    return checked(_said(item, "action"))


def _of_batch(item: dict[str, Any]) -> str:
    # What the vendor writes into `type` is not published: names of routes and actions both serve.
    said = [_said(item, name) for name in ("action", "type")]
    actions = [ROUTES.get(name, name) for name in said if name not in (None, "custom")]
    if len(set(actions)) > 1:
        raise ItemError("action_mismatch", "action and type name two different actions", "action")
    return checked(actions[0] if actions else None)


def typed(item: dict[str, Any], expected: str) -> str:
    """The one action of a route. Raises `ItemError` where the item names another."""
    if _said(item, "action") not in (None, expected):
        message = f"this route records {expected}; leave action out, or use /v4/events/custom"
        raise ItemError("action_mismatch", message, "action")
    return expected


def checked(action: str | None) -> str:
    """The action itself. Raises `ItemError` where it is not by the vendor's rule."""
    if action is None:
        raise ItemError("missing_field", "action is required and must not be empty", "action")
    if len(action) > MAX_ACTION:
        raise ItemError("too_long", f"action is longer than {MAX_ACTION} characters", "action")
    context, _, activity = action.partition(".")
    if not (context and activity and _ACTION.fullmatch(action)):
        message = "action must read context.activity, in letters, digits, dots, hyphens and _"
        raise ItemError("invalid_action", message, "action")
    return action


def demand(event: Event, params: dict[str, Any]) -> None:
    """Sets what the action demands of its params. Raises `ItemError` where that is absent."""
    if event.action in _DEMANDS:
        _DEMANDS[event.action](event, params)


def whole(item: dict[str, Any], name: str) -> str | None:
    """A whole number as text; None for an empty one."""
    digits = fields.text(item, name)
    if digits is None:
        return None
    # Some languages write every number of a JSON text with a point: 7.0.
    digits = digits.removesuffix(".0")
    if not _WHOLE.fullmatch(digits):
        raise ItemError("invalid_type", f"{name} must be a whole number", name)
    return str(int(digits))


def _needs_page(event: Event, params: dict[str, Any]) -> None:
    event.page = fields.text(params, "params.uri", "params.url", "params.pageUrl")
    if event.page is None:
        raise ItemError("missing_field", "a page visit needs its URL in params.uri", "params.uri")


def _needs_place(_: Event, params: dict[str, Any]) -> None:
    for name in ("params.lat", "params.lon"):
        fields.number(fields.required(params, name), name)


def _needs_company(event: Event, params: dict[str, Any]) -> None:
    fields.required(params, "params.companyId")
    event.company_id = whole(params, "params.companyId")


_DEMANDS = {
    "page.visit": _needs_page,
    "client.location": _needs_place,
    "client.assignToCompany": _needs_company,
}
