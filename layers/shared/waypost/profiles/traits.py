"""Traits: what senders say of a user or an account, merged so that arrival order never matters."""

from typing import Any

import msgspec

from waypost.event import GROUP, IDENTIFY, Event
from waypost.profiles import names
from waypost.profiles.directory import Account, User, user_keys
from waypost.profiles.view import View
from waypost.tenants import Tenant

MAX_BYTES = 64 * 1024  # a user with all its keys must fit an item of DynamoDB, 400 KB


def merged(
    old: dict[str, Any], times: dict[str, int], new: dict[str, Any], at: int
) -> tuple[dict[str, Any], dict[str, int]]:
    """(traits, time of each) after one more report at `at` (epoch ms).

    Of two reports of one trait the later by its own time counts; objects merge key by key, and an
    absent or null trait erases nothing (Moesif's rule). Traits beyond 64 KB as JSON are left out:
    the report itself is kept in the lake.
    """
    traits, since = dict(old), dict(times)
    for key, value in new.items():
        if value is None:
            continue
        # An older report fills in only what the newer one did not say, inside objects too.
        newest = at >= since.get(key, at)
        traits[key] = _laid_over(traits.get(key), value) if newest else _laid_over(value, old[key])
        since[key] = max(at, since.get(key, at))
    if len(msgspec.json.encode(traits)) > MAX_BYTES:
        return old, times
    return traits, since


def _laid_over(below: Any, above: Any) -> Any:
    """The upper value; of two objects, both, the upper one's keys winning."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    kept = {key: value for key, value in above.items() if value is not None}
    return below | {key: _laid_over(below.get(key), value) for key, value in kept.items()}


def of_account(event: Event) -> dict[str, Any] | None:
    """The traits of its account that an event tells: those of a GROUP, and of an IDENTIFY its
    `company`, by Segment's list of reserved traits an object. None where it tells none.
    """
    if event.kind == GROUP:
        return event.properties or {}
    company = (event.properties or {}).get("company") if event.kind == IDENTIFY else None
    if not isinstance(company, dict) or event.company_id is None:
        return None
    told = {name: value for name, value in company.items() if name != "id"}
    # Where the sender names another company elsewhere, the object is not about that one.
    return told if str(company.get("id") or event.company_id).strip() == event.company_id else None


def apply_to_account(event: Event, view: View, tenant: Tenant, now: int) -> None:
    """Merges what an event tells of its account, which is created where the tenant allows."""
    given = of_account(event)
    if given is None or event.company_id is None:
        return
    account = view.account(event.company_id)
    if account is None:
        # Planhat's companies come with a token and are always created: the setting is for doors.
        if not (tenant.auto_create_accounts or event.verified):
            return
        account = Account(event.company_id, created=now)
        view.add_account(account)
    traits, since = merged(account.traits, account.traits_at, given, event.time)
    # A trait is whatever its sender made of it, and only a text is a name.
    name = traits.get("name")
    view.update_account(
        account,
        traits=traits,
        traits_at=since,
        name=name if isinstance(name, str) and name else account.name,
    )


def apply_to_user(event: Event, user: User, view: View) -> None:
    """Merges the traits of an IDENTIFY into its user; the newest name and e-mail count."""
    if event.kind != IDENTIFY:
        return
    own = {"name": None if names.is_of_parts(event) else event.name, "email": event.email}
    given = own | (event.properties or {})
    before = names.of_parts(user.traits, user.traits_at)
    traits, since = merged(user.traits, user.traits_at, given, event.time)
    view.update(user, traits=traits, traits_at=since, verified=user.verified or event.verified)
    if not may_change(event, user):
        return
    keys = user_keys(user)
    # Where a newer report was merged before, its time stands there, and its word stays.
    newest = {name: own[name] for name in own if own[name] and since.get(name) == event.time}
    parts = names.of_parts(traits, since)
    if parts and parts.whole and parts.at > event.time:
        newest.pop("name", None)
    if parts and parts != before and parts.may_replace(user.name, since.get("name", -1), before):
        newest["name"] = parts.name
    view.update(user, **newest)
    # An address that was replaced still leads here, and events may lie under it.
    for key in keys:
        view.add_key(key, user, event.time)


def may_change(event: Event, user: User) -> bool:
    """Whether an event may change the name, e-mail and account of a user: an open door's may not
    where a credential vouched for them.
    """
    return event.verified or not user.verified
