"""Dimension data: one item per number, object and time, in the metrics table."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import msgspec

from waypost.ingest.messages import slices
from waypost.profiles.planhat.dimensions import Point
from waypost.storage.dynamo import Table
from waypost.storage.items import Item
from waypost.storage.keys import scoped

_AT_ONCE = 8
# A body holds up to 50,000 points, which are 2,000 calls: one by one they could outlast the
# gateway's 29 seconds.
_SHARE = 250


class DynamoDimensions:
    """Points by time. A point that is there already is written over."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def put(self, tenant: str, points: list[Point]) -> None:
        """Writes all points; of two with the same key the last one counts."""
        # Before they are shared out, since two threads would write one key in any order.
        unique = {(point.time, point.key): point for point in points}
        items = [_item(tenant, point) for point in unique.values()]
        if len(items) <= _SHARE:
            return self._table.put_many(items)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            # Drawn to its end, for only that raises what a thread met.
            for _ in pool.map(self._table.put_many, slices(items, _SHARE)):
                pass
        return None

    def read(self, tenant: str, start: int, end: int) -> Iterator[Point]:
        """The points from `start` until before `end` (epoch ms), by time."""
        # A key goes on after its time, so it sorts behind the bare time: `end` itself stays out.
        items = self._table.query(
            scoped(tenant, "dimension"), between=(f"{start:015d}", f"{end:015d}")
        )
        return (msgspec.json.decode(item["point"], type=Point) for item in items)


def _item(tenant: str, point: Point) -> Item:
    return {
        "pk": scoped(tenant, "dimension"),
        "sk": f"{point.time:015d}#{point.key}",
        "point": msgspec.json.encode(point).decode(),
    }
