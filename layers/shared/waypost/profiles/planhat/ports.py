"""What Planhat's models need of the stores; the real ones and the fakes both fit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from waypost.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from waypost.event import Event
    from waypost.profiles.directory import Account, User
    from waypost.profiles.planhat.dimensions import Point
    from waypost.profiles.planhat.listings import Listing
    from waypost.profiles.planhat.records import Model, Record
    from waypost.profiles.ports import ChangeLog, Grants
    from waypost.profiles.view import Change, Lost, View
    from waypost.tenants import Tenant, Tenants


class ModelStore(Protocol):
    """Planhat's models in the directory; see `waypost.storage.models_table`."""

    def targets(self, tenant: str, pointers: set[str]) -> dict[str, str]:
        """By pointer, the id of the account or user that it leads to."""

    def view(
        self, model: Model, tenant: Tenant, events: list[Event], named: set[str]
    ) -> tuple[View, dict[str, User]]:
        """The part of the directory that these events need, and the users of these ids in it."""

    def commit(self, tenant: str, change: Change) -> Lost:
        """As a `DirectoryStore`."""

    def point(self, tenant: str, pointers: dict[str, str], gone: dict[str, str]) -> None:
        """Writes pointers, and deletes those of `gone` that still lead where they did."""

    def some(self, model: Model, tenant: str, ids: set[str]) -> list[Any]:
        """Those of the accounts or users that exist, in no order."""

    def kin(self, tenant: str, thing: Any) -> list[Account | User]:
        """An account or user, and the users that were merged into it."""

    def remove(self, model: Model, tenant: str, thing: Any) -> None:
        """Forgets an account or user, and all that leads to it."""


class ListStore(Protocol):
    """Planhat's models in the lake, with what was just written; see
    `waypost.insights.planhat_lists`.
    """

    def page(self, model: Model, tenant: str, asked: Listing) -> Iterator[Any]:
        """The accounts or users of one page, in the order that was asked for."""

    def fields(self, model: Model, tenant: str, asked: Listing) -> Iterator[Record]:
        """The same page by the selected fields alone; one without a value is None."""


class PointStore(Protocol):
    """Dimension data; see `waypost.storage.dimensions_table`."""

    def put(self, tenant: str, points: list[Point]) -> None:
        """Writes points, each over the one with its key and time."""

    def read(self, tenant: str, start: int, end: int) -> Iterator[Point]:
        """The points from `start` until before `end` (epoch ms), by time."""


@dataclass(frozen=True, slots=True)
class RecordStores:
    """What Planhat's records are read from and written to. `clock` tells now in epoch ms."""

    tokens: Grants
    tenants: Tenants
    models: ModelStore
    lake: ChangeLog
    lists: ListStore
    clock: Callable[[], int]
    deadline: Deadline = field(default_factory=Deadline)
