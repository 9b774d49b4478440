"""A body of Planhat's activities, a few hundred at a time: most of them column by column."""

from collections.abc import Iterator, Sequence

from msgspec.structs import astuple

from waypost.event import Batch
from waypost.sources import planhat
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import PlaceholderList, placeholder_list
from waypost.sources.items import Items, items
from waypost.sources.planhat_activity import Activity, read_all
from waypost.sources.planhat_columns import Column, Columns
from waypost.tenants import NO_CHANGES, Placeholders

# So many events take little enough memory to be had again while it is still in the cache.
_STRETCH = 500


def stretches(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Iterator[Batch]:
    """The activities of one inflated body, as `planhat.parse` reads them; raises as it does."""
    listed, clock = placeholder_list(changes), Clock(received)
    raw_items = items(body)
    for first in range(0, len(raw_items), _STRETCH):
        batch = _stretch(raw_items[first : first + _STRETCH], first, clock, listed)
        # Only at the end does a note know of how many items of the body it tells.
        if first + _STRETCH >= len(raw_items):
            batch.rejects += clock.notes()
        yield batch


def _stretch(raw_items: Items, first: int, clock: Clock, listed: PlaceholderList) -> Batch:
    activities = read_all(raw_items)
    if activities is None:
        batch, odd = Batch(), set(range(len(raw_items)))
    else:
        columns = Columns(listed, clock.received)
        batch, odd = Batch(columns.events(_by_field(activities), first)), columns.odd
        batch.canonical = columns.canonical and not odd
        if odd:
            batch.events = [event for at, event in enumerate(batch.events) if at not in odd]
    for at in sorted(odd):
        planhat.judge(batch, first + at, bytes(raw_items[at]), clock, listed)
    if odd:
        batch.events.sort(key=lambda event: event.n)
    return batch


def _by_field(activities: Sequence[Activity]) -> dict[str, Column]:
    columns = zip(*map(astuple, activities), strict=True)
    return dict(zip(Activity.__struct_fields__, columns, strict=True))
