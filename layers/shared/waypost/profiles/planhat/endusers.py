"""Endusers: Planhat's JSON ↔ `User`. Without an externalId and e-mail the sourceId names one."""

from collections.abc import Mapping

from waypost import times
from waypost.event import IDENTIFY, MAX_EMAIL, MAX_TEXT, Event, ItemError
from waypost.profiles import resolution
from waypost.profiles.directory import User, identity_key, user_keys
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.records import (
    Desk,
    Draft,
    Model,
    Record,
    Reference,
    Verdict,
    check_room,
    check_source,
    company_id,
    draft,
    immutable,
    link_source,
    reference,
    unknown,
    verdict,
)
from waypost.sources.formats import fields
from waypost.sources.formats.placeholders import Kind, Who

_OWN = frozenset({"_id", "externalId", "companyId", "email", "name"})
_IDS: dict[str, Kind] = {"externalId": "user", "sourceId": "user", "companyId": "id"}
_WHO: Who = {(): _IDS | {"email": "email", "name": "name"}}
_WHOSE = "externalId, email or sourceId is needed to tell whom this is about"
_WHICH = "companyId must be a company's _id, extid-<externalId> or srcid-<sourceId>"


class Endusers(Model):
    """The model of endusers, who are users."""

    name = "endusers"
    source = "us"
    unknown = "unknown_enduser"
    who = _WHO

    def record(self, tenant: str, user: User) -> Record:
        """An enduser as Planhat's clients read it; `companyId` is null while nobody knows it."""
        return {
            "sourceId": None,
            "createDate": times.iso(user.created),
            # Traits may hold a name or address that an open door only claimed: the user's own win.
            **user.traits,
            "_id": user.id.removeprefix("u_"),
            "externalId": user.external_id,
            "email": user.email,
            "name": user.name,
            "companyId": user.account_id and company_id(tenant, user.account_id),
        }

    def draft(self, item: Record) -> Draft:
        enduser = draft(item, _OWN)
        # Their lengths are all that is checked: they stay traits, companyName too.
        for name in ("position", "phone", "companyName"):
            fields.short(item, MAX_TEXT, name)
        enduser.email = fields.email(fields.short(item, MAX_EMAIL, "email"))
        company = fields.text(item, "companyId")
        enduser.company = reference(company) if company else None
        if company and enduser.company is None:
            raise ItemError("invalid_id", _WHICH, "companyId")
        return enduser

    def pointer(self, reference: Reference) -> str | None:
        if reference.by == "_id":
            return None
        return identity_key("x" if reference.by == "externalId" else "us", reference.value)

    def located(self, reference: Reference, known: Mapping[str, str]) -> str | None:
        pointer = self.pointer(reference)
        return f"u_{reference.value}" if pointer is None else known.get(pointer)

    def named(self, draft: Draft, known: Mapping[str, str]) -> str | None:
        """The user that a draft means by `_id` or sourceId; other users are found by matching."""
        if draft.id is not None:
            return f"u_{draft.id}"
        return draft.source_id and known.get(identity_key("us", draft.source_id))

    def event(self, draft: Draft, known: Mapping[str, str], time: int) -> Event:
        # Matching goes by keys, so a sourceId alone becomes one; the others may follow later.
        given = draft.external_id or draft.email
        return Event(
            kind=IDENTIFY,
            verified=True,
            time=time,
            external_id=draft.external_id,
            email=draft.email,
            anonymous_id=None if given or not draft.source_id else f"srcid-{draft.source_id}",
            name=draft.name,
            company_id=draft.company and COMPANIES.located(draft.company, known),
            properties=draft.traits,
        )

    def apply(self, draft: Draft, desk: Desk) -> Verdict:
        event = self.event(draft, desk.known, desk.now)
        _check_company(draft, event, desk)
        target = _target(draft, desk)
        if target is not None:
            check_source(self, draft, target.id, desk)
            # All checks come before the first change: a refused record leaves nothing behind.
            check_room(target, draft.traits, desk.now)
            _lead_to(target, event, desk)
        elif not user_keys(event):
            raise ItemError("identity_missing", _WHOSE, "externalId")
        users = [user for key in user_keys(event) if (user := desk.view.user_at(key))]
        before = {user.id: self.record(desk.tenant.id, user) for user in users}
        if target is None:
            check_room(users[0] if users else None, draft.traits, desk.now)
        id = resolution.resolve(event, desk.view, desk.tenant, desk.now).user_id
        return _settled(draft, event, id, before, desk)


def _check_company(draft: Draft, event: Event, desk: Desk) -> None:
    if draft.company is None:
        return
    if event.company_id is None or desk.view.account(event.company_id) is None:
        raise ItemError("unknown_company", "there is no such company; send it first", "companyId")


def _target(draft: Draft, desk: Desk) -> User | None:
    id = ENDUSERS.named(draft, desk.known)
    target = desk.users.get(id) if id else None
    if draft.id is not None and target is None:
        raise unknown(ENDUSERS)
    if target and target.external_id and draft.external_id not in (None, target.external_id):
        raise immutable("externalId")
    return target


def _lead_to(target: User, event: Event, desk: Desk) -> None:
    """Gives the event keys of the user that it names, and checks that the new ones are free."""
    for key in user_keys(event):
        other = desk.view.user_at(key)
        if other is not None and other.id != target.id:
            field = "email" if key.startswith("e") else "externalId"
            raise ItemError("identity_taken", f"another enduser has this {field}", field)
    if target.external_id:
        event.external_id = target.external_id
    elif target.email and not event.email:
        event.email = target.email
    elif not user_keys(event):
        event.anonymous_id = target.anonymous_id
    # So that resolving the event, which goes by keys alone, arrives at this user.
    home = resolution.home(target, user_keys(event), desk.tenant)
    for key in user_keys(event):
        desk.view.point(key, target, home)


def _settled(
    draft: Draft, event: Event, id: str | None, before: dict[str, Record], desk: Desk
) -> Verdict:
    keys = user_keys(event)
    user = next(known for key in keys if (known := desk.view.user_at(key)) and known.id == id)
    # So that later items of the same body can name this user by its sourceId.
    desk.users[user.id] = user
    old = before.get(user.id)
    link_source(ENDUSERS, draft, user.id, old and old["sourceId"], desk)
    return verdict(old, ENDUSERS.record(desk.tenant.id, user))


ENDUSERS = Endusers()
