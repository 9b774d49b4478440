"""Tenants, tokens, users, identity pointers, accounts, domains: the directory table."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from waymark import directory, domains, tenants
from waymark.directory import Account, Change, User, View, user_keys
from waymark.envelope import slices
from waymark.event import Event
from waymark.ports import DirectoryConflict
from waymark.storage.dynamo import Item, Table, code, key, wrap
from waymark.storage.keys import scoped
from waymark.tenants import Tenant

_TRANSACTION = 100
_DOMAIN_SAMPLE = 200
_RACES = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class DynamoDirectory:
    """What `match` reads and writes, and what the read API lists."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def tenant(self, tenant: str) -> Tenant | None:
        item = self._table.get("tenant", tenant)
        return tenants.decode(item["settings"]) if item else None

    def all_tenants(self) -> list[Tenant]:
        return [tenants.decode(item["settings"]) for item in self._table.query("tenant")]

    def put_tenant(self, tenant: Tenant) -> None:
        self._table.put({"pk": "tenant", "sk": tenant.id, "settings": tenants.encode(tenant)})

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
        found = {domain: self._domain(tenant.id, domain) for domain in wanted}
        return View(pointers=pointers, users=users, accounts=accounts, domains=found)

    def _pointers(self, tenant: str, keys: set[str]) -> dict[str, str]:
        pk = scoped(tenant, "key")
        items = self._table.get_many([(pk, one) for one in sorted(keys)])
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
        """Writes a change, or raises `DirectoryConflict`.

        Users come last: until they stand, a repeat still sees everything as new and writes it.
        """
        versions = {user.id: user.version for user in change.users.values()}
        for user in change.users.values():
            user.version += 1
        self._add_accounts(tenant, change)
        self._table.put_many(_domain_items(tenant, change))
        self._list_unassigned(tenant, change)
        for group in _packed(self._user_writes(tenant, change, versions)):
            self._transact(group)

    def _user_writes(
        self, tenant: str, change: Change, versions: dict[str, int]
    ) -> Iterator[list[Item]]:
        pointers: dict[str, list[str]] = {}
        for pointer, owner in change.pointers.items():
            pointers.setdefault(owner, []).append(pointer)
        for id in change.users.keys() | pointers.keys():
            user = change.users.get(id)
            group = [self._put_user(tenant, user, versions[id])] if user else []
            group += [
                self._put_new(scoped(tenant, "key"), pointer, {"user": id})
                for pointer in pointers.get(id, [])
            ]
            yield from slices(group, _TRANSACTION)  # the user first: no pointer leads nowhere

    def _put_new(self, pk: str, sk: str, fields: Item) -> Item:
        return {
            "Put": {
                "TableName": self._table.name,
                "Item": wrap({"pk": pk, "sk": sk, **fields}),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }

    def _put_user(self, tenant: str, user: User, seen: int) -> Item:
        """A user is overwritten only in the version that was read: a lost race is read again."""
        item = {"record": directory.encode(user), "version": user.version}
        put = self._put_new(scoped(tenant, "user"), user.id, item)
        if seen:
            put["Put"]["ConditionExpression"] = "version = :seen"
            put["Put"]["ExpressionAttributeValues"] = wrap({":seen": seen})
        return put

    def _transact(self, items: list[Item]) -> None:
        try:
            self._table.client.transact_write_items(TransactItems=items)
        except ClientError as error:
            if code(error) != "TransactionCanceledException":
                raise
            reasons = {reason.get("Code") for reason in error.response["CancellationReasons"]}
            if reasons & _RACES:
                raise DirectoryConflict from None
            raise

    def _add_accounts(self, tenant: str, change: Change) -> None:
        pk = scoped(tenant, "account")
        for group in _packed(
            [_add_account(self._table.name, key(pk, account.id), account)]
            for account in change.accounts.values()
        ):
            self._transact(group)

    def _list_unassigned(self, tenant: str, change: Change) -> None:
        pk = scoped(tenant, "unassigned")
        waiting = [user for user in change.users.values() if user.account_id is None]
        placed = [
            user.id
            for user in change.users.values()
            if user.account_id is not None and user.id not in change.new_users
        ]
        self._table.put_many([{"pk": pk, "sk": user.id} for user in waiting])
        self._table.delete_many([(pk, id) for id in placed])

    def user(self, tenant: str, id: str) -> User | None:
        item = self._table.get(scoped(tenant, "user"), id)
        return directory.decode_user(item["record"]) if item else None

    def user_at(self, tenant: str, identity: str) -> User | None:
        """The user that an identity key (`x:…`, `e:…`, `a:…`) points at."""
        item = self._table.get(scoped(tenant, "key"), identity)
        return self.user(tenant, item["user"]) if item else None

    def account(self, tenant: str, id: str) -> Account | None:
        item = self._table.get(scoped(tenant, "account"), id)
        return directory.decode_account(item["record"]) if item else None

    def users(self, tenant: str, after: str | None, limit: int) -> list[User]:
        found = self._table.query(scoped(tenant, "user"), after=after, limit=limit)
        return [directory.decode_user(item["record"]) for item in found]

    def accounts(self, tenant: str, after: str | None, limit: int) -> list[Account]:
        found = self._table.query(scoped(tenant, "account"), after=after, limit=limit)
        return [directory.decode_account(item["record"]) for item in found]

    def unassigned(self, tenant: str, after: str | None, limit: int) -> list[User]:
        """Users without an account, by id."""
        found = self._table.query(scoped(tenant, "unassigned"), after=after, limit=limit)
        users = self.users_by_id(tenant, {item["sk"] for item in found})
        return sorted(users, key=lambda user: user.id)


def _domain_needed(event: Event, pointers: dict[str, str], users: dict[str, User]) -> str | None:
    ids = [pointers[key] for key in user_keys(event) if key in pointers]
    user = users.get(ids[0]) if ids else None
    if user is not None and user.account_id is not None:
        return None
    email = event.email or (user.email if user else None)
    return domains.company_domain(email) if email else None


def _packed(groups: Any) -> Iterator[list[Item]]:
    """Groups of writes that belong together, packed into as few transactions as they fit."""
    packed: list[Item] = []
    for group in groups:
        if packed and len(packed) + len(group) > _TRANSACTION:
            yield packed
            packed = []
        packed = packed + group
    if packed:
        yield packed


def _add_account(table: str, key: Item, account: Account) -> Item:
    """Creates an account, and leaves one alone that somebody else created first."""
    return {
        "Update": {
            "TableName": table,
            "Key": key,
            "UpdateExpression": "SET #record = if_not_exists(#record, :record)",
            "ExpressionAttributeNames": {"#record": "record"},
            "ExpressionAttributeValues": wrap({":record": directory.encode(account)}),
        }
    }


def _domain_items(tenant: str, change: Change) -> list[Item]:
    pk = scoped(tenant, "domain")
    return [
        {"pk": pk, "sk": f"{domain}|{user}", "account": account}
        for (domain, user), account in change.domains.items()
    ]
