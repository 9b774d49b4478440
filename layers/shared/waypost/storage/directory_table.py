"""Users, identity pointers, accounts and domains: the directory table, as far as people go."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from waypost.event import Event
from waypost.profiles import directory, email_domains
from waypost.profiles.directory import Account, Placement, User, identity_key, user_keys
from waypost.profiles.view import Change, Domain, Lost, View
from waypost.storage import keys
from waypost.storage.directory_changes import Changes
from waypost.storage.dynamo import Table
from waypost.storage.identities import Identities, Known, pointer_of
from waypost.storage.items import Item
from waypost.storage.keys import scoped
from waypost.tenants import Tenant

# Enough to see where a domain's people sit, and one cheap read for a domain of thousands.
_DOMAIN_SAMPLE = 500
_THREADS = 8
_LOOK_UP = 100  # as many as one BatchGetItem takes
_MOST_LOOK_UPS = 20  # for one page of those who wait
_MOST_READ = 5000  # items for one page of users
_LARGEST_PAGE = 1000
T = TypeVar("T")


class DynamoDirectory:
    """What `match` reads and writes, and what the read API lists."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._identities = Identities(table)
        self._changes = Changes(table, clock)

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        known = self._identities.read(tenant.id, {key for e in events for key in user_keys(e)})
        if mails := _mails_of_moving(events, known):
            # What an account teaches its domain stands beside the e-mail of the user.
            known.pointers |= self._identities.read(tenant.id, mails).pointers
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
        )

    def _domain(self, tenant: str, domain: str) -> Domain:
        pk, span = keys.mail_domain(tenant, domain)
        items = self._table.query(pk, between=span, limit=_DOMAIN_SAMPLE)
        pointers = [pointer_of(item) for item in items if keys.is_of_domain(item["sk"], domain)]
        return Domain({pointer.user: pointer.account for pointer in pointers if pointer.account})

    def commit(self, tenant: str, change: Change) -> Lost:
        """Writes a change; what another run wrote first is answered, to be decided again."""
        return self._changes.commit(tenant, change)

    def users_by_id(self, tenant: str, ids: set[str]) -> list[User]:
        """Those of the users that exist, in no order."""
        items = self._table.get_many([keys.user(tenant, id) for id in sorted(ids)])
        return [directory.decode_user(item["record"]) for item in items if "record" in item]

    def accounts_by_id(self, tenant: str, ids: set[str]) -> list[Account]:
        """Those of the accounts that exist, in no order."""
        pk = scoped(tenant, "account")
        items = self._table.get_many([(pk, id) for id in sorted(ids)])
        return [directory.decode_account(item["record"]) for item in items]

    def user(self, tenant: str, id: str) -> User | None:
        item = self._table.get(*keys.user(tenant, id))
        return directory.decode_user(item["record"]) if item and "record" in item else None

    def user_at(self, tenant: str, identity: str) -> User | None:
        """The user that an identity key (`x:…`, `e:…`, `a:…`) leads to."""
        return self._identities.read(tenant, {identity}).at(identity)

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
        pointers = self._identities.read(tenant, set(listed)).pointers
        # The list is written before the pointers: of two runs that raced, one listed in vain.
        leading = [key for key in listed if key in pointers and pointers[key].user == user]
        return leading, cursors[-1] if len(cursors) == limit else None

    def merges(self, tenant: str) -> dict[str, str]:
        """By the id of each merged anonymous user, the user that it turned out to be."""
        names = (item["sk"].partition("#") for item in self._listed(tenant, "merge"))
        return {anonymous: person for person, _, anonymous in names}

    def merged_into(self, tenant: str, user: str) -> Iterator[str]:
        """The ids of anonymous users that turned out to be this one."""
        for item in self._table.query(keys.shard(tenant, "merge", user), prefix=f"{user}#"):
            yield item["sk"].partition("#")[2]

    def placements(self, tenant: str) -> list[Placement]:
        """The users of the last weeks who got an account after events of them were held."""
        hours = {item["sk"]: str(item["hour"]) for item in self._listed(tenant, "placed")}
        return list(self._placements(tenant, hours, self._anonymous(tenant, hours.keys())))

    def _anonymous(self, tenant: str, people: Set[str]) -> Mapping[str, list[str]]:
        """By person, the anonymous users that it was before."""
        if len(people) <= _LOOK_UP:
            return {person: list(self.merged_into(tenant, person)) for person in people}
        # An import places users by the thousand: a query for each would take the run's time.
        by_person: dict[str, list[str]] = {}
        for anonymous, person in self.merges(tenant).items():
            by_person.setdefault(person, []).append(anonymous)
        return by_person

    def _placements(
        self, tenant: str, hours: dict[str, str], anonymous: Mapping[str, list[str]]
    ) -> Iterator[Placement]:
        for some in _slices(hours, _LOOK_UP):
            users = self.users_by_id(tenant, set(some))
            into = {user.merged_into for user in users if user.merged_into is not None}
            people = {person.id: person for person in [*users, *self.users_by_id(tenant, into)]}
            for user in users:
                person = people.get(user.merged_into or user.id)
                if person is not None and person.account_id is not None:
                    ids = [user.id, *anonymous.get(user.id, [])]
                    yield Placement(person.account_id, ids, hours[user.id])

    def keys_of(self, tenant: str, ids: list[str]) -> Iterator[str]:
        """Every key under which events of these users may lie."""
        for user in self.users_by_id(tenant, set(ids)):
            yield from user_keys(user)
            pk = scoped(tenant, f"keys:{user.id}")
            yield from (item["sk"].partition("#")[2] for item in self._table.query(pk))

    def account(self, tenant: str, id: str) -> Account | None:
        item = self._table.get(scoped(tenant, "account"), id)
        return directory.decode_account(item["record"]) if item else None

    def users(self, tenant: str, after: str | None, limit: int) -> tuple[list[User], str | None]:
        """Users behind an id, by id, and the cursor of those that follow.

        Among them stand the pointers of their keys, which may be any number: a page that met
        5,000 items is short, or even empty, and has a cursor all the same.
        """
        users: list[User] = []
        items = self._listed(tenant, "user", after=after, page=limit)
        for number, item in enumerate(items, start=1):
            if "record" in item:
                users.append(directory.decode_user(item["record"]))
            if len(users) == limit or number == _MOST_READ:
                return users, item["sk"]
        return users, None

    def every_user(self, tenant: str, *, descending: bool = False) -> Iterator[User]:
        """Users in the order of their ids, merged ones among them."""
        for item in self._listed(tenant, "user", descending=descending):
            if "record" in item:
                yield directory.decode_user(item["record"])

    def accounts(
        self, tenant: str, after: str | None, limit: int
    ) -> tuple[list[Account], str | None]:
        """Accounts behind an id, by id, and the cursor of those that follow."""
        items = self._table.query(scoped(tenant, "account"), after=after, limit=limit)
        accounts = [directory.decode_account(item["record"]) for item in items]
        return accounts, accounts[-1].id if len(accounts) == limit else None

    def unassigned(
        self, tenant: str, after: str | None, limit: int
    ) -> tuple[list[User], str | None]:
        """Users without an account, by id, and the cursor of those that follow.

        The list is written before the users are, and may name any number who wait no more: a page
        that met 2,000 names is short, or even empty, and has a cursor all the same.
        """
        waiting: list[User] = []
        listed = self._listed(tenant, "unassigned", after=after, page=limit)
        for number, some in enumerate(_slices(listed, _LOOK_UP), start=1):
            users = self.users_by_id(tenant, {item["sk"] for item in some})
            still = [user for user in users if not (user.account_id or user.merged_into)]
            waiting += sorted(still, key=lambda user: user.id)
            if len(waiting) >= limit:
                return waiting[:limit], waiting[limit - 1].id
            if number == _MOST_LOOK_UPS:
                return waiting, some[-1]["sk"]
        return waiting, None

    def _listed(
        self,
        tenant: str,
        kind: str,
        *,
        after: str | None = None,
        descending: bool = False,
        page: int = _LARGEST_PAGE,
    ) -> Iterator[Item]:
        """The items of all sixteen partitions of a kind in the order of their ids."""
        first = keys.shard(tenant, kind, after) if after else ""
        for pk in keys.shards(tenant, kind, descending=descending):
            if pk >= first:
                at = after if pk == first else None
                yield from self._pages(pk, at, descending, page)

    def _pages(self, pk: str, at: str | None, descending: bool, size: int) -> Iterator[Item]:
        """A partition page by page, each twice as long as the one before: nobody reads a megabyte
        for a page of twenty, nor a hundred pages to find one.
        """
        while True:
            before, after = (at, None) if descending else (None, at)
            some = list(
                self._table.query(
                    pk, before=before, after=after, newest_first=descending, limit=size
                )
            )
            yield from some
            if len(some) < size:
                return
            at, size = some[-1]["sk"], min(2 * size, _LARGEST_PAGE)


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


def _slices(things: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some
