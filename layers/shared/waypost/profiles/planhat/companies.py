"""Companies: Planhat's JSON ↔ `Account`, whose id is the company's externalId."""

from collections.abc import Mapping

from waypost import times
from waypost.event import GROUP, Event, ItemError
from waypost.profiles import resolution
from waypost.profiles.directory import Account, identity_key
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
    company_pointer,
    draft,
    immutable,
    is_made,
    link_source,
    made_id,
    unknown,
    verdict,
)
from waypost.sources.formats.placeholders import Who

_OWN = frozenset({"_id", "externalId"})
_WHO: Who = {(): {"externalId": "id", "sourceId": "id", "name": "name"}}
LEAN = ("_id", "externalId", "sourceId", "name", "slug")


class Companies(Model):
    """The model of companies, which are accounts."""

    name = "companies"
    source = "cs"
    unknown = "unknown_company"
    who = _WHO

    def record(self, tenant: str, account: Account) -> Record:
        """A company as Planhat's clients read it; one that nobody named goes by its externalId."""
        return {
            "sourceId": None,
            "createDate": times.iso(account.created),
            # Above: what traits may say better. Below: what no trait may say.
            **account.traits,
            "_id": company_id(tenant, account.id),
            "externalId": None if is_made(account.id) else account.id,
            "name": account.name or account.id,  # one of Planhat's clients fails without it
        }

    def draft(self, item: Record) -> Draft:
        company = draft(item, _OWN)
        company.made = made_id(company.source_id)
        return company

    def pointer(self, reference: Reference) -> str | None:
        if reference.by == "externalId":
            return None
        return identity_key("ci" if reference.by == "_id" else "cs", reference.value)

    def located(self, reference: Reference, known: Mapping[str, str]) -> str | None:
        pointer = self.pointer(reference)
        return reference.value if pointer is None else known.get(pointer)

    def named(self, draft: Draft, known: Mapping[str, str]) -> str | None:
        """The account that a draft means: by `_id`, else by sourceId, else by externalId."""
        if draft.id is not None:
            return known.get(f"ci:{draft.id}")
        by_source = draft.source_id and known.get(identity_key("cs", draft.source_id))
        return by_source or draft.external_id or draft.made

    def event(self, draft: Draft, known: Mapping[str, str], time: int) -> Event:
        return Event(
            kind=GROUP,
            verified=True,
            time=time,
            company_id=self.named(draft, known),
            properties=draft.traits,
        )

    def apply(self, draft: Draft, desk: Desk) -> Verdict:
        id = self.named(draft, desk.known)
        account = desk.view.account(id) if id else None
        if id is None or (draft.id is not None and account is None):
            raise unknown(self)
        _check(draft, id, account, desk)
        before = self.record(desk.tenant.id, account) if account else None
        event = self.event(draft, desk.known, desk.now)
        resolution.resolve(event, desk.view, desk.tenant, desk.now)
        link_source(self, draft, id, before and before["sourceId"], desk)
        # So that later items of the same body find the company that this one created.
        desk.known[company_pointer(desk.tenant.id, id)] = id
        return verdict(before, self.record(desk.tenant.id, desk.view.account(id) or Account(id)))


def _check(draft: Draft, id: str, account: Account | None, desk: Desk) -> None:
    if draft.external_id not in (None, id):
        raise immutable("externalId")
    if account is None and draft.name is None:
        raise ItemError("missing_field", "name is required for a new company", "name")
    check_source(COMPANIES, draft, id, desk)
    check_room(account, draft.traits, desk.now)


COMPANIES = Companies()
