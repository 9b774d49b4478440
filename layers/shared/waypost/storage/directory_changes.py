"""
Changes of the directory: written one by one, each under its own condition, in batches.

No transaction spans two users. What makes that safe is the order, and that each write may be
repeated:

1. lists (further keys, who was merged): they may name too many, and readers look at the user
   itself;
2. pointers, each only where none stands: a key leads to one user for ever;
3. users, each only over the version that was read. A pointer whose user is not written yet is a
   reservation: whoever comes next under the key writes that very user. Only where a user who
   stands gets an external id, its pointers are written together with it: were another run faster,
   they would lead to somebody else's user;
4. anonymous users that turned out to be somebody: only once that person stands;
5. what is told beside, an e-mail's account.

A run that is stopped anywhere leaves a state from which deciding again goes on. Where another run
was faster, the users concerned are answered as lost; the others of the change are written.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from waypost.profiles import directory
from waypost.profiles.directory import Account, User
from waypost.profiles.planhat.records import company_id
from waypost.profiles.view import Change, Lost, Pointer
from waypost.storage import keys
from waypost.storage.dynamo import Table
from waypost.storage.identities import Identities, pointer_item
from waypost.storage.items import Item, version
from waypost.storage.statements import Write

_THREADS = 8
_TELLINGS = 4  # others may tell the same e-mail at once; what is left the next event tells
_BOUND = 99  # a transaction takes 100 writes, and the user is one of them
_NOTHING: Mapping[str, list[Write]] = {}


class Changes:
    """Writes changes to the directory table."""

    def __init__(self, table: Table, identities: Identities) -> None:
        self._table = table
        self._identities = identities

    def commit(self, tenant: str, change: Change) -> Lost:
        """Writes a change; what another run wrote first is answered, to be decided again."""
        lost = Lost(accounts=self._accounts(tenant, change.accounts))
        self._table.put_many(self._lists(tenant, change))
        pointers = self._pointers(tenant, change)
        lost.users |= self._lead({id: pointers[id] for id in pointers if id not in change.adopted})
        people = [user for user in change.users.values() if user.id not in change.merged]
        bound = {id: pointers.get(id, []) for id in change.adopted}
        lost.users |= self._users(tenant, people, lost.users, bound)
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
                # Planhat's clients find accounts by `_id`.
                id = company_id(tenant, account.id)
                pk = keys.shard(tenant, "company", id)
                new.append({"pk": pk, "sk": id, "account": account.id})
        self._table.put_many(new)
        return self._put_each(list(writes.items()))

    def _lists(self, tenant: str, change: Change) -> list[Item]:
        further = [
            {"pk": keys.scoped(tenant, f"keys:{id}"), "sk": f"{at:015d}#{key}"}
            for id, came_up in change.keys.items()
            for key, at in came_up.items()
        ]
        merged = [
            {"pk": keys.shard(tenant, "merge", person), "sk": f"{person}#{id}"}
            for id, person in change.merged.items()
        ]
        return [*further, *merged]

    def _pointers(self, tenant: str, change: Change) -> dict[str, list[Write]]:
        """By user, the pointers that are new."""
        pointers = {self._identities.place(tenant, key): at for key, at in change.pointers.items()}
        pointers |= {keys.user(tenant, id): at for id, at in change.taken.items()}
        writes: dict[str, list[Write]] = {}
        for place, pointer in pointers.items():
            # At the place of the user itself the user will stand.
            if place != keys.user(tenant, pointer.user):
                writes.setdefault(pointer.user, []).append((pointer_item(place, pointer), None))
        return writes

    def _lead(self, pointers: dict[str, list[Write]]) -> set[str]:
        """Writes new pointers by user; the users whose key leads to somebody else by now."""
        writes = [(id, write) for id, some in pointers.items() for write in some]
        return self._put_each(writes)

    def _users(
        self,
        tenant: str,
        users: Iterable[User],
        without: set[str],
        bound: Mapping[str, list[Write]] = _NOTHING,
    ) -> set[str]:
        """Writes users but those `without`, some together with the pointers that are `bound` to
        them; the ids of those that are another version by now.
        """
        writes: dict[str, Write] = {}
        for user in users:
            if user.id in without:
                continue
            pk, sk = keys.user(tenant, user.id)
            seen, user.version = user.version, user.version + 1
            record = {"record": directory.encode(user), "version": user.version}
            writes[user.id] = {"pk": pk, "sk": sk, **record}, version(seen)
        lost = self._put_each([(id, write) for id, write in writes.items() if id not in bound])
        together = {id: [writes[id], *bound[id][:_BOUND]] for id in writes.keys() & bound.keys()}
        with ThreadPoolExecutor(_THREADS) as pool:
            done = pool.map(self._table.put_together, together.values())
            lost |= {id for id, put in zip(together, done, strict=True) if not put}
        # A user of more new browsers than a transaction takes: it stands now, and they lead to it.
        return lost | self._lead({id: bound[id][_BOUND:] for id in together if id not in lost})

    def _put_each(self, writes: list[tuple[str, Write]]) -> set[str]:
        """Puts each where its condition holds; the names of those that another run was first at."""
        written = self._table.put_each([write for _, write in writes])
        return {name for (name, _), done in zip(writes, written, strict=True) if not done}

    def _tell(self, tenant: str, change: Change, lost: Lost) -> None:
        taught = {
            key: each for key, each in change.taught.items() if each[0].user not in lost.users
        }
        for _ in range(_TELLINGS):
            taught = self._teach(tenant, taught)

    def _teach(
        self, tenant: str, taught: dict[str, tuple[Pointer, str]]
    ) -> dict[str, tuple[Pointer, str]]:
        """Tells e-mails the account of their user; those that have another one by now, again."""
        writes: list[tuple[str, Write]] = []
        for key, (pointer, told) in taught.items():
            item = pointer_item(self._identities.place(tenant, key), pointer._replace(told=told))
            writes.append((key, (item, {"told": pointer.told or ""})))
        refused = self._put_each(writes)
        standing = self._identities.read(tenant, refused).pointers
        # Where a later word was told, or the e-mail leads to somebody else, there is nothing to do.
        return {
            key: (at, taught[key][1])
            for key, at in standing.items()
            if at.user == taught[key][0].user and (at.told or "") < taught[key][1]
        }
