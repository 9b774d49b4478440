"""
Changes of the directory: written one by one, each under its own condition, in batches.

There is no transaction. What makes that safe is the order, and that every write may be repeated:

1. lists (who waits, further keys, who was merged, who was placed): they may name too many, and
   readers look at the user itself;
2. pointers, each only where none stands: a key leads to one user for ever;
3. users, each only over the version that was read. A pointer whose user is not written yet is a
   reservation: whoever comes next under the key writes that very user;
4. anonymous users that turned out to be somebody: only once that person stands;
5. what is told beside (an e-mail's account, and who waits no more).

A run that is stopped anywhere leaves a state from which deciding again goes on. Where another run
was faster, the users concerned are answered as lost; the others of the change are written.
"""

from collections.abc import Callable, Iterable

from waypost.profiles import directory
from waypost.profiles.directory import Account, User
from waypost.profiles.planhat.records import company_id
from waypost.profiles.view import Change, Lost, Pointer
from waypost.storage import keys
from waypost.storage.dynamo import Table
from waypost.storage.identities import pointer_item
from waypost.storage.items import Item, version
from waypost.storage.statements import Write
from waypost.times import DAY_MS, hour

_PLACED_SECONDS = 35 * DAY_MS // 1000  # landing objects are kept for 30 days


class Changes:
    """Writes changes to the directory table."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock

    def commit(self, tenant: str, change: Change) -> Lost:
        """Writes a change; what another run wrote first is answered, to be decided again."""
        lost = Lost(accounts=self._accounts(tenant, change.accounts))
        self._table.put_many(self._lists(tenant, change))
        lost.users |= self._pointers(tenant, change.pointers)
        people = [user for user in change.users.values() if user.id not in change.merged]
        lost.users |= self._users(tenant, people, lost.users)
        # Decided again is the person, not the anonymous user: the events are the person's.
        lonely = {id for id, person in change.merged.items() if person in lost.users}
        anonymous = [change.users[id] for id in change.merged]
        refused = self._users(tenant, anonymous, lonely)
        lost.users |= refused | {change.merged[id] for id in refused}
        self._tell(tenant, change, lost)
        return lost

    def _accounts(self, tenant: str, accounts: dict[str, Account]) -> set[str]:
        """Writes accounts; the ids of those that somebody else changed in between."""
        writes: dict[str, Write] = {}
        new: list[Item] = []
        for account in accounts.values():
            seen, account.version = account.version, account.version + 1
            place = {"pk": keys.scoped(tenant, "account"), "sk": account.id}
            item = {"record": directory.encode(account), "version": account.version}
            writes[account.id] = place | item, version(seen)
            if not seen:
                # Planhat's clients find accounts by `_id`, and list them in that order.
                id = company_id(tenant, account.id)
                pk = keys.shard(tenant, "company", id)
                new.append({"pk": pk, "sk": id, "account": account.id})
        self._table.put_many(new)
        # A new one that only an id is known of is the same, whoever made it.
        return {id for id in self._put_each(writes) if _tells_more(accounts[id])}

    def _lists(self, tenant: str, change: Change) -> list[Item]:
        now = int(self._clock())
        waiting = [
            _listed(tenant, "unassigned", id)
            for id in sorted(change.new_users)
            if change.users[id].account_id is None and id not in change.merged
        ]
        further = [
            {"pk": keys.scoped(tenant, f"keys:{id}"), "sk": f"{at:015d}#{key}"}
            for id, came_up in change.keys.items()
            for key, at in came_up.items()
        ]
        merged = [
            {"pk": keys.shard(tenant, "merge", person), "sk": f"{person}#{id}"}
            for id, person in change.merged.items()
        ]
        told = {"hour": hour(now * 1000), "ttl": now + _PLACED_SECONDS}
        placed = [_listed(tenant, "placed", id) | told for id in sorted(change.placed)]
        return [*waiting, *further, *merged, *placed]

    def _pointers(self, tenant: str, pointers: dict[str, Pointer]) -> set[str]:
        """Writes new pointers; the users whose key leads to somebody else by now."""
        writes: dict[str, Write] = {}
        for key, pointer in pointers.items():
            place = keys.identity(tenant, key)
            # At the place of the user itself the user will stand.
            if place != keys.user(tenant, pointer.user):
                writes[key] = pointer_item(place, pointer), None
        return {pointers[key].user for key in self._put_each(writes)}

    def _users(self, tenant: str, users: Iterable[User], without: set[str]) -> set[str]:
        """Writes users but those `without`; the ids of those that are another version by now."""
        writes: dict[str, Write] = {}
        for user in users:
            if user.id in without:
                continue
            pk, sk = keys.user(tenant, user.id)
            seen, user.version = user.version, user.version + 1
            record = {"record": directory.encode(user), "version": user.version}
            writes[user.id] = {"pk": pk, "sk": sk, **record}, version(seen)
        return self._put_each(writes)

    def _put_each(self, writes: dict[str, Write]) -> set[str]:
        """Puts each where its condition holds; the names of those that another run was first at."""
        written = self._table.put_each(list(writes.values()))
        return {name for name, done in zip(writes, written, strict=True) if not done}

    def _tell(self, tenant: str, change: Change, lost: Lost) -> None:
        taught: list[Write] = []
        for key, pointer in change.taught.items():
            if pointer.user not in lost.users:
                item = pointer_item(keys.identity(tenant, key), pointer)
                taught.append((item, {"user": pointer.user}))
        # Refused where the e-mail leads to somebody else by now: then it teaches nothing.
        self._table.put_each(taught)
        settled = sorted(change.settled - lost.users)
        self._table.delete_many([(keys.shard(tenant, "unassigned", id), id) for id in settled])


def _listed(tenant: str, kind: str, id: str) -> Item:
    return {"pk": keys.shard(tenant, kind, id), "sk": id}


def _tells_more(account: Account) -> bool:
    """Whether writing an account says more than that it is there."""
    return account.version > 1 or account.traits != {} or account.name is not None
