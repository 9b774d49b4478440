"""What questions need of the stores; the real ones and the fakes both fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from waypost.event import Event
    from waypost.lake.records import FeedPage


class FeedReader(Protocol):
    """Packed feeds; see `waypost.storage.events_table`."""

    def pages(
        self, tenant: str, account: str | None, *, after: str | None, before: str | None
    ) -> Iterator[FeedPage]: ...


class RowReader(Protocol):
    """Rows of a user; see `waypost.storage.events_table`."""

    def of_user(
        self, tenant: str, pointers: list[str], before: str | None, limit: int
    ) -> list[tuple[str, Event]]: ...
