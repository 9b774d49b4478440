"""Directory: the store itself, over a table in memory."""

from typing import cast

from tests.fakes.table import MemoryTable
from waypost.profiles import directory
from waypost.profiles.directory import Account, User, user_keys
from waypost.profiles.view import Change, Pointer
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.dynamo import Table


class FakeDirectory(DynamoDirectory):
    """A directory in memory. `table` holds its items as DynamoDB would."""

    def __init__(self, table: MemoryTable | None = None) -> None:
        self.table = table or MemoryTable()
        super().__init__(cast(Table, self.table))

    @property
    def everybody(self) -> list[User]:
        """The users of all tenants, merged ones among them."""
        return [
            directory.decode_user(item["record"])
            for (pk, _), item in self.table.items.items()
            if "|user:" in pk and "record" in item
        ]

    @property
    def every_account(self) -> list[Account]:
        return [
            directory.decode_account(item["record"])
            for (pk, _), item in self.table.items.items()
            if pk.endswith("|account")
        ]

    def add(self, tenant: str, *profiles: User | Account) -> None:
        """Writes profiles as they are; the keys in a user's record lead to it."""
        change = Change()
        for profile in profiles:
            profile.version = 0
            if isinstance(profile, Account):
                change.accounts[profile.id] = profile
                continue
            change.users[profile.id] = profile
            change.new_users.add(profile.id)
            change.pointers |= dict.fromkeys(user_keys(profile), Pointer(profile.id, ""))
            if profile.merged_into:
                change.merged[profile.id] = profile.merged_into
        assert not self.commit(tenant, change)
