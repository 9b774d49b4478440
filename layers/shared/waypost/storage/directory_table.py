"""Users, identity pointers, accounts and domains: the directory table, as far as people go."""

from concurrent.futures import ThreadPoolExecutor

from waypost.event import Event
from waypost.profiles import email_domains
from waypost.profiles.directory import User, identity_key, user_keys
from waypost.profiles.view import Change, Domain, Lost, View
from waypost.storage import keys
from waypost.storage.directory_changes import Changes
from waypost.storage.dynamo import Table
from waypost.storage.identities import Identities, Known, pointer_of
from waypost.storage.keys import scoped
from waypost.storage.people_table import People
from waypost.tenants import Tenant

# Enough to see where a domain's people sit, and one cheap read for a domain of thousands.
_DOMAIN_SAMPLE = 500
_THREADS = 8


class DynamoDirectory(People):
    """What `match` reads and writes, beside what the read API lists."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.identities = Identities(table)
        self._changes = Changes(table, self.identities)

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        self.identities.know(tenant)
        known = self.identities.read(tenant.id, {key for e in events for key in user_keys(e)})
        if mails := _mails_of_moving(events, known):
            # What an account teaches its domain stands beside the e-mail of the user.
            known.pointers |= self.identities.read(tenant.id, mails).pointers
        accounts = self.accounts_by_id(tenant.id, {e.company_id for e in events if e.company_id})
        with ThreadPoolExecutor(_THREADS) as pool:
            names = sorted(_domains_needed(events, known))
            samples = pool.map(lambda name: self._domain(tenant.id, name), names)
            domains = dict(zip(names, samples, strict=True))
        return View(
            pointers=known.pointers,
            users=known.users.values(),
            accounts=accounts,
            domains=domains,
            merged=known.merged.values(),
            records=known.records,
        )

    def _domain(self, tenant: str, domain: str) -> Domain:
        pk, span = keys.mail_domain(tenant, domain)
        items = self._table.query(pk, between=span, limit=_DOMAIN_SAMPLE)
        pointers = [pointer_of(item) for item in items if keys.is_of_domain(item["sk"], domain)]
        return Domain({pointer.user: pointer.account for pointer in pointers if pointer.account})

    def commit(self, tenant: str, change: Change) -> Lost:
        """Writes a change; what another run wrote first is answered, to be decided again."""
        return self._changes.commit(tenant, change)

    def user_at(self, tenant: str, identity: str) -> User | None:
        """The user that an identity key (`x:…`, `e:…`, `a:…`) leads to."""
        return self.identities.read(tenant, {identity}).at(identity)

    def further_keys(
        self, tenant: str, user: str, before: str | None, limit: int
    ) -> tuple[list[str], str | None]:
        """Keys that lead to a user beside those in its record, the newest first, from the cursor
        `before` on; and the cursor of those that follow.
        """
        pk = scoped(tenant, f"keys:{user}")
        places = self._table.query(pk, before=before, newest_first=True, limit=limit)
        cursors = [item["sk"] for item in places]
        listed = dict.fromkeys(cursor.partition("#")[2] for cursor in cursors)
        pointers = self.identities.read(tenant, set(listed)).pointers
        # The list is written before the pointers: of two runs that raced, one listed in vain.
        leading = [key for key in listed if key in pointers and pointers[key].user == user]
        return leading, cursors[-1] if len(cursors) == limit else None

    def keys_of(self, tenant: str, user: User) -> set[str]:
        """Every key that may lead to a user, however many there are."""
        listed = self._table.query(scoped(tenant, f"keys:{user.id}"))
        return {*user_keys(user), *(item["sk"].partition("#")[2] for item in listed)}


def _mails_of_moving(events: list[Event], known: Known) -> set[str]:
    """The e-mails of users that an event names another account for."""
    mails = set()
    for event in events:
        for user in _users_of(event, known) if event.company_id is not None else ():
            if user.email is not None and user.account_id != event.company_id:
                mails.add(identity_key("e", user.email.casefold()))
    return mails - known.pointers.keys()


def _domains_needed(events: list[Event], known: Known) -> set[str]:
    """The domains by which the account of a user may have to be guessed."""
    domains = set()
    for event in events:
        users = _users_of(event, known) if event.company_id is None else []
        if event.company_id is None and not (users and all(user.account_id for user in users)):
            mails = {event.email, *(user.email for user in users)}
            domains |= {email_domains.company_domain(mail) for mail in mails if mail}
    return {domain for domain in domains if domain is not None}


def _users_of(event: Event, known: Known) -> list[User]:
    users = (known.at(key) for key in user_keys(event))
    return [user for user in users if user is not None]
