"""
Who did it, and for which account. Pure: an event and a directory view in, a `Match` out.

user      external id, else e-mail, else anonymous id; where two keys point at two users the
          external id wins and the other is noted as a possible duplicate
account   the company given; else the user's own; else the guess by e-mail domain; else none

An event may be of an account alone: then it names a company and no user, and makes none.

`resolve` tries `_ACCOUNT_RULES` in order and takes the first answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec import Struct

from waypost.event import Event
from waypost.profiles import email_domains, traits
from waypost.profiles.directory import Account, User, identity_key, user_id, user_keys
from waypost.profiles.view import Pointer, View
from waypost.tenants import Tenant


class Match(Struct):
    """Whose an event is: the user, and the record that the event's strongest key led to.

    The two differ where that record was merged into the user; the event keeps the record, so that
    a merge can be undone. Both are None for what is of an account alone.
    """

    user_id: str | None = None
    identity: str | None = None


class _Placing(Struct):
    """An account for a user, with the reason and how far to believe it (0 to 1), or none with the
    best guess that was not good enough.
    """

    account_id: str | None
    reason: str
    confidence: float
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    event: Event
    user: User
    view: View
    tenant: Tenant
    now: int


def resolve(event: Event, view: View, tenant: Tenant, now: int) -> Match:
    """Finds or creates the user and the account of one event, and notes the changes in the view."""
    # The account first: a group with a token may create one where events alone may not, and the
    # rules below must find it.
    traits.apply_to_account(event, view, tenant, now)
    keys = user_keys(event)
    if not keys:
        if event.company_id is not None:
            _is_known(event.company_id, view, tenant, now)
        return Match()
    user = _user(event, keys, view, tenant, now)
    traits.apply_to_user(event, user, view)
    case = _Case(event, user, view, tenant, now)
    placing = next(place for rule in _ACCOUNT_RULES if (place := rule(case)))
    _settle(case, placing)
    _teach(user, view)
    return Match(user.id, view.record_at(keys[0]) if view.user_at(keys[0]) is user else user.id)


def _user(event: Event, keys: list[str], view: View, tenant: Tenant, now: int) -> User:
    """The user of an event. Whoever turns out to be this one as well is merged into it."""
    known = {key: user for key in keys if (user := view.user_at(key))}
    user = next((known[key] for key in keys if key in known and _may_be(event, known[key])), None)
    if user is None:
        # The id follows from the strongest key, so two runs that meet a newcomer make one user.
        id = _reserved(event, keys, view, tenant) or user_id(tenant.id, keys[0], tenant.secret)
        user = User(id, created=now)
        view.add_user(user)
    # From here on every key leads to this user; who was known by a browser's id alone was this one.
    came_up = _lead(event, keys, user, view, tenant) if len(known) < len(keys) else []
    strangers = {key: other for key, other in known.items() if _is_nobody_else(other, user)}
    for key, anonymous in strangers.items():
        view.merge(key, anonymous, user)
    _enrich(event, user, known, view)
    for key in [*came_up, *strangers]:
        view.add_key(key, user, event.time)
    return user


def _lead(event: Event, keys: list[str], user: User, view: View, tenant: Tenant) -> list[str]:
    """Leads keys to a user, as far as they lead nowhere or to nobody yet; those that did not."""
    kind = home(user, keys, tenant)
    came_up = [key for key in keys if view.point(key, user, kind)]
    for key in keys:
        pointer = view.reserved(key)
        if pointer is not None and _may_take(event, pointer, tenant):
            view.take(pointer, user, kind)
            came_up.append(key)
    return came_up


def _reserved(event: Event, keys: list[str], view: View, tenant: Tenant) -> str | None:
    """The id of a user who does not stand yet, and whom a key of the event leads to."""
    pointers = (pointer for key in keys if (pointer := view.reserved(key)))
    return next((at.user for at in pointers if _may_take(event, at, tenant)), None)


def home(user: User, keys: list[str], tenant: Tenant) -> str:
    """The kind of key that the user's id was made of; empty where only older keys would tell."""
    known = [*keys, *user_keys(user)]
    kinds = (key[0] for key in known if user_id(tenant.id, key, tenant.secret) == user.id)
    return next(kinds, "")


def _is_nobody_else(other: User, user: User) -> bool:
    """Whether a user known only by an anonymous id can turn out to be this one."""
    return other is not user and other.external_id is None and other.email is None


def _may_be(event: Event, user: User) -> bool:
    """An external id of its own tells a person from another who shares the e-mail address."""
    return None in (event.external_id, user.external_id) or event.external_id == user.external_id


def _may_take(event: Event, pointer: Pointer, tenant: Tenant) -> bool:
    """As `_may_be`, of a user who does not stand yet: the id tells which external id it is for."""
    if event.external_id is None or pointer.home in ("e", "a"):
        return True
    own = identity_key("x", event.external_id)
    return pointer.user == user_id(tenant.id, own, tenant.secret)


def _enrich(event: Event, user: User, known: dict[str, User], view: View) -> None:
    others = [
        other.id for other in known.values() if other.id != user.id and other.merged_into is None
    ]
    # What is known stays: activity fills gaps, and only an identify may change a name or address.
    view.update(
        user,
        external_id=user.external_id or event.external_id,
        email=user.email or event.email,
        anonymous_id=user.anonymous_id or event.anonymous_id,
        name=user.name or event.name,
        possible_duplicate=user.possible_duplicate or next(iter(others), None),
    )


def _by_company(case: _Case) -> _Placing | None:
    company = case.event.company_id
    if company is None:
        return None
    # No other rule may guess: the sender named an account, and it may yet be created.
    if not _is_known(company, case.view, case.tenant, case.now):
        return _Placing(None, "the company is unknown, creating is off", 0.0, company)
    return _Placing(company, "company given by the sender", 1.0)


def _is_known(company: str, view: View, tenant: Tenant, now: int) -> bool:
    """Whether there is such an account, which is created where the tenant allows."""
    if view.account(company) is None:
        if not tenant.auto_create_accounts:
            return False
        view.add_account(Account(company, created=now))
    return True


def _by_user(case: _Case) -> _Placing | None:
    user = case.user
    if user.account_id is None:
        return None
    return _Placing(user.account_id, user.reason, user.confidence)


def _by_domain(case: _Case) -> _Placing | None:
    email = case.user.email
    domain = email_domains.company_domain(email) if email else None
    known = case.view.domains.get(domain) if domain else None
    if known is None or not known.counts.total():
        return None
    best, confidence = email_domains.guess(known.counts)
    if confidence < case.tenant.domain_confidence:
        return _Placing(None, f"users of {domain} sit in several accounts", confidence, best)
    return _Placing(best, f"e-mail domain {domain}", confidence)


def _nothing(case: _Case) -> _Placing:
    email = case.user.email
    if email is None:
        return _Placing(None, "no company given and no e-mail to guess from", 0.0)
    if email_domains.is_shared(email):
        return _Placing(None, "no company given and a free-mail address", 0.0)
    return _Placing(None, "no company given and no known user shares the e-mail domain", 0.0)


_ACCOUNT_RULES: tuple[Callable[[_Case], _Placing | None], ...] = (
    _by_company,
    _by_user,
    _by_domain,
    _nothing,
)


def _settle(case: _Case, placing: _Placing) -> None:
    """Keeps the user's own account: the one that the latest event, by its own time, named."""
    event, user, view = case.event, case.user, case.view
    if user.account_id is not None and not traits.may_change(event, user):
        return
    if placing.account_id is None:
        # Who has an account keeps it, and the reason for it.
        if user.account_id is None:
            view.update(user, reason=placing.reason, confidence=0.0, suggestion=placing.suggestion)
        return
    # A guess by domain fills a gap only. What senders say goes by the time of the event, not of
    # its arrival, and of two at one time by the account's id.
    given = event.company_id is not None
    newest = (event.time, placing.account_id) >= (user.account_at, user.account_id or "")
    if user.account_id is not None and not (given and newest):
        return
    if user.account_id == placing.account_id and user.account_at >= 0:
        return
    view.update(
        user,
        account_id=placing.account_id,
        account_at=event.time if given else -1,
        reason=placing.reason,
        confidence=placing.confidence,
        suggestion=None,
    )


def _teach(user: User, view: View) -> None:
    """Only an account that a sender named teaches its domain: a guess must not confirm itself."""
    if user.email is None or user.account_id is None or user.account_at < 0:
        return
    domain = email_domains.company_domain(user.email)
    if domain is not None:
        view.teach(user, domain)
