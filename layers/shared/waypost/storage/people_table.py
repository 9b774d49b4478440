"""Users and accounts by id, and their lists: the directory table, as people are looked up."""

from collections.abc import Iterator

from waypost.profiles import directory
from waypost.profiles.directory import Account, User
from waypost.storage import keys
from waypost.storage.dynamo import Table
from waypost.storage.items import Item
from waypost.storage.keys import scoped

_MOST_READ = 5000  # items for one page of users
_LARGEST_PAGE = 1000


class People:
    """Users and accounts, as the read API shows and lists them."""

    def __init__(self, table: Table) -> None:
        self._table = table

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

    def merged_into(self, tenant: str, user: str) -> Iterator[str]:
        """The ids of anonymous users that turned out to be this one."""
        for item in self._table.query(keys.shard(tenant, "merge", user), prefix=f"{user}#"):
            yield item["sk"].partition("#")[2]

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

    def accounts(
        self, tenant: str, after: str | None, limit: int
    ) -> tuple[list[Account], str | None]:
        """Accounts behind an id, by id, and the cursor of those that follow."""
        items = self._table.query(scoped(tenant, "account"), after=after, limit=limit)
        accounts = [directory.decode_account(item["record"]) for item in items]
        return accounts, accounts[-1].id if len(accounts) == limit else None

    def _listed(
        self,
        tenant: str,
        kind: str,
        *,
        after: str | None = None,
        page: int = _LARGEST_PAGE,
    ) -> Iterator[Item]:
        """The items of all sixteen partitions of a kind in the order of their ids."""
        first = keys.shard(tenant, kind, after) if after else ""
        for pk in keys.shards(tenant, kind):
            if pk >= first:
                at = after if pk == first else None
                yield from self._pages(pk, at, page)

    def _pages(self, pk: str, at: str | None, size: int) -> Iterator[Item]:
        """A partition page by page, each twice as long as the one before: nobody reads a megabyte
        for a page of twenty, nor a hundred pages to find one.
        """
        while True:
            some = list(self._table.query(pk, after=at, limit=size))
            yield from some
            if len(some) < size:
                return
            at, size = some[-1]["sk"], min(2 * size, _LARGEST_PAGE)
