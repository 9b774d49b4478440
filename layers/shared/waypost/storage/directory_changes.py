"""Changes of the directory, written by `match` and the models; one written twice is harmless."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from waypost import times
from waypost.ingest.messages import slices
from waypost.profiles import directory
from waypost.profiles.directory import Account, Change, User
from waypost.profiles.planhat.records import company_pointer
from waypost.profiles.ports import DirectoryConflict
from waypost.storage.dynamo import Table
from waypost.storage.items import Item, code, guarded_put, key, version, wrap
from waypost.storage.keys import scoped
from waypost.times import DAY_MS

_TRANSACTION = 100  # writes, the most that DynamoDB takes in one
_PLACED_SECONDS = 35 * DAY_MS // 1000  # landing objects are kept for 30 days
# `TransactionConflict`: another transaction is at one of the items at this very moment.
_RACES = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class Changes:
    """Writes changes to the directory table."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._table = table
        self._clock = clock

    def commit(self, tenant: str, change: Change) -> None:
        """Writes a change, or raises `DirectoryConflict`.

        Users come last: until they stand, a repeat still sees everything as new and writes it.
        """
        # The guards compare with what was read. To count up in place is safe: whoever loses the
        # race reads a new view.
        versions = {user.id: user.version for user in change.users.values()}
        for user in change.users.values():
            user.version += 1
        self._write_accounts(tenant, change)
        self._table.put_many(_domain_items(tenant, change))
        self._list_unassigned(tenant, change)
        self._table.put_many(_merge_items(tenant, change))
        for group in _packed(self._user_writes(tenant, change, versions)):
            self._transact(group)

    def _user_writes(
        self, tenant: str, change: Change, versions: dict[str, int]
    ) -> Iterator[list[Item]]:
        pk = scoped(tenant, "key")
        pointers: dict[str, list[Item]] = {}
        for pointer, owner in change.pointers.items():
            pointers.setdefault(owner, []).append(self._put(pk, pointer, {"user": owner}))
        for pointer, (before, owner) in change.moved.items():
            move = self._put(pk, pointer, {"user": owner}, {"user": before})
            pointers.setdefault(owner, []).append(move)
        merged = {id for id, user in change.users.items() if user.merged_into is not None}
        # Merged users first: once their pointers lead elsewhere, a repeat would not meet them.
        for id in sorted(change.users.keys() | pointers.keys(), key=lambda id: id not in merged):
            user = change.users.get(id)
            group = [self._put_user(tenant, user, versions[id])] if user else []
            group += self._put_placement(tenant, id, change)
            group += pointers.get(id, [])
            yield from slices(group, _TRANSACTION)  # the user first: no pointer leads nowhere

    def _put(self, pk: str, sk: str, fields: Item, seen: Item | None = None) -> Item:
        return {"Put": guarded_put(self._table.name, {"pk": pk, "sk": sk, **fields}, seen)}

    def _put_user(self, tenant: str, user: User, seen: int) -> Item:
        """A user is overwritten only in the version that was read: a lost race is read again."""
        item = {"record": directory.encode(user), "version": user.version}
        return self._put(scoped(tenant, "user"), user.id, item, version(seen))

    def _put_placement(self, tenant: str, id: str, change: Change) -> list[Item]:
        """With its user or not at all: who loses a race places nobody."""
        if (placed := change.placed.get(id)) is None:
            return []
        now = int(self._clock())
        record = msgspec.structs.replace(placed, hour=times.hour(now * 1000))
        item = {
            "pk": scoped(tenant, "placed"),
            "sk": id,
            "record": directory.encode(record),
            "ttl": now + _PLACED_SECONDS,
        }
        return [{"Put": {"TableName": self._table.name, "Item": wrap(item)}}]

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

    def _write_accounts(self, tenant: str, change: Change) -> None:
        """New accounts that only an id is known of may be created by several runs at once."""
        pk = scoped(tenant, "account")
        writes = []
        for account in change.accounts.values():
            seen, plain = account.version, not account.traits and account.name is None
            account.version += 1
            if plain and not seen:
                # Guarded by a version, all but one of these runs would be sent back to read again.
                written = [_add_account(self._table.name, key(pk, account.id), account)]
            else:
                item = {"record": directory.encode(account), "version": account.version}
                written = [self._put(pk, account.id, item, version(seen))]
            writes.append(written if seen else [*written, self._point_at(tenant, account)])
        for group in _packed(writes):
            self._transact(group)

    def _point_at(self, tenant: str, account: Account) -> Item:
        """A new account's pointer: Planhat's clients look accounts up, and list them, by `_id`."""
        pointer = company_pointer(tenant, account.id)
        item = {"pk": scoped(tenant, "key"), "sk": pointer, "account": account.id}
        return {"Put": {"TableName": self._table.name, "Item": wrap(item)}}

    def _list_unassigned(self, tenant: str, change: Change) -> None:
        pk = scoped(tenant, "unassigned")
        waiting = [user for user in change.users.values() if _waits(user)]
        placed = [
            user.id
            for user in change.users.values()
            # A new one is hardly ever on the list, and each delete is a write that is billed.
            if not _waits(user) and user.id not in change.new_users
        ]
        self._table.put_many([{"pk": pk, "sk": user.id} for user in waiting])
        self._table.delete_many([(pk, id) for id in placed])


def _merge_items(tenant: str, change: Change) -> list[Item]:
    pk = scoped(tenant, "merge")
    return [
        {"pk": pk, "sk": user.id, "user": user.merged_into}
        for user in change.users.values()
        if user.merged_into is not None
    ]


def _waits(user: User) -> bool:
    return user.account_id is None and user.merged_into is None


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
            "UpdateExpression": (
                "SET #record = if_not_exists(#record, :record), "
                "#version = if_not_exists(#version, :version)"
            ),
            "ExpressionAttributeNames": {"#record": "record", "#version": "version"},
            "ExpressionAttributeValues": wrap(
                {":record": directory.encode(account), ":version": account.version}
            ),
        }
    }


def _domain_items(tenant: str, change: Change) -> list[Item]:
    pk = scoped(tenant, "domain")
    return [
        {"pk": pk, "sk": f"{domain}|{user}", "account": account}
        for (domain, user), account in change.domains.items()
    ]
