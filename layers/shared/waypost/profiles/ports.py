"""What resolving needs of a store: the real one and the fake both fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from waypost.event import Event
    from waypost.profiles.view import Change, Lost, View
    from waypost.tenants import Tenant
    from waypost.tokens import Grant


class Grants(Protocol):
    def grant(self, token: str) -> Grant | None:
        """What a token allows, or None for one that nobody issued."""


class TenantChanges(Protocol):
    def change(self, tenant: str, update: Callable[[Tenant], Tenant]) -> Tenant | None:
        """The tenant after an update that no other update undoes; None where there is none."""


class DirectoryStore(Protocol):
    def view(self, tenant: Tenant, events: list[Event]) -> View:
        """The part of the directory that these events need, read consistently."""

    def commit(self, tenant: str, change: Change) -> Lost:
        """Writes a change, which may be repeated; answers what another run wrote first."""
