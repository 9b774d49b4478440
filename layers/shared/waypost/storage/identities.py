"""Whom identity keys lead to: read in rounds of batches, however many keys there are."""

from collections.abc import Container
from dataclasses import dataclass, field

from waypost.profiles import directory
from waypost.profiles.directory import User
from waypost.profiles.view import Pointer
from waypost.storage import keys
from waypost.storage.dynamo import Table
from waypost.storage.items import Item
from waypost.storage.keys import Place
from waypost.storage.tenant_secrets import TenantSecrets
from waypost.tenants import Tenant

# A pointer leads to a user; that one may have been merged, or its place given to another by a
# run that found it reserved. Nothing makes a longer way.
_ROUNDS = 4


@dataclass(slots=True)
class Known:
    """By key, where it leads in the end; by id, the users who stand there.

    Also what was met on the way there: by id, the `merged` users, and by key the first of the
    `records` that it led to.
    """

    pointers: dict[str, Pointer] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    merged: dict[str, User] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)

    def at(self, key: str) -> User | None:
        pointer = self.pointers.get(key)
        return self.users.get(pointer.user) if pointer else None


class Identities:
    """Reads users by the keys they are known by."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._secrets = TenantSecrets(table)

    def know(self, tenant: Tenant) -> None:
        """Takes the secret from a tenant's record, which need not be read for it again."""
        self._secrets.put(tenant)

    def place(self, tenant: str, key: str) -> Place:
        """Where it stands whom an identity key leads to."""
        return keys.identity(tenant, key, self._secrets.of(tenant))

    def read(self, tenant: str, identities: set[str]) -> Known:
        """Where the keys lead, read consistently; unknown ones are left out."""
        places = {self.place(tenant, key): key for key in sorted(identities)}
        walk = _Walk()
        for item in self._table.get_many(list(places)):
            walk.start(places[item["pk"], item["sk"]], item)
        for _ in range(_ROUNDS):
            wanted = walk.next_ids()
            if not wanted:
                break
            for item in self._table.get_many([keys.user(tenant, id) for id in wanted]):
                walk.go_on(item)
        return walk.ended()


class _Walk:
    """The ways from keys to users, as far as they are read."""

    def __init__(self) -> None:
        self._known = Known()
        self._onward: dict[str, str] = {}
        self._asked: set[str] = set()

    def start(self, key: str, item: Item) -> None:
        """The item at a key's own place."""
        if "record" in item:
            user = self._stands(item)
            # The user of a merged record is another one, made of a key that only it knows.
            self._known.pointers[key] = Pointer(user.id, "" if user.merged_into else key[0])
            self._asked.add(user.id)
        else:
            self._known.pointers[key] = pointer_of(item)

    def go_on(self, item: Item) -> None:
        """The item at the place of a user whom something leads to."""
        if "record" in item:
            self._stands(item)
        else:
            self._onward[item["sk"]] = item["user"]

    def _stands(self, item: Item) -> User:
        user = directory.decode_user(item["record"])
        if user.merged_into is None:
            self._known.users[user.id] = user
        else:
            self._known.merged[user.id] = user
            self._onward[user.id] = user.merged_into
        return user

    def next_ids(self) -> list[str]:
        """Users not asked for yet that something leads to."""
        wanted = {pointer.user for pointer in self._known.pointers.values()}
        wanted = (wanted | set(self._onward.values())) - self._asked
        self._asked |= wanted
        return sorted(wanted)

    def ended(self) -> Known:
        for key, pointer in self._known.pointers.items():
            self._known.pointers[key] = pointer._replace(user=self._end_of(pointer.user))
            self._known.records[key] = self._end_of(pointer.user, self._known.merged)
        return self._known

    def _end_of(self, id: str, records: Container[str] = ()) -> str:
        """Where the way from an id ends, or where it first meets one of the `records`."""
        for _ in range(_ROUNDS):
            if id not in self._onward or id in records:
                break
            id = self._onward[id]
        return id


def pointer_of(item: Item) -> Pointer:
    return Pointer(item["user"], item["home"], item.get("told"))


def pointer_item(place: Place, pointer: Pointer) -> Item:
    pk, sk = place
    return {"pk": pk, "sk": sk, **pointer._asdict()}
