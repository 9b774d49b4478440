"""Profiles: what an IDENTIFY says of its user and a GROUP of its account, laid over the view."""

from waypost import traits
from waypost.directory import Account, User, View
from waypost.event import GROUP, IDENTIFY, Event
from waypost.tenants import Tenant


def apply_to_account(event: Event, view: View, tenant: Tenant, now: int) -> None:
    """Merges the traits of a GROUP into its account, which is created where the tenant allows."""
    if event.kind != GROUP or event.company_id is None:
        return
    account = view.account(event.company_id)
    if account is None:
        if not (tenant.auto_create_accounts or event.verified):
            return
        account = Account(event.company_id, created=now)
        view.add_account(account)
    given = event.properties or {}
    found, since = traits.merged(account.traits, account.traits_at, given, event.time)
    name = found.get("name")
    view.update_account(
        account,
        traits=found,
        traits_at=since,
        name=name if isinstance(name, str) and name else account.name,
    )


def apply_to_user(event: Event, user: User, view: View) -> None:
    """Merges the traits of an IDENTIFY into its user; the newest name and e-mail count."""
    if event.kind != IDENTIFY:
        return
    own = {"name": event.name, "email": event.email}
    given = own | (event.properties or {})
    found, since = traits.merged(user.traits, user.traits_at, given, event.time)
    view.update(user, traits=found, traits_at=since, verified=user.verified or event.verified)
    if not may_change(event, user):
        return
    newest = {name for name in own if own[name] and since.get(name) == event.time}
    view.update(user, **{name: own[name] for name in newest})


def may_change(event: Event, user: User) -> bool:
    """Whether an event may change the name, e-mail and account of a user: an open door's may not
    where a credential vouched for them.
    """
    return event.verified or not user.verified
