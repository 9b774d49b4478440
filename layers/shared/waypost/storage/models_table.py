"""Planhat's models in the directory table: pointers of `_id` and sourceId, removal."""

from typing import Any

from waypost.event import Event
from waypost.profiles.directory import Account, User, identity_key, user_keys
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.records import Model, company_id
from waypost.profiles.view import Change, Lost, View
from waypost.storage import keys
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.dynamo import Table
from waypost.storage.keys import Place, scoped
from waypost.tenants import Tenant

_SOURCES = ("us:", "ush:", "cs:", "csh:")
_COMPANY = "ci:"


class DynamoModels:
    """Accounts and users as companies and endusers."""

    def __init__(self, table: Table, directory: DynamoDirectory) -> None:
        self._table = table
        self._directory = directory
        self._identities = directory.identities

    def targets(self, tenant: str, pointers: set[str]) -> dict[str, str]:
        places = {
            _place(tenant, pointer): pointer
            for pointer in pointers
            if pointer.startswith((_COMPANY, *_SOURCES))
        }
        targets = {
            places[item["pk"], item["sk"]]: item.get("account") or item["user"]
            for item in self._table.get_many(sorted(places))
        }
        known = self._identities.read(tenant, pointers - set(places.values()))
        return targets | {key: user.id for key in known.pointers if (user := known.at(key))}

    def view(
        self, model: Model, tenant: Tenant, events: list[Event], named: set[str]
    ) -> tuple[View, dict[str, User]]:
        """Users named by id are read as if an event had come from each."""
        users = [] if model is COMPANIES else self._directory.users_by_id(tenant.id, named)
        probes = [_probe(user) for user in users if user.merged_into is None]
        view = self._directory.view(tenant, [*events, *probes])
        known = (view.user_at(key) for user in users for key in user_keys(user))
        return view, {user.id: user for user in known if user and user.id in named}

    def commit(self, tenant: str, change: Change) -> Lost:
        return self._directory.commit(tenant, change)

    def point(self, tenant: str, pointers: dict[str, str], gone: dict[str, str]) -> None:
        items = []
        for pointer, id in pointers.items():
            pk, sk = _place(tenant, pointer)
            items.append({"pk": pk, "sk": sk, _owner(pointer): id})
        self._table.put_many(items)
        # Only now: in between a record has two names, which is better than none.
        self._forget(tenant, {key: id for key, id in gone.items() if key not in pointers})

    def _forget(self, tenant: str, pointers: dict[str, str]) -> None:
        """Deletes those of the pointers that lead where they are thought to lead."""
        targets = self.targets(tenant, set(pointers))
        gone = [key for key, id in targets.items() if pointers[key] == id]
        self._table.delete_many([_place(tenant, key) for key in gone])

    def some(self, model: Model, tenant: str, ids: set[str]) -> list[Any]:
        if model is COMPANIES:
            return self._directory.accounts_by_id(tenant, ids)
        users = self._directory.users_by_id(tenant, ids)
        return [user for user in users if user.merged_into is None]

    def kin(self, tenant: str, thing: Account | User) -> list[Account | User]:
        """An account or user, and the users that were merged into it."""
        if isinstance(thing, Account):
            return [thing]
        known = self._identities.read(tenant, self._directory.keys_of(tenant, thing))
        merged = [user for user in known.merged.values() if user.merged_into == thing.id]
        return [thing, *merged]

    def remove(self, model: Model, tenant: str, thing: Account | User) -> None:
        """Forgets an account or user, and all that leads to it."""
        if isinstance(source := thing.traits.get("sourceId"), str):
            self._forget(tenant, {identity_key(model.source, source): thing.id})
        if isinstance(thing, Account):
            id = company_id(tenant, thing.id)
            places = [(keys.shard(tenant, "company", id), id)]
            self._table.delete_many([*places, (scoped(tenant, "account"), thing.id)])
        else:
            self._remove_user(tenant, thing)

    def _remove_user(self, tenant: str, user: User) -> None:
        identities = self._directory.keys_of(tenant, user)
        own = keys.user(tenant, user.id)
        leading = self._identities.read(tenant, identities).pointers
        # The user first: a pointer that a crash leaves is a reservation, and harms nobody, while a
        # user without its pointers could neither be found nor be made again.
        self._table.delete_many([own])
        # A merged record, which stands at its key's place, goes with the person that it was.
        places = [
            self._identities.place(tenant, key) for key, at in leading.items() if at.user == user.id
        ]
        self._table.delete_many([place for place in dict.fromkeys(places) if place != own])
        self._table.delete_many(self._lists_of(tenant, user.id))

    def _lists_of(self, tenant: str, user: str) -> list[Place]:
        """What names a user's further keys, and the browsers that were this user: whoever comes
        with one of them later is somebody new.
        """
        listed = self._table.query(scoped(tenant, f"keys:{user}"))
        merged = self._table.query(keys.shard(tenant, "merge", user), prefix=f"{user}#")
        return [(item["pk"], item["sk"]) for item in [*listed, *merged]]


def _probe(user: User) -> Event:
    return Event(external_id=user.external_id, email=user.email, anonymous_id=user.anonymous_id)


def _place(tenant: str, pointer: str) -> Place:
    if pointer.startswith(_COMPANY):
        id = pointer.removeprefix(_COMPANY)
        return keys.shard(tenant, "company", id), id
    return keys.source(tenant, pointer)


def _owner(pointer: str) -> str:
    """The attribute of a pointer that holds the id."""
    return "account" if pointer.startswith("c") else "user"
