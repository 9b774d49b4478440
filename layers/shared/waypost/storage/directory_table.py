"""Users, identity pointers, accounts and domains: the directory table, as far as people go."""

import msgspec

from waypost.event import Event
from waypost.profiles import directory, email_domains
from waypost.profiles.directory import Account, Change, Placement, User, View, user_keys
from waypost.storage.directory_changes import Changes
from waypost.storage.dynamo import Table
from waypost.storage.keys import scoped
from waypost.tenants import Tenant

# Enough to see where a domain's people sit, and one cheap read for a domain of thousands.
_DOMAIN_SAMPLE = 200


class DynamoDirectory:
    """What `match` reads and writes, and what the read API lists."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._changes = Changes(table)

    def view(self, tenant: Tenant, events: list[Event]) -> View:
        pointers = self._pointers(tenant.id, {key for event in events for key in user_keys(event)})
        users = self.users_by_id(tenant.id, set(pointers.values()))
        accounts = self.accounts_by_id(tenant.id, {e.company_id for e in events if e.company_id})
        by_id = {user.id: user for user in users}
        wanted = {
            domain
            for event in events
            if event.company_id is None and (domain := _domain_needed(event, pointers, by_id))
        }
        domains = {domain: self._domain(tenant.id, domain) for domain in wanted}
        return View(pointers=pointers, users=users, accounts=accounts, domains=domains)

    def _pointers(self, tenant: str, keys: set[str]) -> dict[str, str]:
        pk = scoped(tenant, "key")
        items = self._table.get_many([(pk, key) for key in sorted(keys)])
        return {item["sk"]: item["user"] for item in items}

    def users_by_id(self, tenant: str, ids: set[str]) -> list[User]:
        """Those of the users that exist, in no order."""
        pk = scoped(tenant, "user")
        items = self._table.get_many([(pk, id) for id in sorted(ids)])
        return [directory.decode_user(item["record"]) for item in items]

    def accounts_by_id(self, tenant: str, ids: set[str]) -> list[Account]:
        """Those of the accounts that exist, in no order."""
        pk = scoped(tenant, "account")
        items = self._table.get_many([(pk, id) for id in sorted(ids)])
        return [directory.decode_account(item["record"]) for item in items]

    def _domain(self, tenant: str, domain: str) -> dict[str, int]:
        counts: dict[str, int] = {}
        for item in self._table.query(
            scoped(tenant, "domain"), prefix=f"{domain}|", limit=_DOMAIN_SAMPLE
        ):
            counts[item["account"]] = counts.get(item["account"], 0) + 1
        return counts

    def commit(self, tenant: str, change: Change) -> None:
        """Writes a change, or raises `DirectoryConflict`; writing it twice is harmless."""
        self._changes.commit(tenant, change)

    def user(self, tenant: str, id: str) -> User | None:
        item = self._table.get(scoped(tenant, "user"), id)
        return directory.decode_user(item["record"]) if item else None

    def user_at(self, tenant: str, identity: str) -> User | None:
        """The user that an identity key (`x:…`, `e:…`, `a:…`) points at."""
        item = self._table.get(scoped(tenant, "key"), identity)
        return self.user(tenant, item["user"]) if item else None

    def merges(self, tenant: str) -> dict[str, str]:
        """By the id of each merged anonymous user, the user that it turned out to be."""
        return {item["sk"]: item["user"] for item in self._table.query(scoped(tenant, "merge"))}

    def placements(self, tenant: str) -> list[Placement]:
        """The users of the last weeks who got an account after events of them were held."""
        return [
            msgspec.json.decode(item["record"], type=Placement)
            for item in self._table.query(scoped(tenant, "placed"))
        ]

    def account(self, tenant: str, id: str) -> Account | None:
        item = self._table.get(scoped(tenant, "account"), id)
        return directory.decode_account(item["record"]) if item else None

    def users(self, tenant: str, after: str | None, limit: int) -> list[User]:
        items = self._table.query(scoped(tenant, "user"), after=after, limit=limit)
        return [directory.decode_user(item["record"]) for item in items]

    def accounts(self, tenant: str, after: str | None, limit: int) -> list[Account]:
        items = self._table.query(scoped(tenant, "account"), after=after, limit=limit)
        return [directory.decode_account(item["record"]) for item in items]

    def unassigned(self, tenant: str, after: str | None, limit: int) -> list[User]:
        """Users without an account, by id."""
        items = self._table.query(scoped(tenant, "unassigned"), after=after, limit=limit)
        # The list is written before the users are, so a crash may leave a name without one.
        users = self.users_by_id(tenant, {item["sk"] for item in items})
        return sorted(users, key=lambda user: user.id)


def _domain_needed(event: Event, pointers: dict[str, str], users: dict[str, User]) -> str | None:
    ids = [pointers[key] for key in user_keys(event) if key in pointers]
    user = users.get(ids[0]) if ids else None
    if user is not None and user.account_id is not None:
        return None
    email = event.email or (user.email if user else None)
    return email_domains.company_domain(email) if email else None
