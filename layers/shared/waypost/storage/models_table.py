"""Planhat's models in the directory table: pointers of `_id` and sourceId, lists, removal."""

from collections.abc import Iterator
from typing import Any

from waypost.event import Event
from waypost.profiles import directory, email_domains
from waypost.profiles.directory import Account, Change, User, View, identity_key, user_keys
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.records import Model, company_pointer
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.dynamo import Table
from waypost.storage.keys import scoped
from waypost.tenants import Tenant

# As many as one BatchGetItem takes.
_LOOK_UP = 100


class DynamoModels:
    """Accounts and users as companies and endusers."""

    def __init__(self, table: Table, directory: DynamoDirectory) -> None:
        self._table = table
        self._directory = directory

    def targets(self, tenant: str, pointers: set[str]) -> dict[str, str]:
        pk = scoped(tenant, "key")
        items = self._table.get_many([(pk, pointer) for pointer in sorted(pointers)])
        return {item["sk"]: item.get("account") or item["user"] for item in items}

    def view(
        self, model: Model, tenant: Tenant, events: list[Event], named: set[str]
    ) -> tuple[View, dict[str, User]]:
        """Users named by id are read as if an event had come from each."""
        users = [] if model is COMPANIES else self._directory.users_by_id(tenant.id, named)
        probes = [_probe(user) for user in users if user.merged_into is None]
        view = self._directory.view(tenant, [*events, *probes])
        known = (view.user_at(key) for user in users for key in user_keys(user))
        return view, {user.id: user for user in known if user and user.id in named}

    def commit(self, tenant: str, change: Change) -> None:
        self._directory.commit(tenant, change)

    def point(self, tenant: str, pointers: dict[str, str], gone: dict[str, str]) -> None:
        pk = scoped(tenant, "key")
        self._table.put_many(
            [{"pk": pk, "sk": pointer, _owner(pointer): id} for pointer, id in pointers.items()]
        )
        # Only now: in between a record has two names, which is better than none.
        self._forget(tenant, {key: id for key, id in gone.items() if key not in pointers})

    def _forget(self, tenant: str, pointers: dict[str, str]) -> None:
        """Deletes those of the pointers that lead where they are thought to lead."""
        targets = self.targets(tenant, set(pointers))
        pk = scoped(tenant, "key")
        self._table.delete_many([(pk, key) for key, id in targets.items() if pointers[key] == id])

    def some(self, model: Model, tenant: str, ids: set[str]) -> list[Any]:
        if model is COMPANIES:
            return self._directory.accounts_by_id(tenant, ids)
        users = self._directory.users_by_id(tenant, ids)
        return [user for user in users if user.merged_into is None]

    def every(self, model: Model, tenant: str, descending: bool) -> Iterator[Any]:
        return (self._companies if model is COMPANIES else self._endusers)(tenant, descending)

    def _companies(self, tenant: str, descending: bool) -> Iterator[Account]:
        # Pointers are listed, not accounts: their order by `_id` is the one that clients page in.
        pointers = self._table.query(scoped(tenant, "key"), prefix="ci:", newest_first=descending)
        for some in _chunks(item["account"] for item in pointers):
            accounts = self._directory.accounts_by_id(tenant, set(some))
            by_id = {account.id: account for account in accounts}
            yield from (by_id[id] for id in some if id in by_id)

    def _endusers(self, tenant: str, descending: bool) -> Iterator[User]:
        for item in self._table.query(scoped(tenant, "user"), newest_first=descending):
            user = directory.decode_user(item["record"])
            if user.merged_into is None:
                yield user

    def remove(self, model: Model, tenant: str, thing: Account | User) -> None:
        """Pointers go first: what is left after a crash can be removed by its `_id`."""
        if isinstance(thing, Account):
            pointers = {company_pointer(tenant, thing.id)}
            places = [(scoped(tenant, "account"), thing.id)]
        else:
            pointers = {*thing.keys, *user_keys(thing)}
            places = [(scoped(tenant, kind), thing.id) for kind in ("unassigned", "user")]
            places += _domain_places(tenant, thing)
        if isinstance(source := thing.traits.get("sourceId"), str):
            pointers.add(identity_key(model.source, source))
        self._forget(tenant, dict.fromkeys(pointers, thing.id))
        self._table.delete_many(places)


def _probe(user: User) -> Event:
    return Event(external_id=user.external_id, email=user.email, anonymous_id=user.anonymous_id)


def _owner(pointer: str) -> str:
    """The attribute of a pointer that holds the id."""
    return "account" if pointer.startswith("c") else "user"


def _chunks(ids: Iterator[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    for id in ids:
        chunk.append(id)
        if len(chunk) == _LOOK_UP:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _domain_places(tenant: str, user: User) -> list[tuple[str, str]]:
    """Where a user counts for a domain: every address that it ever had may have put it there."""
    emails = {key.removeprefix("e:") for key in user_keys(user) + user.keys if key[:2] == "e:"}
    domains = {email_domains.company_domain(email) for email in emails}
    return [(scoped(tenant, "domain"), f"{domain}|{user.id}") for domain in domains if domain]
