"""What resolving needs of a store: the real one and the fake both fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from waypost.event import Event
    from waypost.profiles.directory import Account, User
    from waypost.profiles.view import Change, Lost, View
    from waypost.tenants import Tenant
    from waypost.tokens import Grant


class Grants(Protocol):
    def grant(self, token: str) -> Grant | None:
        """What a token allows, or None for one that nobody issued."""


class TenantChanges(Protocol):
    def change(self, tenant: str, update: Callable[[Tenant], Tenant]) -> Tenant | None:
        """The tenant after an update that no other update undoes; None where there is none."""


class ChangeLog(Protocol):
    """Changes of users and accounts on their way to the lake; see `waypost.storage.lake_bucket`."""

    def put_changes(
        self, tenant: str, people: Sequence[User | Account], now: int, *, gone: bool = False
    ) -> None:
        """Lands records as they stand, or as removed; nothing where there are none."""


class DirectoryStore(Protocol):
    def view(self, tenant: Tenant, events: list[Event]) -> View:
        """The part of the directory that these events need, read consistently."""

    def commit(self, tenant: str, change: Change) -> Lost:
        """Writes a change, which may be repeated; answers what another run wrote first."""
