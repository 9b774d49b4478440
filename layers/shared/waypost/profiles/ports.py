"""What resolving needs of a store: the real one and the fake both fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from waypost.event import Event
    from waypost.profiles.directory import Change, View
    from waypost.tenants import Tenant


class Tenants(Protocol):
    def get(self, tenant: str) -> Tenant | None:
        """The tenant, or None where nobody has that id."""


class DirectoryConflict(Exception):
    """Another matching run wrote one of the same identities first; read again and decide again."""


class DirectoryStore(Protocol):
    def view(self, tenant: Tenant, events: list[Event]) -> View:
        """The part of the directory that these events need, read consistently."""

    def commit(self, tenant: str, change: Change) -> None:
        """Writes a change, or raises `DirectoryConflict`; writing it twice is harmless."""
