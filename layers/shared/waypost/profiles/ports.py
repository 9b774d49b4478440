"""What resolving needs of a store: the real one and the fake both fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from waypost.event import Event
    from waypost.profiles.directory import Change, View
    from waypost.tenants import Tenant
    from waypost.tokens import Grant


class Grants(Protocol):
    def grant(self, token: str) -> Grant | None:
        """What a token allows, or None for one that nobody issued."""


class TenantChanges(Protocol):
    def change(self, tenant: str, update: Callable[[Tenant], Tenant]) -> Tenant | None:
        """The tenant after an update that no other update undoes; None where there is none."""


class DirectoryConflict(Exception):
    """Another matching run wrote one of the same identities first; read again and decide again."""


class DirectoryStore(Protocol):
    def view(self, tenant: Tenant, events: list[Event]) -> View:
        """The part of the directory that these events need, read consistently."""

    def commit(self, tenant: str, change: Change) -> None:
        """Writes a change, or raises `DirectoryConflict`; writing it twice is harmless."""
